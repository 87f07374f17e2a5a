"""What happened lately in an administration, counted from the event log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access

Kind = Literal["RECEIVED", "STATEMENT", "PURCHASE", "SALE", "BANK", "OTHER", "REVERSED"]


@dataclass(frozen=True, slots=True)
class News:
    """How often something of a kind happened, and when the last time was."""

    kind: Kind
    count: int
    last_at: datetime


def news_since(*, access: Access, administration_id: int, since: datetime) -> list[News]:
    """What was received, booked and taken back since a moment, the most often first. One query."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE v.action WHEN 'document.received' THEN 'RECEIVED' WHEN 'statement.imported' THEN 'STATEMENT' "
            "WHEN 'entry.reversed' THEN 'REVERSED' ELSE CASE WHEN split_part(v.subject, ':', 1) IN "
            "('PURCHASE', 'SALE', 'BANK') THEN split_part(v.subject, ':', 1) ELSE 'OTHER' END END AS kind, "
            "count(*), max(v.at) FROM audit_event v WHERE v.domain_id = %s AND v.at >= %s AND CASE "
            "WHEN v.action IN ('entry.posted', 'entry.reversed') THEN EXISTS (SELECT 1 FROM ledger_entry e "
            "WHERE e.domain_id = v.domain_id AND e.id = (v.detail ->> 'id')::bigint AND e.administration_id = %s) "
            "WHEN v.action = 'document.received' THEN EXISTS (SELECT 1 FROM documents_document d "
            "WHERE d.domain_id = v.domain_id AND d.public_id::text = v.subject AND d.administration_id = %s) "
            "WHEN v.action = 'statement.imported' THEN EXISTS (SELECT 1 FROM bank_statement s "
            "WHERE s.domain_id = v.domain_id AND s.public_id::text = v.subject AND s.administration_id = %s) "
            "ELSE false END GROUP BY kind ORDER BY count(*) DESC, kind",
            [access.domain_id, since, administration_id, administration_id, administration_id],
        )
        return [News(*row) for row in cursor.fetchall()]
