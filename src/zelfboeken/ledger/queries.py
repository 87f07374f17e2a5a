"""What can be asked of the books that other packages need while they work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection

from zelfboeken.access.services import Access
from zelfboeken.ledger.models import GLAccount, Journal, JournalKind

if TYPE_CHECKING:
    from zelfboeken.ledger.services import PostedEntry


class UnknownAccount(LookupError):
    """The chart of this administration has no such account."""

    code = "unknown_account"

    def __init__(self, gl_code: str) -> None:
        super().__init__(f"Rekening {gl_code} bestaat niet in dit rekeningstelsel. Kies een andere rekening.")
        self.gl_code = gl_code


@dataclass(frozen=True, slots=True)
class Chart:
    """The ids of the accounts and journals of one administration, by code and by kind.

    `control` tells of each account by its id, also of one no longer in use, whether it is a control account;
    `bookable` holds code and name of each account in use that a line without a contact may name, in order of code;
    `journal_ids` holds every journal, also those of bank accounts.
    """

    accounts: dict[str, int]
    names: dict[str, str]
    journals: dict[str, int]
    control: dict[int, bool]
    journal_ids: frozenset[int]
    bookable: tuple[tuple[str, str], ...]

    def account_id(self, gl_code: str) -> int:
        """The id of an account. Raises UnknownAccount."""
        try:
            return self.accounts[gl_code]
        except KeyError:
            raise UnknownAccount(gl_code) from None

    def is_control(self, gl_code: str) -> bool:
        """Whether every line on this account names a contact; False for a code that is not in the chart."""
        return self.control.get(self.accounts.get(gl_code, 0), False)


_charts: dict[tuple[int, int], Chart] = {}
_MOST_CHARTS = 500


def chart_of(*, domain_id: int, administration_id: int) -> Chart:
    """The chart of an administration of the open domain.

    Kept per process: a code never gets another id, and accounts are only ever added (`forget_chart` then).
    """
    key = (domain_id, administration_id)
    chart = _charts.get(key)
    if chart is None:
        accounts = list(
            GLAccount.objects.filter(domain_id=domain_id, administration_id=administration_id)
            .order_by("code")
            .values_list("code", "id", "name_nl", "is_active", "is_control")
        )
        journals = Journal.objects.filter(domain_id=domain_id, administration_id=administration_id)
        chart = Chart(
            accounts={code: account_id for code, account_id, _, is_active, _ in accounts if is_active},
            names={code: name for code, _, name, is_active, _ in accounts if is_active},
            journals={journal.kind: journal.id for journal in journals if journal.kind != JournalKind.BANK},
            control={account_id: is_control for _, account_id, _, _, is_control in accounts},
            journal_ids=frozenset(journal.id for journal in journals),
            bookable=tuple(
                (code, name) for code, _, name, is_active, is_control in accounts if is_active and not is_control
            ),
        )
        if len(_charts) >= _MOST_CHARTS:
            _charts.clear()
        if accounts:
            _charts[key] = chart
    return chart


def voucher_of(*, access: Access, entry: PostedEntry) -> str:
    """The number of a posted entry as people say it: AK-2026-0418."""
    code = Journal.objects.filter(domain_id=access.domain_id, id=entry.journal_id).values_list("code", flat=True).get()
    return f"{code}-{entry.fiscal_year}-{entry.number:04d}"


def forget_chart(*, domain_id: int, administration_id: int) -> None:
    """Read the chart again at the next question, after an account or journal was added."""
    _charts.pop((domain_id, administration_id), None)


def first_open_day(*, domain_id: int, administration_id: int, on: date) -> date | None:
    """This day when its month was not closed for good, else the first day of the next month that is open, if any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN starts_on <= %(on)s THEN %(on)s::date ELSE starts_on END FROM ledger_period "
            "WHERE domain_id = %(domain)s AND administration_id = %(books)s AND until > %(on)s "
            "AND ((starts_on <= %(on)s AND state <> 'CLOSED') OR (starts_on > %(on)s AND state = 'OPEN')) "
            "ORDER BY starts_on LIMIT 1",
            {"on": on, "domain": domain_id, "books": administration_id},
        )
        row = cursor.fetchone()
    return row[0] if row else None
