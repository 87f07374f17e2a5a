"""How many documents a domain processed: purchase and sales invoices together, by the day on which they came in."""

from __future__ import annotations

from datetime import date

from django.db import connection

from zelfboeken.billing.rules import Month, start_of_day


def documents_by_day(*, domain_id: int, month: Month) -> dict[date, int]:
    """The invoices of each day of a month. Only days with one are in it."""
    return documents_between(domain_id=domain_id, from_on=month.starts_on, until=month.until)


def documents_between(*, domain_id: int, from_on: date, until: date) -> dict[date, int]:
    """The invoices of each day from one until another. Only days with one are in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (d.received_at AT TIME ZONE 'Europe/Brussels')::date, count(*)
              FROM documents_document d
              JOIN invoices_invoice i ON i.domain_id = d.domain_id AND i.document_id = d.id
             WHERE d.domain_id = %s AND i.domain_id = %s AND d.received_at >= %s AND d.received_at < %s
             GROUP BY 1
            """,
            [domain_id, domain_id, start_of_day(from_on), start_of_day(until)],
        )
        return dict(cursor.fetchall())
