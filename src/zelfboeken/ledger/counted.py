"""Which administrations of a domain hand in VAT returns, and when was last posted, for the counter of the domain."""

from zelfboeken.workload.services import Counted

COUNTED = Counted(
    name="books",
    columns=("returns", "posted_at"),
    sql="""
SELECT coalesce(jsonb_object_agg(a.id, CASE a.vat_regime WHEN 'MONTHLY' THEN 1 ELSE 3 END)
                FILTER (WHERE a.vat_number <> ''), '{}') AS returns,
       max(last.posted_at) AS posted_at
  FROM tenancy_administration a
  LEFT JOIN LATERAL (
    SELECT e.posted_at FROM ledger_entry e WHERE e.domain_id = a.domain_id AND e.administration_id = a.id
     ORDER BY e.seq DESC LIMIT 1) last ON true
 WHERE a.domain_id = %(domain)s
""",
)
