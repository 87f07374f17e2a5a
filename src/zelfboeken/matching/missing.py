"""Payments without their invoice: which they are, asking for the invoices, reminding, and the list per VAT quarter."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened, record
from zelfboeken.bank.models import BankLine
from zelfboeken.matching.facts import proposal_from_json
from zelfboeken.questions import mails
from zelfboeken.questions.mails import LinkTo, MissingRow
from zelfboeken.questions.missing import (
    add_event,
    follow,
    owner_named,
    refuse_past,
    visible_missing,
)
from zelfboeken.questions.models import MissingEvent, MissingInvoice, SubjectKind
from zelfboeken.questions.people import people_of
from zelfboeken.questions.rules import NobodyToAsk, Person, default_due, roles_for, route_to_domain, stage_of
from zelfboeken.questions.services import QuestionRefused, receiver_of
from zelfboeken.tenancy.apart import apart
from zelfboeken.tenancy.models import Administration, Domain, VatRegime
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.vat.periods import VatPeriod, period_of

log = structlog.get_logger()
AmountText = Callable[[int], str]
_TIME = "Zelfboeken"
_INVOICED = ("20", "21", "22", "23", "24", "25", "26", "27", "30", "31", "32", "34", "44", "60", "61")
"""Groups of accounts on which a payment has an invoice: purchases, costs, investments, and suppliers paid on account.
Wages, taxes, costs of the bank, loans and transfers have none."""


def wants_invoice(codes: Collection[str] | None) -> bool:
    """Whether a payment is one of which an invoice is wanted: booked or proposed on such an account, or not known."""
    return not codes or any(code.startswith(_INVOICED) for code in codes)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment on the bank; the amount is signed, so below zero."""

    line_id: int
    line_public_id: str
    booked_on: date
    amount_cents: int
    counterparty: str
    communication: str
    is_booked: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A missing invoice with its payment."""

    item: MissingInvoice
    owner_name: str
    payment: Payment
    remark: str = ""
    """The last one."""

    def is_late(self, on: date) -> bool:
        """Whether its day is over and it still is not there."""
        return self.item.state == MissingInvoice.State.OPEN and self.item.due_on < on


@dataclass(frozen=True, slots=True)
class Quarter:
    """The worked list of one VAT quarter."""

    period: VatPeriod
    items: tuple[Missing, ...]
    unasked: tuple[Payment, ...]
    """Payments of which nobody asked the invoice yet; only for who sees the bank."""
    waiting_documents: int = 0
    """Payments whose invoice seems to be there, but is not booked yet."""

    def count(self, state: str) -> int:
        """How many items are in a state."""
        return sum(one.item.state == state for one in self.items)

    @property
    def settled(self) -> int:
        """How many items are done: the invoice is there, or it does not exist."""
        return len(self.items) - self.count(MissingInvoice.State.OPEN)


def quarter_of(on: date) -> VatPeriod:
    """The VAT quarter that a day lies in."""
    return period_of(on, months=3)


def filing_on(administration: Administration, booked_on: date) -> date:
    """The last day to file the VAT return in which the invoice of a payment belongs."""
    months = 1 if administration.vat_regime == VatRegime.MONTHLY else 3
    return period_of(booked_on, months=months).due_on


def worked_list(
    *, access: Access, administration: Administration, period: VatPeriod, until: date | None = None
) -> Quarter:
    """What is asked for the payments of a quarter, and what is not asked yet; oldest payment first.

    With `until`, of the payments before that day. Who does not see the bank finds what he is asked, and no more.
    """
    end = min(period.until, until) if until else period.until
    found = missing_items(access=access, administration_id=administration.id, period=period)
    items = tuple(one for one in found if one.payment.booked_on < end)
    if not access.may(Right.LEDGER_SEE):
        return Quarter(period, items, ())
    which: dict[str, Any] = {"access": access, "administration_id": administration.id}
    which |= {"since": period.starts_on, "until": end}
    return Quarter(period, items, payments_without_invoice(**which), payments_with_waiting_document(**which))


def open_quarters(*, access: Access, administration_id: int) -> dict[VatPeriod, int]:
    """In which quarters invoices are asked that are not there, and how many; only those this user may see."""
    found = visible_missing(access).filter(administration_id=administration_id, state=MissingInvoice.State.OPEN)
    days = BankLine.objects.filter(domain_id=access.domain_id, id__in=found.values("bank_line_id"))
    return dict(sorted(Counter(quarter_of(on) for on in days.values_list("booked_on", flat=True)).items(), key=_day))


def _day(counted: tuple[VatPeriod, int]) -> date:
    return counted[0].starts_on


def missing_items(
    *, access: Access, administration_id: int, period: VatPeriod | None = None, public_id: str = ""
) -> list[Missing]:
    """The missing invoices that this user may see, with their payments; of a quarter, or one by its id."""
    found = visible_missing(access).filter(administration_id=administration_id).select_related("owner")
    if public_id:
        found = found.filter(public_id=public_id)
    items = {one.bank_line_id: one for one in found}
    payments = _payments(
        "l.domain_id = %s AND l.id = ANY(%s) AND (%s::date IS NULL OR l.booked_on >= %s::date) "
        "AND (%s::date IS NULL OR l.booked_on < %s::date)",
        [
            access.domain_id, sorted(items),
            *[period.starts_on if period else None] * 2, *[period.until if period else None] * 2,
        ],
    )  # fmt: skip
    said = MissingEvent.objects.filter(
        domain_id=access.domain_id, kind=MissingEvent.Kind.SAID, item_id__in=[one.id for one in items.values()]
    )
    remarks = dict(said.order_by("id").values_list("item_id", "text"))
    return [
        Missing(item, str(item.owner), one, remarks.get(item.id, ""))
        for one in payments
        for item in [items[one.line_id]]
    ]


def missing_of_line(*, access: Access, line_id: int) -> MissingInvoice | None:
    """What is asked for a bank line, if this user may see it."""
    return visible_missing(access).filter(bank_line_id=line_id).first()


def payments_without_invoice(
    *, access: Access, administration_id: int, since: date, until: date
) -> tuple[Payment, ...]:
    """The payments of some days that nothing is matched with, that want an invoice, and of which nobody asked it.

    Not those of which the invoice seems to be there, waiting to be booked.
    """
    access.require(Right.LEDGER_SEE)
    payments = _payments(
        f"{_UNMATCHED} AND NOT {_DOCUMENT_WAITS}",
        [access.domain_id, administration_id, since, until],
    )
    codes = _codes_of(access.domain_id, [one.line_id for one in payments])
    return tuple(one for one in payments if one.line_id in codes and wants_invoice(codes[one.line_id]))


def payments_with_waiting_document(*, access: Access, administration_id: int, since: date, until: date) -> int:
    """How many unmatched payments of some days have a document of their amount or message that is not booked yet."""
    access.require(Right.LEDGER_SEE)
    where = f"{_UNMATCHED} AND {_DOCUMENT_WAITS}"
    return len(_payments(where, [access.domain_id, administration_id, since, until]))


_UNMATCHED = (
    "l.domain_id = %s AND l.administration_id = %s AND l.amount_cents < 0 AND l.matched_cents = 0 "
    "AND l.booked_on >= %s AND l.booked_on < %s AND s.state <> 'QUARANTINED' AND NOT EXISTS ("
    "SELECT 1 FROM questions_missinginvoice m WHERE m.domain_id = l.domain_id AND m.bank_line_id = l.id)"
)
_DOCUMENT_WAITS = (
    "EXISTS (SELECT 1 FROM invoices_invoice i JOIN booking_proposal p ON p.domain_id = i.domain_id "
    "AND p.subject_kind = i.side AND p.subject_id = i.id WHERE i.domain_id = l.domain_id "
    "AND i.administration_id = l.administration_id AND i.side = 'PURCHASE' AND p.entry_id IS NULL "
    "AND p.handled_at IS NULL AND (i.total_cents = -l.amount_cents "
    "OR (l.structured <> '' AND i.structured = l.structured)))"
)


def default_owner(*, access: Access, administration_id: int, on: date) -> Person | None:
    """Who is asked for invoices when nobody is named: by the rule for questions about a bank line."""
    return default_owner_of(domain_id=access.domain_id, administration_id=administration_id, on=on)


def default_owner_of(*, domain_id: int, administration_id: int, on: date) -> Person | None:
    """As `default_owner`, where time passes and nobody asks."""
    people = people_of(domain_id=domain_id, on=on, administration_id=administration_id, subject_right=Right.LEDGER_SEE)
    return _routed(domain_id, administration_id, people)


def ask_for_invoices(
    *,
    access: Access,
    administration: Administration,
    line_public_ids: Sequence[str],
    owner_id: int | None,
    due_on: date | None,
    at: datetime,
    link_to: LinkTo,
    amount_text: AmountText,
) -> list[MissingInvoice]:
    """Ask somebody for the invoices of these payments: one mail for all. Without a person or day, by the rules.

    A line that was asked already is left as it is.

    Raises:
        NotAllowed: the user does not see the bank, or may not work on it.
        QuestionRefused: a line is no payment of these books, is matched already, or that person may not be asked.
        NobodyToAsk: nobody was named, and the rule names nobody.
    """
    access.require(Right.LEDGER_SEE)
    access.require(Right.BANK_MATCH)
    today = timezone.localtime(at).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id FROM bank_bankline l WHERE l.domain_id = %s AND l.administration_id = %s "
            "AND l.public_id = ANY(%s::uuid[]) ORDER BY l.id FOR UPDATE",
            [access.domain_id, administration.id, list(line_public_ids)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if len(ids) != len(set(line_public_ids)) or not access.reaches(administration.id):
        raise QuestionRefused("line", "line_unknown", "Kies betalingen uit de lijst.")
    payments = _payments(
        "l.domain_id = %s AND l.id = ANY(%s) AND l.amount_cents < 0 AND l.matched_cents = 0 "
        "AND s.state <> 'QUARANTINED'",
        [access.domain_id, ids],
    )
    if len(payments) != len(ids) or not ids:
        raise QuestionRefused(
            "line", "line_not_missing", "Kies betalingen die nog aan geen factuur gekoppeld zijn. Herlaad de pagina."
        )
    if owner_id is not None:
        owner = owner_named(access=access, administration_id=administration.id, user_id=owner_id, on=today)
    else:
        routed = default_owner(access=access, administration_id=administration.id, on=today)
        if routed is None:
            raise NobodyToAsk("DOMAIN")
        owner = routed
    if due_on is not None:
        refuse_past(due_on, today)
    known = set(
        MissingInvoice.objects.filter(domain_id=access.domain_id, bank_line_id__in=ids).values_list(
            "bank_line_id", flat=True
        )
    )
    new = [one for one in payments if one.line_id not in known]
    made = []
    for one in new:
        due = due_on or default_due(asked_on=today, filing_on=filing_on(administration, one.booked_on))
        MissingInvoice.objects.create(
            domain_id=access.domain_id,
            administration_id=administration.id,
            bank_line_id=one.line_id,
            owner_id=owner.user_id,
            due_on=due,
            asked_by_id=access.user_id,
            asked_at=at,
            changed_at=at,
        )
        item = MissingInvoice.objects.get(domain_id=access.domain_id, bank_line_id=one.line_id)
        add_event(
            item,
            MissingEvent.Kind.ASKED,
            author_id=access.user_id,
            author_name=access.user_name,
            at=at,
            text=owner.name,
            due_on=due,
        )
        access.log(
            at=at, events=[Happened("missing.asked", f"missing:{item.public_id}", {"of": owner.name, "due": str(due)})]
        )
        made.append(item)
    if made and owner.user_id != access.user_id:
        domain = Domain.objects.get(id=access.domain_id)
        mails.tell_missing(
            owner,
            domain_name=domain.name,
            rows=_rows(zip(made, new, strict=True), today, amount_text),
            link=link_to(domain.slug, ""),
            is_reminder=False,
            by_name=access.user_name,
        )
    return made


def follow_lines(*, access: Access, line_ids: Iterable[int], at: datetime) -> None:
    """Let what is asked for these bank lines follow what became of them; the lines are locked."""
    ids = sorted(set(line_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, l.amount_cents = l.matched_cents FROM bank_bankline l JOIN questions_missinginvoice m "
            "ON m.domain_id = l.domain_id AND m.bank_line_id = l.id "
            "WHERE l.domain_id = %s AND l.id = ANY(%s) AND (m.state = 'ARRIVED') <> (l.amount_cents = l.matched_cents)",
            [access.domain_id, ids],
        )
        states = dict(cursor.fetchall())
    if not states:
        return
    changed = follow(
        domain_id=access.domain_id, is_matched=states, user_id=access.user_id, user_name=access.user_name, at=at
    )
    access.log(
        at=at,
        events=[
            Happened(
                "missing.arrived" if states[one.bank_line_id] else "missing.reopened", f"missing:{one.public_id}", {}
            )
            for one in changed
        ],
    )


def remind_all(*, at: datetime, link_to: LinkTo, amount_text: AmountText, failed: list[str]) -> list[str]:
    """Remind everybody of what is due, each domain in a transaction of its own; who was mailed, as `domain user`.

    Any day may be asked for, twice as well: a reminder is of one stage of one due date, and is written down as sent.
    A domain that fails is added to `failed`.
    """
    told = []
    for domain in Domain.objects.filter(lifecycle__in=["STARTUP", "ACTIVE"]).order_by("id"):
        with apart(domain.slug, doing="reminders", failed=failed), domain_scope(domain.id):
            told += [f"{domain.slug} {name}" for name in remind(domain, at, link_to, amount_text)]
    return told


def remind(domain: Domain, at: datetime, link_to: LinkTo, amount_text: AmountText) -> list[str]:
    """Remind in one domain, whose scope is open: one mail a person, with all he still owes. Gives their names."""
    today = timezone.localtime(at).date()
    rows = (
        MissingInvoice.objects.select_for_update(of=("self",))
        .filter(domain_id=domain.id, state=MissingInvoice.State.OPEN, asked_at__lt=at)
        .order_by("due_on", "id")
    )
    due = [(one, stage) for one in rows if (stage := stage_of(due_on=one.due_on, on=today)) is not None]
    sent: dict[tuple[int, date | None], int] = {}
    for event in MissingEvent.objects.filter(
        domain_id=domain.id, kind=MissingEvent.Kind.REMINDED, item_id__in=[one.id for one, _ in due]
    ).order_by("stage"):
        sent[event.item_id, event.due_on] = event.stage or 0
    # Who is asked today knows it; and a stage that was passed is not told again, whatever day is asked for.
    due = [
        (one, stage)
        for one, stage in due
        if timezone.localtime(one.asked_at).date() < today and stage > sent.get((one.id, one.due_on), -1)
    ]
    by_owner: dict[int, list[MissingInvoice]] = {}
    for one, stage in due:
        owner = _owner_now(domain, one, today, at)
        if owner is None:
            log.warning("nobody to remind", domain=domain.slug, item=one.id)
            continue
        add_event(
            one, MissingEvent.Kind.REMINDED, author_id=None, author_name=_TIME, at=at, text=owner.name,
            due_on=one.due_on, stage=stage,
        )  # fmt: skip
        by_owner.setdefault(owner.user_id, []).append(one)
    told = []
    for user_id, items in by_owner.items():
        person = _person(domain, items[0].administration_id, user_id, today)
        payments = {
            one.line_id: one
            for one in _payments(
                "l.domain_id = %s AND l.id = ANY(%s)", [domain.id, [item.bank_line_id for item in items]]
            )
        }
        mails.tell_missing(
            person,
            domain_name=domain.name,
            rows=_rows(((item, payments[item.bank_line_id]) for item in items), today, amount_text),
            link=link_to(domain.slug, ""),
            is_reminder=True,
        )
        told.append(person.name)
    if told:
        counts = {"people": told, "invoices": sum(len(items) for items in by_owner.values())}
        record(
            at=at,
            actor_id=None,
            actor_name=_TIME,
            events=[Happened("missing.reminded", f"domain:{domain.slug}", counts)],
        )
    return told


def _owner_now(domain: Domain, item: MissingInvoice, today: date, at: datetime) -> Person | None:
    """Who is asked for it; when he may hand in nothing here any more, whoever the rule names, from now on."""
    people = people_of(domain_id=domain.id, on=today, administration_id=item.administration_id)
    own = next((one for one in people if one.user_id == item.owner_id and one.may_see), None)
    if own is not None:
        return own
    routed = default_owner_of(domain_id=domain.id, administration_id=item.administration_id, on=today)
    if routed is not None:
        MissingInvoice.objects.filter(domain_id=domain.id, id=item.id).update(owner_id=routed.user_id, changed_at=at)
        add_event(
            item, MissingEvent.Kind.CHANGED, author_id=None, author_name=_TIME, at=at, text=routed.name,
            due_on=item.due_on,
        )  # fmt: skip
    return routed


def _person(domain: Domain, administration_id: int, user_id: int, today: date) -> Person:
    people = people_of(domain_id=domain.id, on=today, administration_id=administration_id)
    return next(one for one in people if one.user_id == user_id)


def _routed(domain_id: int, administration_id: int, people: Sequence[Person]) -> Person | None:
    roles = roles_for(subject_kind=SubjectKind.BANK_LINE, subject_right=Right.LEDGER_SEE, topic="BOOKING")
    set_user_id = receiver_of(domain_id=domain_id, administration_id=administration_id)
    try:
        return route_to_domain(people, roles=roles, set_user_id=set_user_id).people[0]
    except NobodyToAsk:
        return None


def _rows(items: Iterable[tuple[MissingInvoice, Payment]], today: date, amount_text: AmountText) -> list[MissingRow]:
    def told(cents: int) -> Callable[[], str]:
        return lambda: amount_text(-cents)

    return [
        MissingRow(
            payment.counterparty, payment.booked_on, told(payment.amount_cents), item.due_on, item.due_on < today
        )
        for item, payment in items
    ]


def _payments(where: str, values: Sequence[Any]) -> tuple[Payment, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, l.public_id::text, l.booked_on, l.amount_cents, l.counterparty, "
            "coalesce(nullif(l.communication, ''), l.structured), l.entry_id IS NOT NULL FROM bank_bankline l "
            "JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
            f"WHERE {where} ORDER BY l.booked_on, l.id",
            values,
        )
        return tuple(Payment(*row) for row in cursor.fetchall())


def _codes_of(domain_id: int, line_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The accounts that lines are booked on beside their bank, or are proposed for; empty where nobody knows.

    Left out are the lines that are proposed to be matched with a document: that one is there, it only has to be booked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, array_remove(array_agg(g.code::text), NULL), "
            "(SELECT p.decision::text FROM matching_lineproposal p WHERE p.domain_id = l.domain_id "
            "AND p.bank_line_id = l.id) FROM bank_bankline l "
            "LEFT JOIN ledger_entry_line e ON e.domain_id = l.domain_id AND e.entry_id = l.entry_id AND e.n > 1 "
            "LEFT JOIN ledger_glaccount g ON g.domain_id = e.domain_id AND g.id = e.gl_account_id "
            "WHERE l.domain_id = %s AND l.id = ANY(%s) GROUP BY l.domain_id, l.id",
            [domain_id, list(line_ids)],
        )
        found = {}
        for line_id, codes, decision in cursor.fetchall():
            proposed = proposal_from_json(json.loads(decision)).decision if decision else None
            if proposed is not None and proposed.allocations:
                continue
            shares = {share.gl_code for share in proposed.shares} if proposed else set()
            found[line_id] = frozenset(codes or []) | shares
        return found
