-- Whether everything of a domain may be erased now: it was confirmed and not taken back, announced thirty days ago, and
-- the domain has been inactive for six months in which nobody looked into it (product A4, decision 15). What was taken
-- back counts for nothing: a confirmation after it needs an announcement of its own.
CREATE OR REPLACE FUNCTION zb_erasure_is_due(of_domain bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    EXISTS (SELECT FROM tenancy_domain
             WHERE id = of_domain AND lifecycle = 'INACTIVE' AND NOT is_view_only AND erased_at IS NULL)
    AND (SELECT kind FROM billing_erasurestep WHERE domain_id = of_domain ORDER BY id DESC LIMIT 1) = 'CONFIRMED'
    AND (SELECT kind = 'ANNOUNCED' AND written_at <= now() - interval '30 days'
           FROM billing_erasurestep WHERE domain_id = of_domain AND kind <> 'CONFIRMED' ORDER BY id DESC LIMIT 1)
    AND (SELECT min(s.at) FROM billing_standing s
          WHERE s.domain_id = of_domain AND s.lifecycle = 'INACTIVE' AND NOT s.is_view_only AND NOT EXISTS (
            SELECT FROM billing_standing later
             WHERE later.domain_id = of_domain AND (later.at, later.id) > (s.at, s.id)
               AND (later.lifecycle <> 'INACTIVE' OR later.is_view_only))) <= now() - interval '6 months',
    false)
$$;
