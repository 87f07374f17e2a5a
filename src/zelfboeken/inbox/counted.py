"""What waits of documents, for the counter of the domain: the same as the queue of its own page holds."""

from zelfboeken.workload.services import Counted

COUNTED = Counted(
    name="documents",
    columns=(
        "documents",
        "documents_ready",
        "documents_stuck",
        "oldest_document_at",
        "arrived",
        "received_at",
        "documents_by_month",
    ),
    # A proposal that no file stands behind is as old as the day it is about.
    sql="""
WITH w AS MATERIALIZED (
  SELECT p.administration_id, p.is_ready, false AS is_stuck, to_char(p.on_date, 'YYYY-MM') AS month,
         coalesce(d.received_at, p.on_date::timestamp AT TIME ZONE 'UTC') AS received_at
    FROM booking_proposal p
    LEFT JOIN invoices_invoice i ON i.domain_id = p.domain_id AND i.id = p.subject_id
    LEFT JOIN documents_document d ON d.domain_id = i.domain_id AND d.id = i.document_id
   WHERE p.domain_id = %(domain)s AND p.entry_id IS NULL AND p.handled_at IS NULL
  UNION ALL
  SELECT d.administration_id, false, true, NULL, d.received_at
    FROM inbox_reading r
    JOIN documents_document d ON d.domain_id = r.domain_id AND d.id = r.document_id
   WHERE r.domain_id = %(domain)s AND r.outcome IN ('ASK_SIDE', 'UNREADABLE')
)
SELECT count(*) AS documents, count(*) FILTER (WHERE is_ready) AS documents_ready,
       count(*) FILTER (WHERE is_stuck) AS documents_stuck, min(received_at) AS oldest_document_at,
       (SELECT coalesce(jsonb_object_agg(hour, n), '{}') FROM (
          SELECT floor(extract(epoch FROM received_at) / 3600)::bigint AS hour, count(*) AS n FROM w GROUP BY 1) h
       ) AS arrived,
       (SELECT received_at FROM documents_document WHERE domain_id = %(domain)s ORDER BY id DESC LIMIT 1)
         AS received_at,
       (SELECT coalesce(jsonb_object_agg(administration_id, months), '{}') FROM (
          SELECT administration_id, jsonb_object_agg(month, n) AS months FROM (
            SELECT administration_id, month, count(*) AS n FROM w WHERE month IS NOT NULL GROUP BY 1, 2) m
          GROUP BY 1) a) AS documents_by_month
  FROM w
""",
)
