"""Posting, reversing, and opening and closing periods: the only code that writes the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.ledger.models import PeriodState
from zelfboeken.ledger.queries import chart_of, forget_chart
from zelfboeken.ledger.rules import (
    EntryRefused,
    NewEntry,
    NewLine,
    SealedEntry,
    canonical_form,
    check_accounts,
    check_entry,
    reversed_lines,
    running_sums,
    seal,
)
from zelfboeken.tenancy.bulk import insert_rows
from zelfboeken.tenancy.reading import one_of
from zelfboeken.tenancy.scope import answers_together, pipelined
from zelfboeken.workload.services import changed


class PeriodNotOpen(EntryRefused):
    """The date lies in no period, or in one that takes no entry from this user."""

    code = "period_not_open"


class AlreadyPosted(EntryRefused):
    """This source was posted before and not reversed since."""

    code = "already_posted"


class NotReversible(EntryRefused):
    """The entry does not exist, is a reversal itself, or was reversed before."""

    code = "not_reversible"


class ItemsAreMatched(EntryRefused):
    """An open item of the entry is matched with a payment, or set off by hand."""

    code = "items_are_matched"


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """Where a posted entry stands."""

    id: int
    journal_id: int
    fiscal_year: int
    number: int
    seq: int


def post_entry(*, access: Access, entry: NewEntry, at: datetime) -> PostedEntry:
    """Post one entry: number it, seal it in the chain, keep balances and open items. All in the open transaction.

    Raises:
        EntryRefused: unbalanced, without lines, or outside an open period; `code` says which.
    """
    return post_entries(access=access, entries=[entry], at=at)[0]


def post_entries(*, access: Access, entries: Sequence[NewEntry], at: datetime) -> list[PostedEntry]:
    """Post many entries of one domain with one statement per table, in the order given. All or none.

    Locks in the one order of architecture §5: periods, heads, series, entries and lines, balances.

    Raises:
        EntryRefused: as `post_entry`, for the first entry that is refused.
    """
    if not entries:
        return []
    for entry in entries:
        check_entry(entry)
    _check_references(access.domain_id, entries)
    administrations = {entry.administration_id for entry in entries}
    # The locks in their order, and then what was posted before: seen once nobody else can post here.
    period_rows, head_rows, posted = answers_together(
        _locking_periods(access.domain_id, entries),
        _locking_heads(access.domain_id, administrations),
        _posted_before(access.domain_id, entries),
    )
    periods = _open_periods(period_rows, access, entries)
    heads = _heads(head_rows, administrations)
    _refuse_posted_twice(posted, entries)
    with connection.cursor() as cursor:
        numbers, ids = _draw_numbers(cursor, access.domain_id, entries, periods)
        sealed = _seal_all(access, entries, at=at, periods=periods, heads=heads, numbers=numbers, ids=ids)
        with pipelined():
            _insert(access.domain_id, sealed)
            _keep_balances(access.domain_id, entries)
            _keep_open_items(access.domain_id, sealed)
            for administration_id, (seq, digest) in sorted(heads.items()):
                cursor.execute(
                    "UPDATE ledger_head SET seq = %s, hash = %s WHERE domain_id = %s AND administration_id = %s",
                    [seq, digest, access.domain_id, administration_id],
                )
            access.log(
                at=at,
                events=[
                    Happened(
                        "entry.reversed" if one.entry.reverses_id else "entry.posted", one.entry.subject, {"id": one.id}
                    )
                    for one, _, _, _ in sealed
                ],
            )
    changed("books")
    return [PostedEntry(one.id, one.journal_id, one.fiscal_year, one.number, one.seq) for one, _, _, _ in sealed]


def reverse_entry(
    *, access: Access, entry_id: int, on: date, at: datetime, also_on: Sequence[date] = ()
) -> PostedEntry:
    """Post the exact opposite of an entry, on this date, in the same journal (INV-04).

    Its open items and their opposites settle each other, so that nothing of the pair stays open. `also_on` are the
    days on which the same transaction may post afterwards: their months are held now, in order, since whoever shuts
    months takes the earliest first.

    Raises:
        NotReversible: unknown, a reversal itself, or reversed before.
        ItemsAreMatched: a payment is matched with it; the match is undone first.
        PeriodNotOpen: the date takes no entry.
    """
    original = read_entry(domain_id=access.domain_id, entry_id=entry_id)
    if original is None or original.reverses_id is not None:
        raise NotReversible("Deze boeking kan niet teruggedraaid worden.")
    opposite = NewEntry(
        administration_id=original.administration_id,
        journal_id=original.journal_id,
        on_date=on,
        subject=original.subject,
        description=original.description,
        lines=reversed_lines(original.lines),
        attempt=original.attempt,
        reverses_id=entry_id,
        document_sha256=original.document_sha256,
    )
    with connection.cursor() as cursor:
        # Open items first, as whoever settles them does; then the order of posting. The head is the row that orders
        # this administration's postings: who waits for it sees the other's reversal.
        cursor.execute(
            "SELECT document_number, matched_cents FROM ledger_openitem WHERE domain_id = %s AND entry_id = %s "
            "ORDER BY id FOR UPDATE",
            [access.domain_id, entry_id],
        )
        matched = [number for number, cents in cursor.fetchall() if cents]
    period_rows, head_rows, reversals = answers_together(
        _locking_periods(access.domain_id, [opposite], also_on),
        _locking_heads(access.domain_id, {original.administration_id}),
        ("SELECT number FROM ledger_entry WHERE domain_id = %s AND reverses_id = %s", [access.domain_id, entry_id]),
    )
    _open_periods(period_rows, access, [opposite])
    _heads(head_rows, {original.administration_id})
    if reversals:
        raise NotReversible("Deze boeking is al teruggedraaid.")
    if matched:
        raise ItemsAreMatched(
            f"Er is al een betaling gekoppeld aan {matched[0] or 'dit stuk'}, of het is verrekend. "
            "Maak dat eerst los: bij de bankverrichting, of op de kaart van de relatie."
        )
    posted = post_entry(access=access, entry=opposite, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_openitem SET matched_cents = amount_cents WHERE domain_id = %s AND entry_id = ANY(%s)",
            [access.domain_id, [entry_id, posted.id]],
        )
    return posted


def read_entry(*, domain_id: int, entry_id: int) -> NewEntry | None:
    """A posted entry in the form it was posted in, or None when this domain has no such entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT administration_id, journal_id, on_date, subject, description, attempt, reverses_id, "
            "document_sha256 FROM ledger_entry WHERE domain_id = %s AND id = %s",
            [domain_id, entry_id],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(
            "SELECT l.gl_account_id, l.debit_cents, l.credit_cents, l.description, l.contact_id, l.vat_grids, "
            "l.vat_cents, o.due_on, coalesce(o.document_number, ''), coalesce(o.structured, '') "
            "FROM ledger_entry_line l LEFT JOIN ledger_openitem o "
            "ON o.domain_id = l.domain_id AND o.entry_id = l.entry_id AND o.n = l.n "
            "WHERE l.domain_id = %s AND l.entry_id = %s ORDER BY l.n",
            [domain_id, entry_id],
        )
        lines = tuple(
            NewLine(account, debit, credit, text, contact, tuple(zip(grids, cents, strict=True)), due, number, ref)
            for account, debit, credit, text, contact, grids, cents, due, number, ref in cursor.fetchall()
        )
    document = bytes(row[7]) if row[7] is not None else None
    return NewEntry(row[0], row[1], row[2], row[3], row[4], lines, row[5], row[6], document)


def next_attempt(*, domain_id: int, administration_id: int, subject: str) -> int:
    """The attempt a source would be posted as now: one more than it was reversed.

    Raises:
        AlreadyPosted: an entry of this source stands.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(attempt), 0), count(*) FILTER (WHERE NOT is_reversal), "
            "count(*) FILTER (WHERE is_reversal) FROM ledger_entry "
            "WHERE domain_id = %s AND administration_id = %s AND subject = %s",
            [domain_id, administration_id, subject],
        )
        last, posted, undone = cursor.fetchone()
    if posted > undone:
        raise AlreadyPosted("Dit stuk is al geboekt.")
    return int(last) + 1


def set_period_state(
    *, access: Access, administration_id: int, starts_on: date, state: PeriodState, at: datetime
) -> None:
    """Open, block or close one month, waiting for postings that are under way (INV-12). A closed month stays closed.

    Raises:
        NotAllowed: the user may not close periods.
        PeriodNotOpen: there is no such month, or it is closed.
    """
    access.require(Right.PERIOD_CLOSE)
    if not access.reaches(administration_id):
        raise PeriodNotOpen("Deze maand hoort bij geen boekjaar.", code="period_unknown")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM ledger_period WHERE domain_id = %s AND administration_id = %s AND starts_on = %s "
            "FOR UPDATE",
            [access.domain_id, administration_id, starts_on],
        )
        row = cursor.fetchone()
        if row is None:
            raise PeriodNotOpen("Deze maand hoort bij geen boekjaar.", code="period_unknown")
        if row[0] == PeriodState.CLOSED:
            raise PeriodNotOpen("Deze maand is afgesloten en blijft dat.", code="period_closed")
        cursor.execute(
            "UPDATE ledger_period SET state = %s WHERE domain_id = %s AND administration_id = %s AND starts_on = %s",
            [state.value, access.domain_id, administration_id, starts_on],
        )
    access.log(
        at=at,
        events=[Happened("period.state", f"{administration_id}:{starts_on}", {"from": row[0], "to": state.value})],
    )


@dataclass(frozen=True, slots=True)
class _Period:
    fiscal_year: int
    starts_on: date
    until: date


_Key = tuple[int, date]
_SealedRow = tuple[SealedEntry, bytes, bytes | None, bytes]


def _check_references(domain_id: int, entries: Sequence[NewEntry]) -> None:
    """Judge journals and accounts by the chart this process remembers, read again when it does not know one of them."""
    for administration_id in sorted({entry.administration_id for entry in entries}):
        own = [entry for entry in entries if entry.administration_id == administration_id]
        accounts = {line.gl_account_id for entry in own for line in entry.lines}
        journals = {entry.journal_id for entry in own}
        chart = chart_of(domain_id=domain_id, administration_id=administration_id)
        if not (accounts <= chart.control.keys() and journals <= chart.journal_ids):
            forget_chart(domain_id=domain_id, administration_id=administration_id)
            chart = chart_of(domain_id=domain_id, administration_id=administration_id)
        for entry in own:
            check_accounts(entry, chart.control)
        if not journals <= chart.journal_ids:
            raise EntryRefused(
                "Dit dagboek hoort niet bij deze administratie. Kies een ander dagboek.", code="unknown_journal"
            )


_Statement = tuple[str, list[Any]]


def _locking_periods(domain_id: int, entries: Sequence[NewEntry], also_on: Sequence[date] = ()) -> _Statement:
    in_books, books = one_of({entry.administration_id for entry in entries})
    days = [*(entry.on_date for entry in entries), *also_on]
    return (
        "SELECT p.administration_id, p.fiscal_year, p.starts_on, p.until, p.state FROM ledger_period p "
        f"WHERE p.domain_id = %s AND p.administration_id {in_books} AND p.until > %s AND p.starts_on <= %s "
        "ORDER BY p.administration_id, p.starts_on FOR SHARE",
        [
            domain_id,
            books,
            min(days),
            max(days),
        ],
    )


def _open_periods(rows: list[tuple[Any, ...]], access: Access, entries: Sequence[NewEntry]) -> dict[_Key, _Period]:
    wanted = sorted({(entry.administration_id, entry.on_date) for entry in entries})
    found: dict[_Key, _Period] = {}
    for administration, on in wanted:
        row = next((r for r in rows if r[0] == administration and r[2] <= on < r[3]), None)
        if row is None:
            raise PeriodNotOpen(
                f"{on:%d/%m/%Y} hoort bij geen boekjaar. Kies een andere datum of open een boekjaar.",
                code="period_unknown",
            )
        if row[4] == PeriodState.CLOSED:
            raise PeriodNotOpen(
                f"De periode van {on:%d/%m/%Y} is afgesloten. Kies een datum in een open periode.",
                code="period_closed",
            )
        if row[4] != PeriodState.OPEN and not access.may(Right.BLOCKED_PERIOD_BOOK):
            raise PeriodNotOpen(
                f"De periode van {on:%d/%m/%Y} is geblokkeerd. Kies een datum in een open periode, "
                "of vraag je accountant.",
                code="period_blocked",
            )
        found[(administration, on)] = _Period(row[1], row[2], row[3])
    return found


def _locking_heads(domain_id: int, administrations: set[int]) -> _Statement:
    in_books, books = one_of(administrations)
    return (
        f"SELECT administration_id, seq, hash FROM ledger_head WHERE domain_id = %s AND administration_id {in_books} "
        "ORDER BY administration_id FOR UPDATE",
        [domain_id, books],
    )


def _heads(rows: list[tuple[Any, ...]], administrations: set[int]) -> dict[int, tuple[int, bytes | None]]:
    heads = {row[0]: (row[1], bytes(row[2]) if row[2] is not None else None) for row in rows}
    if len(heads) != len(administrations):
        raise EntryRefused("Deze administratie heeft nog geen boekhouding.", code="administration_unknown")
    return heads


def _posted_before(domain_id: int, entries: Sequence[NewEntry]) -> _Statement:
    in_books, books = one_of({entry.administration_id for entry in entries})
    is_named, subjects = one_of({entry.subject for entry in entries})
    return (
        "SELECT administration_id, subject, attempt, is_reversal FROM ledger_entry "
        f"WHERE domain_id = %s AND administration_id {in_books} AND subject {is_named}",
        [domain_id, books, subjects],
    )


def _refuse_posted_twice(rows: list[tuple[Any, ...]], entries: Sequence[NewEntry]) -> None:
    taken = set(rows)
    for entry in entries:
        key = (entry.administration_id, entry.subject, entry.attempt, entry.reverses_id is not None)
        undone = (entry.administration_id, entry.subject, entry.attempt - 1, True)
        if key in taken or (entry.attempt > 1 and undone not in taken):
            raise AlreadyPosted("Dit stuk is al geboekt.")
        taken.add(key)


def _draw_numbers(
    cursor: Any, domain_id: int, entries: Sequence[NewEntry], periods: dict[_Key, _Period]
) -> tuple[dict[tuple[int, int, int], int], list[int]]:
    wanted: dict[tuple[int, int, int], int] = defaultdict(int)
    for entry in entries:
        year = periods[(entry.administration_id, entry.on_date)].fiscal_year
        wanted[(entry.administration_id, entry.journal_id, year)] += 1
    values: list[Any] = []
    for (administration, journal, year), count in sorted(wanted.items()):
        values += [domain_id, administration, journal, year, count]
    cursor.execute(
        "INSERT INTO ledger_series AS s (domain_id, administration_id, journal_id, fiscal_year, last_number) VALUES "
        + _rows(5, len(wanted))
        + " ON CONFLICT (domain_id, administration_id, journal_id, fiscal_year) "
        "DO UPDATE SET last_number = s.last_number + excluded.last_number "
        "RETURNING administration_id, journal_id, fiscal_year, last_number, "
        "(SELECT array_agg(nextval('zb_id')) FROM generate_series(1, %s))",
        [*values, len(entries)],
    )
    rows = cursor.fetchall()
    last = {(row[0], row[1], row[2]): row[3] for row in rows}
    return {key: last[key] - count for key, count in wanted.items()}, list(rows[0][4])


def _seal_all(
    access: Access,
    entries: Sequence[NewEntry],
    *,
    at: datetime,
    periods: dict[_Key, _Period],
    heads: dict[int, tuple[int, bytes | None]],
    numbers: dict[tuple[int, int, int], int],
    ids: list[int],
) -> list[_SealedRow]:
    rows: list[_SealedRow] = []
    for entry, entry_id in zip(entries, ids, strict=True):
        period = periods[(entry.administration_id, entry.on_date)]
        series = (entry.administration_id, entry.journal_id, period.fiscal_year)
        numbers[series] += 1
        seq, prev_hash = heads[entry.administration_id]
        sealed = SealedEntry(
            domain_id=access.domain_id,
            id=entry_id,
            administration_id=entry.administration_id,
            journal_id=entry.journal_id,
            fiscal_year=period.fiscal_year,
            period_starts_on=period.starts_on,
            period_until=period.until,
            number=numbers[series],
            seq=seq + 1,
            posted_at=at,
            posted_by=access.user_id,
            entry=entry,
            running=running_sums(entry.lines),
        )
        content = canonical_form(sealed)
        digest = seal(prev_hash, content)
        heads[entry.administration_id] = (seq + 1, digest)
        rows.append((sealed, content, prev_hash, digest))
    return rows


_ENTRY_COLUMNS = (
    "domain_id, id, administration_id, journal_id, fiscal_year, period_starts_on, period_until, on_date, number, "
    "subject, attempt, reverses_id, line_count, description, document_sha256, posted_at, posted_by, seq, prev_hash, "
    "content, hash"
)
_LINE_COLUMNS = (
    "domain_id, administration_id, entry_id, n, line_count, on_date, gl_account_id, contact_id, debit_cents, "
    "credit_cents, running_cents, vat_grids, vat_cents, description"
)


def _insert(domain_id: int, rows: Sequence[_SealedRow]) -> None:
    entries, lines = [], []
    for sealed, content, prev_hash, digest in rows:
        entry = sealed.entry
        entries.append(
            (
                domain_id,
                sealed.id,
                sealed.administration_id,
                sealed.journal_id,
                sealed.fiscal_year,
                sealed.period_starts_on,
                sealed.period_until,
                entry.on_date,
                sealed.number,
                entry.subject,
                entry.attempt,
                entry.reverses_id,
                len(entry.lines),
                entry.description,
                entry.document_sha256,
                sealed.posted_at,
                sealed.posted_by,
                sealed.seq,
                prev_hash,
                content,
                digest,
            )
        )
        for n, (line, running) in enumerate(zip(entry.lines, sealed.running, strict=True), start=1):
            lines.append(
                (
                    domain_id,
                    sealed.administration_id,
                    sealed.id,
                    n,
                    len(entry.lines),
                    entry.on_date,
                    line.gl_account_id,
                    line.contact_id,
                    line.debit_cents,
                    line.credit_cents,
                    running,
                    [grid for grid, _ in line.grids],
                    [cents for _, cents in line.grids],
                    line.description,
                )
            )
    insert_rows(f"INSERT INTO ledger_entry ({_ENTRY_COLUMNS}) VALUES ", entries)
    insert_rows(f"INSERT INTO ledger_entry_line ({_LINE_COLUMNS}) VALUES ", lines)


def _keep_balances(domain_id: int, entries: Sequence[NewEntry]) -> None:
    accounts: dict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0])
    grids: dict[tuple[int, int, date], int] = defaultdict(int)
    for entry in entries:
        month = entry.on_date.replace(day=1)
        for line in entry.lines:
            sides = accounts[(entry.administration_id, line.gl_account_id, month)]
            sides[0] += line.debit_cents
            sides[1] += line.credit_cents
            for grid, cents in line.grids:
                grids[(entry.administration_id, grid, month)] += cents
    insert_rows(
        "INSERT INTO ledger_balance AS b (domain_id, administration_id, gl_account_id, month_starts_on, debit_cents, "
        "credit_cents) VALUES ",
        [(domain_id, *key, *sides) for key, sides in sorted(accounts.items())],
        " ON CONFLICT (domain_id, administration_id, gl_account_id, month_starts_on) DO UPDATE SET "
        "debit_cents = b.debit_cents + excluded.debit_cents, credit_cents = b.credit_cents + excluded.credit_cents",
    )
    insert_rows(
        "INSERT INTO ledger_grid_balance AS b (domain_id, administration_id, grid, month_starts_on, cents) VALUES ",
        [(domain_id, *key, cents) for key, cents in sorted(grids.items())],
        " ON CONFLICT (domain_id, administration_id, grid, month_starts_on) DO UPDATE SET "
        "cents = b.cents + excluded.cents",
    )


def _keep_open_items(domain_id: int, rows: Sequence[_SealedRow]) -> None:
    items = [
        (
            domain_id,
            sealed.administration_id,
            sealed.id,
            n,
            line.contact_id,
            line.gl_account_id,
            sealed.entry.on_date,
            line.due_on,
            line.document_number,
            line.structured,
            line.debit_cents - line.credit_cents,
        )
        for sealed, _, _, _ in rows
        for n, line in enumerate(sealed.entry.lines, start=1)
        if line.contact_id is not None
    ]
    insert_rows(
        "INSERT INTO ledger_openitem (domain_id, administration_id, entry_id, n, contact_id, gl_account_id, on_date, "
        "due_on, document_number, structured, amount_cents, matched_cents) VALUES ",
        [(*item, 0) for item in items],
    )


def _rows(columns: int, count: int) -> str:
    row = "(" + ", ".join(["%s"] * columns) + ")"
    return ", ".join([row] * count)
