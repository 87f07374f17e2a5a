"""A statement in the reader's language: for its page and for its paper, the same texts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from zelfboeken.belgium import iban, structured_reference
from zelfboeken.billing.rules import Month
from zelfboeken.billing.statements import IssuedStatement, Party
from zelfboeken.billing.wording import LineText, line_text, notes_of
from zelfboeken.billing.writers.pdf import Paper, PaperLine
from zelfboeken.portal.texts import (
    day,
    euro,
    grouped_enterprise_number,
    grouped_vat_number,
    language,
    share,
)


@dataclass(frozen=True, slots=True)
class StatementTexts:
    """Everything a statement says, as text."""

    title: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[tuple[LineText, str], ...]
    totals: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def month_name(month: Month) -> str:
    """November 2026."""
    return f"{str(MONTHS[month.number]).lower()} {month.year}"


def texts_of(issued: IssuedStatement) -> StatementTexts:
    """The texts of a statement in the active language."""
    vat = issued.vat
    vat_label = _("VAT %(rate)s") % {"rate": share(vat.percent or Decimal(0))} if vat.category == "S" else _("VAT")
    title = _("Credit note %(number)s") if issued.is_credit else _("Monthly statement %(number)s")
    return StatementTexts(
        title=title % {"number": issued.number},
        seller=_party(issued.seller),
        buyer=_party(issued.buyer),
        facts=(
            (_("Domain"), issued.domain_name),
            (_("Period"), month_name(issued.month)),
            (_("Date"), day(issued.issued_on)),
            *(
                ((_("Corrects"), issued.corrects),)
                if issued.is_credit
                else (
                    (_("To be paid by"), day(issued.due_on)),
                    (_("Account"), iban.formatted(issued.iban)),
                    (_("Communication"), structured_reference.formatted(issued.structured)),
                )
            ),
        ),
        lines=tuple(
            (line_text(charge, euro=euro, on=issued.month, amount=cents), euro(cents))
            for charge, cents in zip(issued.charges, issued.amounts, strict=True)
        ),
        totals=(
            (_("Total without VAT"), euro(issued.net_cents)),
            (vat_label, euro(issued.vat_cents)),
            (_("Credited") if issued.is_credit else _("To pay"), euro(issued.total_cents)),
        ),
        notes=notes_of(issued),
    )


def paper_of(issued: IssuedStatement) -> Paper:
    """The statement for printing."""
    texts = texts_of(issued)
    return Paper(
        lang=language(),
        on=issued.issued_on.isoformat(),
        title=texts.title,
        seller=texts.seller,
        buyer=texts.buyer,
        facts=texts.facts,
        head=(_("Description"), _("Amount")),
        lines=tuple(PaperLine(line.title, line.explanation, amount) for line, amount in texts.lines),
        totals=texts.totals,
        notes=texts.notes,
        footer=f"{issued.seller.name} · {grouped_vat_number(issued.seller.vat_number)} · {issued.seller.email}",
    )


def _party(party: Party) -> tuple[str, ...]:
    country = "" if party.country == "BE" else party.country
    numbers = [
        _("VAT %(number)s") % {"number": grouped_vat_number(party.vat_number)} if party.vat_number else "",
        ""
        if party.vat_number and party.vat_number.removeprefix("BE") == party.enterprise_number
        else grouped_enterprise_number(party.enterprise_number),
    ]
    lines = [party.name, party.street, f"{party.postcode} {party.city}", country, *numbers]
    return tuple(line for line in lines if line)
