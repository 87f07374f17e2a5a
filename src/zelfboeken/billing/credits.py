"""A statement that was wrong: its operator takes it back with a credit note, in whole or in part, and says why.

A statement never changes. What was asked too much is taken back line by line; a statement that names the wrong debtor,
VAT or days is taken back whole and its month made anew from what is known now. Both carry numbers of the one series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.operator import require_operator
from zelfboeken.audit.services import Happened
from zelfboeken.billing import mails
from zelfboeken.billing.models import CreditNote, MonthlyStatement, NumberedAs, StatementNumber
from zelfboeken.billing.rules import Charge, Month
from zelfboeken.billing.standing import Actor, day_of, locked_domain
from zelfboeken.billing.statements import (
    IssuedStatement,
    draw_number,
    issue_edition,
    newest_edition,
    number_text,
    read_back,
    read_credit,
)
from zelfboeken.money import percent_of


class CreditRefused(ValueError):
    """A credit note that cannot be made as it was asked; `field` is where, the text says why and what to do."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class Correctable:
    """A statement, and what is left of each of its lines to take back."""

    issued: IssuedStatement
    left: tuple[int, ...]
    is_newest: bool
    """Whether it is the statement of its month that counts."""

    @property
    def left_cents(self) -> int:
        """What may still be taken back, without VAT."""
        return sum(self.left)

    @property
    def may_be_made_anew(self) -> bool:
        """Whether nothing is left of it, and no other came in its place."""
        return self.is_newest and not self.left_cents


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was done: the credit note, and the new statement of the month where one was made."""

    credit: IssuedStatement
    anew: str = ""


def document_of(*, number: StatementNumber) -> IssuedStatement | None:
    """The statement or credit note that carries a number. The scope of its domain is open."""
    keys = {"domain_id": number.drawn_for, "series": number.series, "year": number.year, "number": number.number}
    if number.drawn_as == NumberedAs.CREDIT_NOTE:
        note = CreditNote.objects.filter(**keys).first()
        return read_credit(note, _statement(note.domain_id, note.month, note.edition)) if note else None
    stored = MonthlyStatement.objects.filter(**keys).first()
    return read_back(stored, _credits(stored)) if stored else None


def correctable(*, domain_id: int, month: Month, edition: int) -> Correctable:
    """What may be taken back of a statement. The scope of its domain is open."""
    stored = _statement(domain_id, month.starts_on, edition)
    newest = newest_edition(domain_id=domain_id, month=month)
    credits = _credits(stored)
    issued = read_back(stored, credits)
    return Correctable(issued, _left(issued.charges, credits), newest is not None and newest.edition == edition)


def credit(
    *,
    office: PortalAccess,
    domain_id: int,
    month: Month,
    edition: int,
    amounts: Sequence[int],
    reason: str,
    at: datetime,
    is_made_anew: bool = False,
) -> Corrected:
    """Take back of each line of a statement so many cents, without VAT. The scope of its domain is open.

    With `is_made_anew` the month gets another statement at once, of what is known now: only when nothing is left.

    Raises:
        NotAllowed: who asks is not the operator.
        CreditRefused: an amount that is not left, nothing at all, no reason, or something stays and yet it is to be
            made anew.
        StatementRefused, NoPrice: the month cannot be made anew; nothing was taken back either.
    """
    domain = locked_domain(domain_id, at=at)
    _require_now(office)
    told = correctable(domain_id=domain_id, month=month, edition=edition)
    reason = reason.strip()[:500]
    _check(told, amounts, reason, is_made_anew=is_made_anew)
    stored = _statement(domain_id, month.starts_on, edition)
    former = _credits(stored)
    assert stored.series is not None
    drawn = draw_number(stored.series, domain_id, day_of(at), NumberedAs.CREDIT_NOTE)
    net = sum(amounts)
    # At the rate of the statement; of a note in parts the VAT may differ a cent in all, as each is rounded by itself.
    vat_cents = percent_of(net, told.issued.vat.percent or Decimal(0))
    note = CreditNote.objects.create(
        domain_id=domain_id,
        month=month.starts_on,
        edition=edition,
        statement_net_cents=stored.net_cents,
        sequence=len(former) + 1,
        before_cents=sum(one.net_cents for one in former),
        net_cents=net,
        vat_cents=vat_cents,
        total_cents=net + vat_cents,
        series=drawn.series,
        year=drawn.year,
        number=drawn.number,
        drawn_for=domain_id,
        issued_on=drawn.issued_on,
        reason=reason,
        content={"version": 1, "amounts": list(amounts)},
        entered_by=office.user_id,
        issued_at=at,
    )
    made = read_credit(note, stored)
    detail = {"number": made.number, "corrects": made.corrects, "total_cents": made.total_cents, "reason": reason}
    office.log_in_domain(at=at, events=[Happened("statement.credited", f"statement:{month}", detail)])
    office.log(at=at, events=[Happened("statement.credited", f"domain:{domain.slug}", detail)])
    anew = ""
    if is_made_anew:
        anew = _make_anew(office, domain_id, month, edition, at)
    told_to = mails.directie_of(domain) if stored.debtor == "DOMAIN" else mails.office_of(domain)
    mails.tell(
        told_to, mails.statement_credited(domain, number=made.corrects, by=made.number, reason=reason, anew=anew)
    )
    return Corrected(made, anew)


def make_anew(*, office: PortalAccess, domain_id: int, month: Month, edition: int, at: datetime) -> str:
    """Give a month of which the statement was taken back whole another one; its number, empty when nothing is owed.

    Raises:
        NotAllowed: who asks is not the operator.
        CreditRefused: something is left of the statement, or there is another one already.
        StatementRefused, NoPrice: as for a statement.
    """
    locked_domain(domain_id, at=at)
    _require_now(office)
    told = correctable(domain_id=domain_id, month=month, edition=edition)
    if not told.is_newest:
        raise _replaced(told)
    if told.left_cents:
        raise CreditRefused(
            "amounts",
            "something_is_left",
            f"Van afrekening {told.issued.number} staat er nog een deel. Crediteer eerst de rest.",
        )
    return _make_anew(office, domain_id, month, edition, at)


def _make_anew(office: PortalAccess, domain_id: int, month: Month, edition: int, at: datetime) -> str:
    made = issue_edition(
        locked_domain(domain_id, at=at),
        month=month,
        edition=edition + 1,
        at=at,
        actor=Actor(office.user_id, office.user_name),
    )
    if made.series is None or made.year is None or made.number is None:
        return ""
    return number_text(made.series, made.year, made.number)


def _require_now(office: PortalAccess) -> None:
    # Another may have taken the right while this one waited for the lock (INV-23).
    require_operator(portal_access_of(user_id=office.user_id, slug=office.portal_slug))


def _check(told: Correctable, amounts: Sequence[int], reason: str, *, is_made_anew: bool) -> None:
    if not told.is_newest:
        raise _replaced(told)
    if not told.left_cents:
        raise CreditRefused(
            "amounts", "nothing_is_left", f"Afrekening {told.issued.number} is al helemaal gecrediteerd."
        )
    if len(amounts) != len(told.left) or any(
        not 0 <= cents <= left for cents, left in zip(amounts, told.left, strict=False)
    ):
        raise CreditRefused(
            "amounts",
            "more_than_is_left",
            "Een bedrag is hoger dan wat er van die lijn nog staat. Kijk de bedragen na.",
        )
    if not any(amounts):
        raise CreditRefused("amounts", "nothing_credited", "Vul bij minstens één lijn een bedrag in.")
    if not reason:
        raise CreditRefused("reason", "reason_missing", "Zeg waarom: de reden komt op de creditnota.")
    if is_made_anew and sum(amounts) != told.left_cents:
        raise CreditRefused(
            "anew",
            "something_is_left",
            "De maand opnieuw afrekenen kan alleen als de hele afrekening gecrediteerd is. "
            "Neem alle bedragen volledig, of vink dit uit.",
        )


def _replaced(told: Correctable) -> CreditRefused:
    return CreditRefused(
        "amounts",
        "statement_replaced",
        f"Afrekening {told.issued.number} is al gecrediteerd en vervangen. Crediteer de nieuwe.",
    )


def _left(charges: Sequence[Charge], credits: Sequence[CreditNote]) -> tuple[int, ...]:
    taken = [one.content["amounts"] for one in credits]
    return tuple(charge.cents - sum(each[place] for each in taken) for place, charge in enumerate(charges))


def _credits(stored: MonthlyStatement) -> list[CreditNote]:
    return list(
        CreditNote.objects.filter(domain_id=stored.domain_id, month=stored.month, edition=stored.edition).order_by(
            "sequence"
        )
    )


def _statement(domain_id: int, month: date, edition: int) -> MonthlyStatement:
    return MonthlyStatement.objects.get(domain_id=domain_id, month=month, edition=edition)
