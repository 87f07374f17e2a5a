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
    # The rows are brought together once, to a group for each month and hour: there are few of those, and to name them
    # is what costs most.
    sql="""
WITH g AS MATERIALIZED (
  SELECT administration_id, is_ready, is_stuck, date_trunc('month', on_date::timestamp) AS month,
         date_bin('1 hour', received_at, 'epoch') AS hour, count(*) AS n, min(received_at) AS oldest_at
    FROM (
      SELECT p.administration_id, p.is_ready, false AS is_stuck, p.on_date, p.received_at
        FROM booking_proposal p
       WHERE p.domain_id = %(domain)s AND p.entry_id IS NULL AND p.handled_at IS NULL
      UNION ALL
      SELECT d.administration_id, false, true, NULL, d.received_at
        FROM inbox_reading r
        JOIN documents_document d ON d.domain_id = r.domain_id AND d.id = r.document_id
       WHERE r.domain_id = %(domain)s AND r.outcome IN ('ASK_SIDE', 'UNREADABLE')) w
   GROUP BY 1, 2, 3, 4, 5
)
SELECT coalesce(sum(n), 0) AS documents, coalesce(sum(n) FILTER (WHERE is_ready), 0) AS documents_ready,
       coalesce(sum(n) FILTER (WHERE is_stuck), 0) AS documents_stuck, min(oldest_at) AS oldest_document_at,
       (SELECT coalesce(jsonb_object_agg(hour, n), '{}') FROM (
          SELECT (extract(epoch FROM hour) / 3600)::bigint AS hour, sum(n) AS n FROM g GROUP BY 1) h) AS arrived,
       (SELECT received_at FROM documents_document WHERE domain_id = %(domain)s ORDER BY id DESC LIMIT 1)
         AS received_at,
       (SELECT coalesce(jsonb_object_agg(administration_id, months), '{}') FROM (
          SELECT administration_id, jsonb_object_agg(month, n) AS months FROM (
            SELECT administration_id, to_char(month, 'YYYY-MM') AS month, sum(n) AS n
              FROM g WHERE month IS NOT NULL GROUP BY 1, 2) m
          GROUP BY 1) a) AS documents_by_month
  FROM g
""",
)
