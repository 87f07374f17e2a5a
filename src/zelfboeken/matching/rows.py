"""The rows of matching, locked, read and written: one statement each, in order of id wherever they lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from zelfboeken.matching.transfers import MOST_DAYS, TransferSide
from zelfboeken.tenancy.bulk import insert_rows
from zelfboeken.workload.services import changed

_CHUNK = 2_000  # a statement takes at most 65,535 values


class NewMatch(NamedTuple):
    """A match to store; without a bank line it was made by hand."""

    administration_id: int
    bank_line_id: int | None
    item_id: int
    against_id: int
    amount_cents: int
    method: str


def store_proposals(rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep the proposals, in order of line so that two who do this wait for each other; one that is the same stays."""
    changed("bank")
    insert_rows(
        'INSERT INTO matching_lineproposal AS p (domain_id, administration_id, bank_line_id, "group", '
        "decision, item_ids, certainty_percent, version) VALUES ",
        sorted(rows, key=lambda row: row[2]),
        ' ON CONFLICT (domain_id, bank_line_id) DO UPDATE SET "group" = excluded."group", '
        "decision = excluded.decision, item_ids = excluded.item_ids, "
        "certainty_percent = excluded.certainty_percent, version = p.version + 1 "
        "WHERE p.decision IS DISTINCT FROM excluded.decision",
        row="{}, {}, {}, {}, {}, {}::bigint[], {}, 1",
    )


def lines_waiting_for(domain_id: int, administrations: Collection[int], item_ids: Collection[int]) -> list[int]:
    """The lines that wait with a proposal, or a choice, that settles one of these items."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id FROM bank_bankline l JOIN matching_lineproposal p ON p.domain_id = l.domain_id "
            "AND p.bank_line_id = l.id WHERE l.domain_id = %s AND l.administration_id = ANY(%s) "
            "AND l.entry_id IS NULL AND p.item_ids && %s::bigint[]",
            [domain_id, sorted(administrations), sorted(item_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def lines_for_entries(domain_id: int, administration_id: int, entry_ids: Collection[int]) -> list[int]:
    """The waiting lines that the documents of these entries may concern.

    They carry a reference, amount, bank account or number of one, or a proposal that settles one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH item AS MATERIALIZED (SELECT id, structured, amount_cents, document_number, contact_id "
            "FROM ledger_openitem WHERE domain_id = %(domain)s AND entry_id = ANY(%(entries)s)) "
            "SELECT l.id FROM bank_bankline l WHERE l.domain_id = %(domain)s AND l.administration_id = %(books)s "
            "AND l.entry_id IS NULL AND (l.structured IN (SELECT structured FROM item WHERE structured <> '') "
            "OR l.amount_cents IN (SELECT amount_cents FROM item) "
            "OR l.counter_iban IN (SELECT b.iban FROM contacts_contactbankaccount b JOIN item i "
            "ON b.contact_id = i.contact_id WHERE b.domain_id = %(domain)s) "
            "OR EXISTS (SELECT 1 FROM item i WHERE i.document_number <> '' "
            "AND position(i.document_number IN l.communication) > 0)) "
            "UNION SELECT l.id FROM bank_bankline l JOIN matching_lineproposal p ON p.domain_id = l.domain_id "
            "AND p.bank_line_id = l.id WHERE l.domain_id = %(domain)s AND l.administration_id = %(books)s "
            "AND l.entry_id IS NULL AND p.item_ids && (SELECT coalesce(array_agg(id), '{}') FROM item)",
            {"domain": domain_id, "books": administration_id, "entries": list(entry_ids)},
        )
        return [row[0] for row in cursor.fetchall()]


def bookable_statements(domain_id: int, statement_ids: Collection[int]) -> set[int]:
    """Those of these statements of which the lines may be booked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM bank_statement WHERE domain_id = %s AND id = ANY(%s) AND state = 'ACCEPTED'",
            [domain_id, sorted(statement_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def sides_of_transfers(
    domain_id: int, administration_id: int, *, amounts: Collection[int], days: Sequence[date], gl_code: str
) -> list[tuple[TransferSide, bool]]:
    """Lines of these amounts, in or out, around these days, and whether each waits; not those booked elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, a.iban, l.counter_iban, l.amount_cents, l.booked_on, l.entry_id IS NULL FROM bank_bankline l "
            "JOIN bank_bankaccount a ON a.domain_id = l.domain_id AND a.id = l.bank_account_id "
            "JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
            "WHERE l.domain_id = %s AND l.administration_id = %s AND l.counter_iban <> '' "
            "AND l.amount_cents = ANY(%s) AND l.booked_on BETWEEN %s AND %s AND s.state <> 'QUARANTINED' "
            "AND (l.entry_id IS NULL OR EXISTS (SELECT 1 FROM ledger_entry_line e "
            "JOIN ledger_glaccount g ON g.domain_id = e.domain_id AND g.id = e.gl_account_id "
            "WHERE e.domain_id = l.domain_id AND e.entry_id = l.entry_id AND g.code = %s))",
            [
                domain_id,
                administration_id,
                sorted({*amounts, *(-cents for cents in amounts)}),
                min(days) - timedelta(days=MOST_DAYS),
                max(days) + timedelta(days=MOST_DAYS),
                gl_code,
            ],
        )
        return [(TransferSide(*row[:5]), row[5]) for row in cursor.fetchall()]


def lock_items(domain_id: int, item_ids: Collection[int], *, waits: bool = True) -> set[int]:
    """Lock open items in order of id; the ids of those that are ours. Without waiting, others' are left to them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM ledger_openitem WHERE domain_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE"
            + ("" if waits else " SKIP LOCKED"),
            [domain_id, sorted(item_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def is_match_only(domain_id: int, entry_id: int) -> bool:
    """Whether an entry of a bank line only moves money of contacts: what a right to match was enough for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM ledger_entry_line l WHERE l.domain_id = %s AND l.entry_id = %s "
            "AND l.n > 1 AND l.contact_id IS NULL)",
            [domain_id, entry_id],
        )
        return bool(cursor.fetchone()[0])


class TakenBack(NamedTuple):
    """How often the entry of a bank line was reversed, and the day of the last reversal."""

    times: int
    last_on: date


def taken_back(domain_id: int, line_ids: Iterable[int]) -> dict[int, TakenBack]:
    """The lines of which the entry was reversed; nothing for a line that never was."""
    subjects = {f"BANK:{line_id}": line_id for line_id in line_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (subject) subject, attempt, on_date FROM ledger_entry "
            "WHERE domain_id = %s AND subject = ANY(%s) AND is_reversal ORDER BY subject, attempt DESC",
            [domain_id, list(subjects)],
        )
        return {subjects[subject]: TakenBack(attempt, on) for subject, attempt, on in cursor.fetchall()}


def items_of_entries(domain_id: int, entry_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """The open items that entries made, by entry and line."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_id, n, id FROM ledger_openitem WHERE domain_id = %s AND entry_id = ANY(%s)",
            [domain_id, list(entry_ids)],
        )
        return {(entry_id, n): item_id for entry_id, n, item_id in cursor.fetchall()}


def store_matches(domain_id: int, matches: Sequence[NewMatch], *, at: datetime, user_id: int) -> None:
    """Insert matches made by somebody at a moment."""
    insert_rows(
        "INSERT INTO matching_match (domain_id, administration_id, bank_line_id, item_id, against_id, amount_cents, "
        "method, made_at, made_by) VALUES ",
        [(domain_id, *row, at, user_id) for row in matches],
    )


def point_lines(domain_id: int, lines: Sequence[tuple[int, int, int]]) -> None:
    """Point bank lines to their entries, given as (line, entry, matched cents); they need no proposal any more."""
    changed("bank")
    with connection.cursor() as cursor:
        for first in range(0, len(lines), _CHUNK):
            part = lines[first : first + _CHUNK]
            cursor.execute(
                "UPDATE bank_bankline b SET entry_id = v.entry_id, matched_cents = v.matched FROM (VALUES "
                + ", ".join(["(%s::bigint, %s::bigint, %s::bigint)"] * len(part))
                + ") AS v (id, entry_id, matched) WHERE b.domain_id = %s AND b.id = v.id",
                [*[value for row in part for value in row], domain_id],
            )
        cursor.execute(
            "DELETE FROM matching_lineproposal WHERE domain_id = %s AND bank_line_id = ANY(%s)",
            [domain_id, [row[0] for row in lines]],
        )


def raise_items(domain_id: int, raised: Mapping[int, int]) -> None:
    """Raise what open items are matched for, by cents signed like the item; the database refuses more than there is."""
    rows = sorted((item_id, cents) for item_id, cents in raised.items() if cents)
    with connection.cursor() as cursor:
        for first in range(0, len(rows), _CHUNK):
            part = rows[first : first + _CHUNK]
            cursor.execute(
                "UPDATE ledger_openitem o SET matched_cents = o.matched_cents + v.cents FROM (VALUES "
                + ", ".join(["(%s::bigint, %s::bigint)"] * len(part))
                + ") AS v (id, cents) WHERE o.domain_id = %s AND o.id = v.id",
                [*[value for row in part for value in row], domain_id],
            )


def recount_line(domain_id: int, line_id: int) -> None:
    """Set what a bank line is matched for to the sum of the matches that stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.amount_cents, coalesce((SELECT sum(sign(o.amount_cents) * m.amount_cents) FROM matching_match m "
            "JOIN ledger_openitem o ON o.domain_id = m.domain_id AND o.id = m.item_id "
            "WHERE m.domain_id = b.domain_id AND m.bank_line_id = b.id AND m.undone_at IS NULL), 0)::bigint "
            "FROM bank_bankline b WHERE b.domain_id = %s AND b.id = %s FOR UPDATE",
            [domain_id, line_id],
        )
        amount_cents, matched = cursor.fetchone()
        cursor.execute(
            "UPDATE bank_bankline SET matched_cents = %s WHERE domain_id = %s AND id = %s",
            [within(matched, amount_cents), domain_id, line_id],
        )


def within(matched_cents: int, amount_cents: int) -> int:
    """The matched amount, never above the line's own and never on its other side."""
    return max(0, min(matched_cents, amount_cents)) if amount_cents >= 0 else min(0, max(matched_cents, amount_cents))


def signs_of(domain_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """The side of each open item, +1 or −1, with the items locked in order of id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, sign(amount_cents)::int FROM ledger_openitem WHERE domain_id = %s AND id = ANY(%s) "
            "ORDER BY id FOR UPDATE",
            [domain_id, sorted(item_ids)],
        )
        return {row[0]: row[1] for row in cursor.fetchall()}
