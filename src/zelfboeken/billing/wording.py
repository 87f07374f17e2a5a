"""What the lines of a statement say: what it is, and how its amount was reached. The caller writes the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.billing.rules import Charge, ChargeKind, Month
from zelfboeken.billing.statements import IssuedStatement
from zelfboeken.money.texts import euro_text
from zelfboeken.tenancy.models import Bundle

Euro = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class LineText:
    """A line: its name, and the sum behind its amount."""

    title: str
    explanation: str


def line_text(charge: Charge, *, euro: Euro, on: Month, amount: int | None = None) -> LineText:
    """A charge in words, in the active language, on the statement of a month; `amount` is what a credit note takes back
    of it.
    """
    text = _line_text(charge, euro=euro, on=on)
    if amount is None or amount == charge.cents:
        return text
    part = _("%(part)s of %(whole)s credited") % {"part": euro(amount), "whole": euro(charge.cents)}
    return LineText(text.title, f"{text.explanation}; {part}")


def _line_text(charge: Charge, *, euro: Euro, on: Month) -> LineText:
    price = euro(charge.unit_cents)
    if charge.kind is ChargeKind.PACKS:
        surplus = ngettext(
            "%(count)d document above the limit", "%(count)d documents above the limit", charge.documents
        ) % {"count": charge.documents}
        packs = ngettext(
            "%(count)d pack of %(size)d documents at %(price)s",
            "%(count)d packs of %(size)d documents at %(price)s",
            charge.units,
        ) % {"count": charge.units, "size": charge.pack_documents, "price": price}
        if charge.charged_packs:
            packs += ", " + ngettext(
                "beside the %(count)d pack that was charged already",
                "beside the %(count)d packs that were charged already",
                charge.charged_packs,
            ) % {"count": charge.charged_packs}
        month = Month.of(charge.from_on)
        if month == on:
            return LineText(_("Surplus of documents"), f"{surplus}: {packs}")
        title = _("Surplus of documents of %(month)s") % {"month": f"{month.number:02}/{month.year}"}
        late = _("recognised after the statement of that month")
        return LineText(title, f"{surplus}, {late}: {packs}")
    values = {"price": price, "units": charge.units, "days": charge.of_days, "since": day_text(charge.price_from)}
    if charge.kind is ChargeKind.SEATS:
        how = _("%(price)s a month × %(units)d role-days of %(days)d days; price since %(since)s") % values
        return LineText(_("Extra Backoffice roles"), how)
    how = _("%(price)s a month × %(units)d of %(days)d days") % values
    span = _("%(first)s to %(last)s") % {
        "first": day_text(charge.from_on),
        "last": day_text(charge.until - timedelta(days=1)),
    }
    if charge.kind is ChargeKind.MODULES:
        return LineText(_("Modules"), f"{span}: {how}")
    if charge.kind is ChargeKind.VIEW_ONLY:
        since = _("price since %(since)s") % values
        return LineText(_("View-only domain"), f"{span}: {how}; {since}")
    return LineText(
        _("Bundle %(name)s") % {"name": Bundle(charge.bundle).label},
        f"{span}: {how}; " + _("price since %(since)s") % values,
    )


def notes_of(issued: IssuedStatement) -> tuple[str, ...]:
    """What a statement or credit note must say besides its lines: why there is no VAT, what it corrects and why, and
    what its receiver does with VAT that he deducted (Royal decree no. 4, article 4).
    """
    notes = [issued.vat.reason] if issued.vat.reason else []
    if issued.is_credit:
        assert issued.corrects_on is not None
        corrects = _("Corrects statement %(number)s of %(day)s") % {
            "number": issued.corrects,
            "day": day_text(issued.corrects_on),
        }
        notes += [corrects, _("Reason: %(reason)s") % {"reason": issued.reason}]
        if issued.vat_cents:
            notes.append(_("VAT to be paid back to the State as far as it was deducted before"))
    return tuple(notes)


def dutch_euro(cents: int) -> str:
    """€ 25,00, for what is written in Dutch whoever looks at it."""
    return f"€\u00a0{euro_text(cents)}"


def day_text(on: date) -> str:
    """17/11/2026."""
    return f"{on:%d/%m/%Y}"
