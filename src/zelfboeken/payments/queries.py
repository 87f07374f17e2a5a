"""What is owed and can be paid, and the payment files there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.models import Event
from zelfboeken.payments.rules import NEVER_USED, AccountUse, Debt

FileState = Literal["PREPARED", "APPROVED", "WITHDRAWN"]

# The addresses that the users of a domain have and had: one's own can be changed by oneself. Placeholder: domain.
_ADDRESSES = """WITH address AS MATERIALIZED (
  SELECT u.id AS user_id, lower(u.email) AS email FROM access_member m JOIN access_user u ON u.id = m.user_id
   WHERE m.domain_id = %s
   UNION
  SELECT e.user_id, lower(e.detail->>'former') FROM access_member m JOIN access_accountevent e ON e.user_id = m.user_id
   WHERE m.domain_id = %s AND e.action = 'address_changed') """
# The users that contact `c` is: the one on its card and the one with its address. One does not hide the other: who
# completes data could otherwise put another's name on the card of his own claim.
_USERS = """ARRAY(SELECT c.user_id WHERE c.user_id IS NOT NULL UNION
             SELECT x.user_id FROM address x WHERE c.email <> '' AND x.email = lower(c.email))"""

# The accounts of contacts that are users, so that no second card of one person hides him. After _ADDRESSES.
# Placeholders: domain twice.
_OWN_ACCOUNTS = """, own_account AS MATERIALIZED (
  SELECT b.iban, k.user_id FROM contacts_contact k
    JOIN contacts_contactbankaccount b ON b.domain_id = k.domain_id AND b.contact_id = k.id
   WHERE k.domain_id = %s AND k.user_id IS NOT NULL
   UNION
  SELECT b.iban, x.user_id FROM address x
    JOIN contacts_contact k ON k.domain_id = %s AND k.email <> '' AND lower(k.email) = x.email
    JOIN contacts_contactbankaccount b ON b.domain_id = k.domain_id AND b.contact_id = k.id)
"""
# The users whom payment `p` to contact `c` pays.
_PAID = f"({_USERS} || ARRAY(SELECT w.user_id FROM own_account w WHERE w.iban = p.iban))"

# What stands in a file that was not taken back is not owed a second time.
# Placeholders: domain three times, administration, ids or NULL twice.
_DEBTS = f"""
{_ADDRESSES}
SELECT o.id, o.entry_id, c.id, c.public_id::text, c.name, o.document_number, o.structured, o.on_date, o.due_on,
       o.matched_cents - o.amount_cents, coalesce(i.currency, ''), coalesce(i.iban, ''),
       ARRAY(SELECT b.iban FROM contacts_contactbankaccount b
              WHERE b.domain_id = c.domain_id AND b.contact_id = c.id ORDER BY b.id),
       {_USERS},
       n.id IS NOT NULL, coalesce(i.payment_text, '')
  FROM ledger_openitem o
  JOIN contacts_contact c ON c.domain_id = o.domain_id AND c.id = o.contact_id
  JOIN ledger_glaccount a ON a.domain_id = o.domain_id AND a.id = o.gl_account_id
  LEFT JOIN payments_plannedpayment n ON n.domain_id = o.domain_id AND n.open_item_id = o.id
  LEFT JOIN booking_proposal p ON p.domain_id = o.domain_id AND p.entry_id = o.entry_id
  LEFT JOIN invoices_invoice i ON i.domain_id = p.domain_id AND i.side = p.subject_kind AND i.id = p.subject_id
 WHERE o.domain_id = %s AND o.administration_id = %s AND a.code LIKE '44%%' AND o.matched_cents <> o.amount_cents
   AND (%s::bigint[] IS NULL OR o.contact_id IN (
         SELECT w.contact_id FROM ledger_openitem w WHERE w.domain_id = o.domain_id AND w.id = ANY(%s::bigint[])))
 ORDER BY coalesce(o.due_on, o.on_date + 30), o.id
"""

# Positions 2 and 3 of the bank's code are its family; 05 is direct debit (rules §4.1).
_USES = """
SELECT DISTINCT ON (counter_iban) counter_iban,
       count(*) FILTER (WHERE substr(transaction_code, 2, 2) <> '05') OVER (PARTITION BY counter_iban),
       substr(transaction_code, 2, 2) = '05'
  FROM bank_bankline
 WHERE domain_id = %s AND counter_iban = ANY(%s) AND counter_iban <> '' AND amount_cents < 0
 ORDER BY counter_iban, booked_on DESC, id DESC
"""


def debts(*, access: Access, administration_id: int) -> list[Debt]:
    """What suppliers are still owed and stands in no payment file, the first due first."""
    access.require(Right.DOCUMENT_SEE_PURCHASE)
    access.require_reach(administration_id)
    return [debt for debt, is_planned in _debts(access.domain_id, administration_id) if not is_planned]


def debts_of(*, domain_id: int, administration_id: int, item_ids: Collection[int]) -> dict[int, Debt]:
    """Those of these open items of which something is owed, by id, whether they stand in a file or not."""
    found = _debts(domain_id, administration_id, item_ids)
    return {debt.item_id: debt for debt, _ in found if debt.item_id in item_ids}


def uses_of(*, domain_id: int, ibans: Iterable[str]) -> dict[str, AccountUse]:
    """What the statements of a domain tell of these accounts; one that never stood on one is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_USES, [domain_id, sorted(set(ibans))])
        return {iban: AccountUse(times, is_collected) for iban, times, is_collected in cursor.fetchall()}


def _debts(domain_id: int, administration_id: int, item_ids: Collection[int] | None = None) -> list[tuple[Debt, bool]]:
    ids = sorted(item_ids) if item_ids is not None else None
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, [domain_id, domain_id, domain_id, administration_id, ids, ids])
        rows = cursor.fetchall()
    uses = uses_of(domain_id=domain_id, ibans=[iban for row in rows for iban in {row[11], *row[12]} if iban])
    credit: dict[int, int] = {}
    for row in rows:
        if row[9] < 0:
            credit[row[2]] = credit.get(row[2], 0) - row[9]
    return [(_debt(row, uses, credit), row[14]) for row in rows if row[9] > 0]


def _debt(row: tuple[Any, ...], uses: dict[str, AccountUse], credit: dict[int, int]) -> Debt:
    ibans = tuple(row[12])
    iban = row[11] or (ibans[0] if len(ibans) == 1 else "")
    return Debt(
        item_id=row[0],
        entry_id=row[1],
        contact_id=row[2],
        contact_public_id=row[3],
        contact_name=row[4],
        document_number=row[5],
        structured=row[6],
        on_date=row[7],
        due_on=row[8],
        open_cents=row[9],
        currency=row[10],
        payment_text=row[15],
        iban=iban,
        ibans=ibans,
        use=uses.get(iban, NEVER_USED),
        is_elsewhere_used=any(uses[one].times_paid for one in ibans if one != iban and one in uses),
        credit_cents=credit.get(row[2], 0),
        user_ids=frozenset(row[13]),
    )


@dataclass(frozen=True, slots=True)
class FileRow:
    """A payment file with where it stands; amounts in cents, `open_count` of its payments are still open."""

    id: int
    public_id: str
    number: int
    state: FileState
    pays_on: date
    payer_iban: str
    account_name: str
    format: str
    prepared_by: int
    prepared_by_name: str
    prepared_at: datetime
    approved_by_name: str
    approved_at: datetime | None
    withdrawn_by_name: str
    withdrawn_at: datetime | None
    reason: str
    count: int
    total_cents: int
    open_count: int


# Placeholders: domain, administration, then the rest of the condition.
_FILES = """
SELECT f.id, f.public_id::text, f.number,
       CASE WHEN w.id IS NOT NULL THEN 'WITHDRAWN' WHEN y.id IS NOT NULL THEN 'APPROVED' ELSE 'PREPARED' END,
       f.pays_on, f.payer_iban, b.name, f.format, f.prepared_by, f.prepared_by_name, f.prepared_at,
       coalesce(y.decided_by_name, ''), y.decided_at, coalesce(w.decided_by_name, ''), w.decided_at,
       coalesce(w.reason, ''), s.count, s.total, s.open
  FROM payments_paymentfile f
  JOIN bank_bankaccount b ON b.domain_id = f.domain_id AND b.id = f.bank_account_id
  LEFT JOIN payments_filedecision y ON y.domain_id = f.domain_id AND y.file_id = f.id AND y.kind = 'APPROVED'
  LEFT JOIN payments_filedecision w ON w.domain_id = f.domain_id AND w.file_id = f.id AND w.kind = 'WITHDRAWN'
  JOIN LATERAL (
    SELECT count(*) AS count, sum(p.amount_cents)::bigint AS total,
           count(*) FILTER (WHERE o.matched_cents <> o.amount_cents) AS open
      FROM payments_payment p JOIN ledger_openitem o ON o.domain_id = p.domain_id AND o.id = p.open_item_id
     WHERE p.domain_id = f.domain_id AND p.file_id = f.id) s ON true
 WHERE f.domain_id = %s AND f.administration_id = %s"""


def files(*, access: Access, administration_id: int, limit: int, before: int | None = None) -> list[FileRow]:
    """The payment files of an administration, the newest first; those with a lower number than `before`."""
    access.require(Right.DOCUMENT_SEE_PURCHASE)
    access.require_reach(administration_id)
    return _files(
        _FILES + " AND (%s::int IS NULL OR f.number < %s) ORDER BY f.number DESC LIMIT %s",
        [access.domain_id, administration_id, before, before, limit],
    )


def file_of(*, access: Access, administration_id: int, public_id: str) -> FileRow | None:
    """One payment file of an administration; None when it is not there."""
    access.require(Right.DOCUMENT_SEE_PURCHASE)
    access.require_reach(administration_id)
    found = _files(_FILES + " AND f.public_id = %s", [access.domain_id, administration_id, public_id])
    return found[0] if found else None


# Placeholders: domain five times, administration, user twice.
_TO_APPROVE = f"""
{_ADDRESSES}{_OWN_ACCOUNTS}
SELECT count(*) FROM payments_paymentfile f WHERE f.domain_id = %s AND f.administration_id = %s
   AND f.prepared_by <> %s
   AND NOT EXISTS (SELECT FROM payments_filedecision d WHERE d.domain_id = f.domain_id AND d.file_id = f.id)
   AND NOT EXISTS (SELECT FROM payments_payment p
                     JOIN contacts_contact c ON c.domain_id = p.domain_id AND c.id = p.contact_id
                    WHERE p.domain_id = f.domain_id AND p.file_id = f.id AND %s = ANY({_PAID}))
"""


def count_to_approve(*, access: Access, administration_id: int) -> int:
    """How many files of an administration wait for this user: nobody decided, he prepared none and is paid by none."""
    if not access.may(Right.PAYMENT_APPROVE) or not access.reaches(administration_id):
        return 0
    domain, user = access.domain_id, access.user_id
    with connection.cursor() as cursor:
        cursor.execute(_TO_APPROVE, [*[domain] * 5, administration_id, user, user])
        return int(cursor.fetchone()[0])


def _files(sql: str, values: list[Any]) -> list[FileRow]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [FileRow(*row) for row in cursor.fetchall()]


def last_download(*, access: Access, found: FileRow) -> tuple[str, datetime] | None:
    """Who took a file for the bank last, and when; None when nobody did."""
    own = Event.objects.filter(domain_id=access.domain_id, at__gte=found.prepared_at)
    taken = own.filter(action="payment.downloaded", subject=found.public_id).order_by("-at", "-id")
    return taken.values_list("actor_name", "at").first()


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of a file, in cents, with what is open of its item now."""

    id: int
    n: int
    open_item_id: int
    entry_id: int
    contact_id: int
    contact_public_id: str
    user_ids: list[int]
    name: str
    iban: str
    amount_cents: int
    document_number: str
    structured: str
    text: str
    times_paid: int
    due_on: date | None
    open_cents: int
    is_planned: bool


# Placeholders: domain five times, file.
_PAYMENTS = f"""
{_ADDRESSES}{_OWN_ACCOUNTS}
SELECT p.id, p.n, p.open_item_id, o.entry_id, p.contact_id, c.public_id::text,
       {_PAID},
       p.name, p.iban, p.amount_cents, p.document_number, p.structured, p.text, p.times_paid, o.due_on,
       o.matched_cents - o.amount_cents, n.id IS NOT NULL
  FROM payments_payment p
  JOIN ledger_openitem o ON o.domain_id = p.domain_id AND o.id = p.open_item_id
  JOIN contacts_contact c ON c.domain_id = p.domain_id AND c.id = p.contact_id
  LEFT JOIN payments_plannedpayment n ON n.domain_id = p.domain_id AND n.payment_id = p.id
 WHERE p.domain_id = %s AND p.file_id = %s ORDER BY p.n
"""


def payments_of(*, access: Access, file_id: int) -> list[PaymentRow]:
    """The payments of a file of this domain, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, [*[access.domain_id] * 5, file_id])
        return [PaymentRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Person:
    """A user with the address and language in which he is written to."""

    id: int
    name: str
    email: str
    language: str


# Who approves payments stands in the table of rights: Directie and Procuratie, within what they reach.
_APPROVERS = """
SELECT DISTINCT u.id, coalesce(nullif(u.name, ''), u.email), u.email, u.language
  FROM access_member m JOIN access_user u ON u.id = m.user_id AND u.is_active
  JOIN access_roleassignment r ON r.member_id = m.id AND r.state = 'ACTIVE' AND r.role = ANY(%s)
 WHERE m.domain_id = %s AND m.is_active AND u.id <> ALL(%s)
   AND (m.reaches_all OR EXISTS (SELECT FROM access_administrationgrant g
                                  WHERE g.member_id = m.id AND g.administration_id = %s))
 ORDER BY 1
"""


def approvers_of(
    *, domain_id: int, administration_id: int, but: Collection[int], roles: Collection[str]
) -> list[Person]:
    """Who has one of these roles for an administration, except some users."""
    with connection.cursor() as cursor:
        cursor.execute(_APPROVERS, [sorted(roles), domain_id, sorted(but), administration_id])
        return [Person(*row) for row in cursor.fetchall()]
