"""What waits of bank lines, for the counter of the domain: the same as its own bank page holds."""

from zelfboeken.workload.services import Counted

COUNTED = Counted(
    name="bank",
    columns=("bank_lines", "bank_lines_ready", "oldest_line_on", "statement_on", "lines_by_month"),
    sql="""
WITH w AS MATERIALIZED (
  SELECT l.administration_id, l.booked_on, p."group" = 'READY' AS is_ready
    FROM bank_bankline l
    JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id
    LEFT JOIN matching_lineproposal p ON p.domain_id = l.domain_id AND p.bank_line_id = l.id
   WHERE l.domain_id = %(domain)s AND l.entry_id IS NULL AND l.amount_cents <> 0 AND s.state <> 'QUARANTINED'
)
SELECT count(*) AS bank_lines, count(*) FILTER (WHERE is_ready) AS bank_lines_ready, min(booked_on) AS oldest_line_on,
       (SELECT max(last.on_date) FROM bank_bankaccount a CROSS JOIN LATERAL (
          SELECT s.on_date FROM bank_statement s
           WHERE s.domain_id = a.domain_id AND s.bank_account_id = a.id AND s.state <> 'QUARANTINED'
           ORDER BY s.on_date DESC, s.id DESC LIMIT 1) last WHERE a.domain_id = %(domain)s) AS statement_on,
       (SELECT coalesce(jsonb_object_agg(administration_id, months), '{}') FROM (
          SELECT administration_id, jsonb_object_agg(month, n) AS months FROM (
            SELECT administration_id, to_char(booked_on, 'YYYY-MM') AS month, count(*) AS n FROM w GROUP BY 1, 2) m
          GROUP BY 1) a) AS lines_by_month
  FROM w
""",
)
