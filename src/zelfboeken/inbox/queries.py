"""The queue of documents: what waits, what is booked, what could not be read. One query a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.invoices.services import LOOKS_LIKE_ANOTHER
from zelfboeken.matching.queries import COUNT_LINES, BankCounts
from zelfboeken.money import AmountNotUnderstood, cents_of
from zelfboeken.questions.queries import QuestionCounts
from zelfboeken.questions.visibility import counts_of


class QueueRow(NamedTuple):
    """A document in a list. Amounts in cents of `currency`; a document without an invoice has no contact or number.

    A named tuple, since a list makes 80 of them and looks each up by its 21 values: that takes a quarter of the time
    that a frozen dataclass takes.
    """

    document_id: int
    document_public_id: str
    document_name: str
    received_on: date
    contact_name: str | None
    number: str | None
    side: str | None
    kind: str | None
    issued_on: date | None
    total_cents: int | None
    currency: str | None
    proposal_id: int | None
    version: int | None
    is_ready: bool
    entry_id: int | None
    is_handled: bool
    is_completed: bool
    is_duplicate: bool
    sha256: str
    outcome: str
    reason: str

    @property
    def may_be_booked_at_once(self) -> bool:
        """Whether the proposal is ready and nothing speaks against it."""
        return (
            self.is_ready
            and not (self.is_duplicate or self.is_handled)
            and self.entry_id is None
            and self.proposal_id is not None
        )


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many documents wait, of which ready; and how many need a person before they can be proposed."""

    waiting: int
    ready: int
    stuck: int


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """What waits in an administration, and for this user in the domain: all that a menu tells."""

    documents: QueueCounts
    bank: BankCounts
    questions: QuestionCounts


# The number of rows stands written out: a plan made for any number of them would read the whole list.
_COLUMNS = f"""
SELECT d.id, d.public_id::text, d.name, (d.received_at AT TIME ZONE '{settings.TIME_ZONE}')::date,
       c.name, i.number, i.side, i.kind, i.issued_on, i.total_cents, i.currency, p.id, p.version,
       coalesce(p.is_ready, false), p.entry_id,
       p.handled_at IS NOT NULL, p.completed_at IS NOT NULL,
       i.id IS NOT NULL AND i.duplicate_reason = '' AND p.entry_id IS NULL AND {LOOKS_LIKE_ANOTHER},
       d.sha256, r.outcome, r.reason
"""
# What has a proposal was read as an invoice: its reading need not be looked up.
_INVOICES = (
    _COLUMNS.replace("r.outcome, r.reason", "'INVOICE', ''")
    + """
  FROM booking_proposal p
  JOIN invoices_invoice i ON i.domain_id = p.domain_id AND i.id = p.subject_id
  JOIN contacts_contact c ON c.domain_id = i.domain_id AND c.id = i.contact_id
  JOIN documents_document d ON d.domain_id = i.domain_id AND d.id = i.document_id
"""
)
# Of what is booked or put aside nobody asks any more whether it looks like another.
_DONE = _INVOICES.replace(LOOKS_LIKE_ANOTHER, "false")


def waiting_documents(
    *,
    access: Access,
    administration_id: int,
    ready: bool | None = None,
    search: str = "",
    limit: int = 80,
    after: tuple[date, int] | None = None,
) -> list[QueueRow]:
    """Documents with a proposal that waits, oldest first; `ready` keeps only those that are, or are not."""
    access.require_reach(administration_id)
    where, values = _visible(access)
    where += " AND p.domain_id = %s AND p.administration_id = %s AND p.entry_id IS NULL AND p.handled_at IS NULL"
    values += [access.domain_id, administration_id]
    if ready is not None:
        where += " AND p.is_ready = %s"
        values.append(ready)
    where, values = _searched(where, values, search)
    if after:
        where += " AND (p.on_date, p.id) > (%s, %s)"
        values += list(after)
    return _rows(f"{_INVOICES} WHERE {where} ORDER BY p.on_date, p.id LIMIT {limit:d}", values)


def booked_documents(
    *,
    access: Access,
    administration_id: int,
    search: str = "",
    limit: int = 80,
    before: tuple[date, int] | None = None,
) -> list[QueueRow]:
    """Documents that are booked, or came to zero and were put aside, newest first."""
    access.require_reach(administration_id)
    where, values = _visible(access)
    where += (
        " AND p.domain_id = %s AND p.administration_id = %s AND (p.entry_id IS NOT NULL OR p.handled_at IS NOT NULL)"
    )
    values += [access.domain_id, administration_id]
    where, values = _searched(where, values, search)
    if before:
        where += " AND (p.on_date, p.id) < (%s, %s)"
        values += list(before)
    return _rows(f"{_DONE} WHERE {where} ORDER BY p.on_date DESC, p.id DESC LIMIT {limit:d}", values)


def stuck_documents(*, access: Access, administration_id: int, limit: int = 80) -> list[QueueRow]:
    """Files that could not be read, or of which a person must say what they are, newest first."""
    access.require_reach(administration_id)
    where, values = _visible_unsorted(access)
    return _rows(
        f"{_COLUMNS} FROM inbox_reading r "
        "JOIN documents_document d ON d.domain_id = r.domain_id AND d.id = r.document_id "
        "LEFT JOIN invoices_invoice i ON i.domain_id = d.domain_id AND i.document_id = d.id "
        "LEFT JOIN contacts_contact c ON c.domain_id = i.domain_id AND c.id = i.contact_id "
        "LEFT JOIN booking_proposal p ON p.domain_id = i.domain_id AND p.subject_kind = i.side AND p.subject_id = i.id "
        "WHERE r.domain_id = %s AND d.administration_id = %s AND r.outcome IN ('ASK_SIDE', 'UNREADABLE') "
        f"AND {where} ORDER BY r.read_at DESC, r.id DESC LIMIT {limit:d}",
        [access.domain_id, administration_id, *values],
    )


def one_document(*, access: Access, public_id: str) -> QueueRow | None:
    """The row of one document of the domain, whatever its state, or None when this user may not see it: by its kind,
    or because he does not reach its administration."""
    where, values = _visible(access)
    unsorted, more = _visible_unsorted(access)
    reached = None if access.administration_ids is None else sorted(access.administration_ids)
    rows = _rows(
        f"{_COLUMNS} FROM documents_document d "
        "JOIN inbox_reading r ON r.domain_id = d.domain_id AND r.document_id = d.id "
        "LEFT JOIN invoices_invoice i ON i.domain_id = d.domain_id AND i.document_id = d.id "
        "LEFT JOIN contacts_contact c ON c.domain_id = i.domain_id AND c.id = i.contact_id "
        "LEFT JOIN booking_proposal p ON p.domain_id = i.domain_id AND p.subject_kind = i.side AND p.subject_id = i.id "
        "WHERE d.domain_id = %s AND d.public_id = %s "
        "AND (%s::bigint[] IS NULL OR d.administration_id = ANY(%s::bigint[])) "
        "AND CASE WHEN i.id IS NOT NULL THEN "
        f"{where} WHEN r.outcome = 'BANK' THEN %s ELSE {unsorted} END",
        [access.domain_id, public_id, reached, reached, *values, access.may(Right.LEDGER_SEE), *more],
    )
    return rows[0] if rows else None


def waiting_work(*, access: Access, administration_id: int) -> WaitingWork:
    """How much waits in one administration, of what this user may see, and of what is asked of him: in one query."""
    access.require_reach(administration_id)
    unsorted, more = _visible_unsorted(access)
    sides = _sides(access)
    kinds, chosen = ("", []) if len(sides) == 2 else (" AND subject_kind = ANY(%s)", [sides])
    here = [access.domain_id, administration_id]
    asked, his = counts_of(access)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT documents.*, lines.*, questions.* FROM (SELECT count(*), count(*) FILTER (WHERE is_ready), "
            "(SELECT count(*) FROM inbox_reading r JOIN documents_document d ON d.domain_id = r.domain_id "
            "AND d.id = r.document_id WHERE r.domain_id = %s AND d.administration_id = %s "
            f"AND r.outcome IN ('ASK_SIDE', 'UNREADABLE') AND {unsorted}) "
            "FROM booking_proposal WHERE domain_id = %s AND administration_id = %s AND entry_id IS NULL "
            f"AND handled_at IS NULL{kinds}) documents, ({COUNT_LINES}) lines, ({asked}) questions",
            [*here, *more, *here, *chosen, *here, *his],
        )
        waiting, ready, stuck, lines_ready, lines_to_choose, questions, missing = cursor.fetchone()
    return WaitingWork(
        QueueCounts(waiting, ready, stuck),
        BankCounts(lines_ready, lines_to_choose),
        QuestionCounts(questions, missing),
    )


def _sides(access: Access) -> list[str]:
    return [
        side
        for side, right in (("SALE", Right.DOCUMENT_SEE_SALES), ("PURCHASE", Right.DOCUMENT_SEE_PURCHASE))
        if access.may(right)
    ]


def _visible(access: Access) -> tuple[str, list[Any]]:
    sides = _sides(access)
    # Written out, since an array is taken apart and put together anew with each page.
    return ("i.side IN ({})".format(", ".join(f"'{side}'" for side in sides)) if sides else "false"), []


def _visible_unsorted(access: Access) -> tuple[str, list[Any]]:
    """A file of which nobody knows yet what it is: for who sees invoices of any kind, and for who handed it in."""
    if not access.may(Right.DOCUMENT_SEE_ALL_USERS):
        return "false", []
    if _sides(access):
        return "true", []
    return (
        "EXISTS (SELECT 1 FROM documents_arrival a "
        "WHERE a.domain_id = d.domain_id AND a.document_id = d.id AND a.arrived_by = %s)",
        [access.user_id],
    )


def _searched(where: str, values: Sequence[Any], search: str) -> tuple[str, list[Any]]:
    if not search.strip():
        return where, list(values)
    pattern = "%" + search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    try:
        cents: int | None = cents_of(search.strip().replace(".", "").replace(",", "."))
    except AmountNotUnderstood:
        cents = None
    # A structured message is stored as its twelve digits, however it was typed.
    structured = "".join(char for char in search if char.isdigit())
    return (
        f"{where} AND (c.name ILIKE %s OR i.number ILIKE %s OR d.name ILIKE %s OR i.total_cents = %s "
        "OR (length(%s) = 12 AND i.structured = %s))",
        [*values, pattern, pattern, pattern, cents, structured, structured],
    )


def _rows(sql: str, values: Sequence[Any]) -> list[QueueRow]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [QueueRow._make(row) for row in cursor.fetchall()]
