"""Starting the books of an administration: chart, journals, fiscal year with its months, and the chain's head."""

from datetime import date
from itertools import pairwise

from django.db import connection

from zelfboeken.access.services import Access
from zelfboeken.ledger.chart import CONTROL_ACCOUNTS, starter_chart
from zelfboeken.ledger.models import GLAccount, Journal, JournalKind, Period
from zelfboeken.tenancy.models import Administration
from zelfboeken.workload.services import changed

JOURNALS = (
    ("AK", JournalKind.PURCHASE, "Aankoop"),
    ("VK", JournalKind.SALES, "Verkoop"),
    ("KAS", JournalKind.CASH, "Kas"),
    ("DP", JournalKind.MISCELLANEOUS, "Diverse posten"),
    ("OP", JournalKind.OPENING, "Opening"),
)


def open_books(*, access: Access, administration: Administration, first_year: int) -> None:
    """Give a new administration its chart, journals, first calendar fiscal year and empty chain."""
    domain_id = access.domain_id
    GLAccount.objects.bulk_create(
        GLAccount(
            domain_id=domain_id,
            administration_id=administration.id,
            code=row.code,
            type=row.type,
            name_nl=row.name_nl,
            name_fr=row.name_fr,
            name_en=row.name_en,
            vat_nature=row.vat_nature,
            is_control=row.code in CONTROL_ACCOUNTS,
        )
        for row in starter_chart()
    )
    Journal.objects.bulk_create(
        Journal(domain_id=domain_id, administration_id=administration.id, code=code, kind=kind, name=name)
        for code, kind, name in JOURNALS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_head (domain_id, administration_id, seq) VALUES (%s, %s, 0)",
            [domain_id, administration.id],
        )
    add_fiscal_year(domain_id=domain_id, administration_id=administration.id, year=first_year)
    changed("books")


def add_fiscal_year(*, domain_id: int, administration_id: int, year: int, starts_on: date | None = None) -> None:
    """Add the twelve months of a fiscal year, from 1 January unless another first day is given."""
    first = starts_on or date(year, 1, 1)
    months = [_month_after(first, count) for count in range(13)]
    Period.objects.bulk_create(
        Period(
            domain_id=domain_id,
            administration_id=administration_id,
            fiscal_year=year,
            starts_on=start,
            until=until,
        )
        for start, until in pairwise(months)
    )


def _month_after(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
