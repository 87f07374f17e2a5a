"""The monthly statement: made from the history after the month's end, numbered without a gap, and never changed.

`content` holds everything that is shown: the page, the PDF and the e-invoice read the same frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from zelfboeken.audit.services import Happened, record
from zelfboeken.belgium import structured_reference
from zelfboeken.billing.contracts import contract_for, terms_of
from zelfboeken.billing.models import (
    Contract,
    CreditNote,
    Debtor,
    MonthlyStatement,
    NumberedAs,
    Operator,
    Standing,
    StatementNumber,
    StatementSeries,
)
from zelfboeken.billing.rules import Charge, ChargeKind, Month, month_charges, total_cents
from zelfboeken.billing.standing import TIME, Actor, day_of, locked_domain, standings_of
from zelfboeken.billing.surplus import counted_for
from zelfboeken.billing.terms import current_operator
from zelfboeken.billing.vat import VatTreatment, vat_for
from zelfboeken.money import percent_of
from zelfboeken.tenancy.models import Domain


class StatementRefused(ValueError):
    """A statement that cannot be issued yet; the text says what is missing and where to fill it in."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends or owes, as it stood when the statement was issued."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    enterprise_number: str
    vat_number: str
    email: str


@dataclass(frozen=True, slots=True)
class IssuedStatement:
    """A statement or a credit note, read back from its frozen content.

    `amounts` is what each charge counts for: of a credit note what is taken back of it. `corrects` is the number of the
    statement that a credit note corrects, with its day and the reason.
    """

    month: Month
    edition: int
    number: str
    issued_on: date
    due_on: date
    debtor: str
    seller: Party
    buyer: Party
    iban: str
    structured: str
    domain_slug: str
    domain_name: str
    charges: tuple[Charge, ...]
    amounts: tuple[int, ...]
    vat: VatTreatment
    net_cents: int
    vat_cents: int
    total_cents: int
    credited_cents: int = 0
    """What was taken back of a statement, without VAT."""
    corrects: str = ""
    corrects_on: date | None = None
    reason: str = ""

    @property
    def is_credit(self) -> bool:
        """Whether it takes back what a statement asked."""
        return bool(self.corrects)


def draft(*, domain_id: int, month: Month) -> tuple[Charge, ...]:
    """What the statement of a month says, from the history as it is.

    Raises:
        NoPrice: something was used without a confirmed price.
    """
    counted = counted_for(domain_id=domain_id, month=month)
    return month_charges(
        month=month,
        standings=standings_of(domain_id),
        terms=terms_of(domain_id),
        documents=counted.by_day,
        earlier=counted.earlier,
        charged=counted.charged,
    )


def open_months(*, domain_id: int, on: date) -> list[Month]:
    """The months that are over and have no statement yet, oldest first."""
    first = Standing.objects.filter(domain_id=domain_id).order_by("at", "id").first()
    if first is None:
        return []
    issued = set(MonthlyStatement.objects.filter(domain_id=domain_id).values_list("month", flat=True))
    found, month = [], Month.of(day_of(first.at))
    while month.until <= on:
        if month.starts_on not in issued:
            found.append(month)
        month = month.next
    return found


def issue(*, domain_id: int, month: Month, at: datetime) -> MonthlyStatement:
    """Issue the statement of a month that is over; a second time gives the one that is there.

    Raises:
        StatementRefused: the month is not over, or the operator or the debtor is not known.
        NoPrice: something was used without a confirmed price.
    """
    domain = locked_domain(domain_id, at=at)
    stored = newest_edition(domain_id=domain_id, month=month)
    return stored if stored is not None else issue_edition(domain, month=month, edition=1, at=at, actor=TIME)


def newest_edition(*, domain_id: int, month: Month) -> MonthlyStatement | None:
    """The statement of a month that counts: the newest, where one was credited and made anew."""
    return MonthlyStatement.objects.filter(domain_id=domain_id, month=month.starts_on).order_by("edition").last()


def issue_edition(domain: Domain, *, month: Month, edition: int, at: datetime, actor: Actor) -> MonthlyStatement:
    """Issue a statement; the domain is locked. A next edition only where the one before it was credited whole.

    Raises:
        StatementRefused, NoPrice: as for `issue`.
    """
    domain_id, on = domain.id, day_of(at)
    if on < month.until:
        raise StatementRefused(
            "month_not_over", f"De maand {month} is nog niet voorbij. De afrekening komt op {month.until:%d/%m/%Y}."
        )
    charges = draft(domain_id=domain_id, month=month)
    contract = contract_for(domain_id, month)
    net = total_cents(charges)
    if not net:
        return MonthlyStatement.objects.create(
            domain_id=domain_id,
            month=month.starts_on,
            edition=edition,
            debtor=contract.debtor if contract else Debtor.DOMAIN,
            issued_on=on,
            due_on=on,
            net_cents=0,
            vat_cents=0,
            total_cents=0,
            content={},
            issued_at=at,
        )
    operator = current_operator()
    if operator is None:
        raise StatementRefused(
            "operator_missing",
            "De gegevens van de beheerder ontbreken: naam, adres, ondernemings- en btw-nummer, IBAN en reeks. "
            "Vul ze in onder Bundels en prijzen; daarna komt de afrekening vanzelf.",
        )
    if contract is None:
        raise StatementRefused(
            "debtor_missing",
            f"Voor {domain.name} staat niet vast wie betaalt. "
            "Laat de Directie de facturatiegegevens invullen onder Bundel.",
        )
    treatment = vat_for(country=contract.country, vat_number=contract.vat_number)
    vat_cents = percent_of(net, treatment.percent or Decimal(0))
    drawn = draw_number(operator.series, domain_id, on)
    due_on = drawn.issued_on + timedelta(days=operator.payment_days)
    statement = MonthlyStatement.objects.create(
        domain_id=domain_id,
        month=month.starts_on,
        edition=edition,
        debtor=contract.debtor,
        series=operator.series,
        year=drawn.year,
        number=drawn.number,
        drawn_for=domain_id,
        issued_on=drawn.issued_on,
        due_on=due_on,
        net_cents=net,
        vat_cents=vat_cents,
        total_cents=net + vat_cents,
        content=_content(domain, operator, contract, charges, treatment, drawn),
        issued_at=at,
    )
    record(
        at=at,
        actor_id=actor.user_id,
        actor_name=actor.name,
        events=[
            Happened(
                "statement.issued",
                f"statement:{month}",
                {"number": number_text(drawn.series, drawn.year, drawn.number), "total_cents": net + vat_cents},
            )
        ],
    )
    return statement


def number_text(series: str, year: int, number: int) -> str:
    """ZB-2026-0007."""
    return f"{series}-{year}-{number:04d}"


def statements_of(*, domain_id: int) -> list[IssuedStatement]:
    """The statements of a domain on which something was owed and their credit notes, newest first."""
    credits: dict[tuple[date, int], list[CreditNote]] = {}
    for one in CreditNote.objects.filter(domain_id=domain_id).order_by("month", "edition", "sequence"):
        credits.setdefault((one.month, one.edition), []).append(one)
    found: list[IssuedStatement] = []
    for stored in MonthlyStatement.objects.filter(domain_id=domain_id, number__isnull=False).order_by(
        "month", "edition"
    ):
        notes = credits.get((stored.month, stored.edition), [])
        found += [read_back(stored, notes), *(read_credit(one, stored) for one in notes)]
    return found[::-1]


def read_back(statement: MonthlyStatement, credits: Sequence[CreditNote] = ()) -> IssuedStatement:
    """The values of a statement as they were frozen, with what was taken back of it. Only of one with a number."""
    content = statement.content
    assert statement.series is not None
    assert statement.year is not None
    assert statement.number is not None
    charges = tuple(_charge(one) for one in content["lines"])
    return IssuedStatement(
        month=Month.of(statement.month),
        edition=statement.edition,
        number=number_text(statement.series, statement.year, statement.number),
        issued_on=statement.issued_on,
        due_on=statement.due_on,
        debtor=statement.debtor,
        seller=Party(**content["seller"]),
        buyer=Party(**content["buyer"]),
        iban=content["iban"],
        structured=content["structured"],
        domain_slug=content["domain"]["slug"],
        domain_name=content["domain"]["name"],
        charges=charges,
        amounts=tuple(one.cents for one in charges),
        vat=_treatment(content["vat"]),
        net_cents=statement.net_cents,
        vat_cents=statement.vat_cents,
        total_cents=statement.total_cents,
        credited_cents=sum(one.net_cents for one in credits),
    )


def read_credit(note: CreditNote, statement: MonthlyStatement) -> IssuedStatement:
    """The values of a credit note: the parties and lines of its statement, with what is taken back of each."""
    issued, taken = read_back(statement), tuple(note.content["amounts"])
    lines = [(charge, cents) for charge, cents in zip(issued.charges, taken, strict=True) if cents]
    return replace(
        issued,
        number=number_text(note.series, note.year, note.number),
        issued_on=note.issued_on,
        due_on=note.issued_on,
        charges=tuple(charge for charge, _cents in lines),
        amounts=tuple(cents for _charge, cents in lines),
        net_cents=note.net_cents,
        vat_cents=note.vat_cents,
        total_cents=note.total_cents,
        corrects=issued.number,
        corrects_on=issued.issued_on,
        reason=note.reason,
    )


def draw_number(series: str, domain_id: int, on: date, drawn_as: NumberedAs = NumberedAs.STATEMENT) -> StatementNumber:
    """The next number of the series, drawn under its lock in this transaction: what is rolled back leaves no gap.

    A statement is never dated before the one that was numbered before it.
    """
    newest = StatementSeries.objects.filter(series=series).order_by("-year").first()
    year = max(on.year, newest.year if newest else on.year)
    StatementSeries.objects.get_or_create(series=series, year=year)
    row = StatementSeries.objects.select_for_update().get(series=series, year=year)
    issued_on = max(on, row.last_issued_on or date(year, 1, 1))
    row.last_number += 1
    row.last_issued_on = issued_on
    row.save(update_fields=["last_number", "last_issued_on"])
    return StatementNumber.objects.create(
        series=series,
        year=year,
        number=row.last_number,
        drawn_for=domain_id,
        drawn_as=drawn_as.value,
        issued_on=issued_on,
    )


def _content(
    domain: Domain,
    operator: Operator,
    contract: Contract,
    charges: tuple[Charge, ...],
    treatment: VatTreatment,
    drawn: StatementNumber,
) -> dict[str, Any]:
    seller = Party(
        name=operator.name,
        street=operator.street,
        postcode=operator.postcode,
        city=operator.city,
        country="BE",
        enterprise_number=operator.enterprise_number,
        vat_number=operator.vat_number,
        email=operator.email,
    )
    buyer = Party(
        name=contract.name,
        street=contract.street,
        postcode=contract.postcode,
        city=contract.city,
        country=contract.country,
        enterprise_number=contract.enterprise_number,
        vat_number=contract.vat_number,
        email=contract.email,
    )
    return {
        "version": 1,
        "seller": asdict(seller),
        "buyer": asdict(buyer),
        "iban": operator.iban,
        "structured": structured_reference.from_number(drawn.year % 100 * 10**8 + drawn.id),
        "domain": {"slug": domain.slug, "name": domain.name},
        "vat": {
            "category": treatment.category,
            "percent": None if treatment.percent is None else str(treatment.percent),
            "reason_code": treatment.reason_code,
            "reason": treatment.reason,
        },
        "lines": [_plain(one) for one in charges],
    }


def _plain(charge: Charge) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, ChargeKind) else value
        for name, value in asdict(charge).items()
    }


def _charge(stored: Mapping[str, Any]) -> Charge:
    days = {name: date.fromisoformat(stored[name]) for name in ("from_on", "until", "price_from")}
    return Charge(**{**stored, **days, "kind": ChargeKind(stored["kind"])})


def _treatment(stored: Mapping[str, Any]) -> VatTreatment:
    percent = stored["percent"]
    return VatTreatment(
        stored["category"], None if percent is None else Decimal(percent), stored["reason_code"], stored["reason"]
    )
