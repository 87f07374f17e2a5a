-- The thirty days are reckoned by the clock of the server, whatever the portal sends.
CREATE FUNCTION zb_stamp_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.written_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER stamped BEFORE INSERT ON billing_erasurestep FOR EACH ROW EXECUTE FUNCTION zb_stamp_step();

-- Whether everything of a domain may be erased now: it was confirmed and not taken back, announced thirty days ago, and
-- the domain has been inactive for six months in which nobody looked into it (product A4, decision 15).
CREATE FUNCTION zb_erasure_is_due(of_domain bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    EXISTS (SELECT FROM tenancy_domain
             WHERE id = of_domain AND lifecycle = 'INACTIVE' AND NOT is_view_only AND erased_at IS NULL)
    AND (SELECT kind FROM billing_erasurestep WHERE domain_id = of_domain ORDER BY id DESC LIMIT 1) = 'CONFIRMED'
    AND (SELECT written_at FROM billing_erasurestep WHERE domain_id = of_domain AND kind = 'ANNOUNCED'
          ORDER BY id DESC LIMIT 1) <= now() - interval '30 days'
    AND (SELECT min(s.at) FROM billing_standing s
          WHERE s.domain_id = of_domain AND s.lifecycle = 'INACTIVE' AND NOT s.is_view_only AND NOT EXISTS (
            SELECT FROM billing_standing later
             WHERE later.domain_id = of_domain AND (later.at, later.id) > (s.at, s.id)
               AND (later.lifecycle <> 'INACTIVE' OR later.is_view_only))) <= now() - interval '6 months',
    false)
$$;

-- What is posted stays, for everybody. One thing goes: rows of the open domain that its owner deletes where erasing is
-- due. Row security holds for him there, so no row of another domain is among them; a superuser, for whom it does not
-- hold, is refused. What the operator must keep himself is refused to all.
CREATE OR REPLACE FUNCTION zb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_LEVEL = 'STATEMENT' AND current_user = 'zb_owner' AND TG_TABLE_NAME NOT IN
     ('billing_erasurestep', 'billing_standing', 'billing_monthlystatement', 'billing_creditnote') THEN
    IF row_security_active(TG_RELID)
       AND zb_erasure_is_due(nullif(current_setting('app.domain', true), '')::bigint) THEN
      RETURN NULL;
    END IF;
  END IF;
  RAISE EXCEPTION '% on % is refused: what is posted stays', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- A domain is called erased by its owner alone, once, when it is due; what is erased does not come back.
CREATE FUNCTION zb_refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'zb_owner' AND OLD.erased_at IS NULL AND zb_erasure_is_due(OLD.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'domain % is not erased in this way', OLD.id USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER erased_by_its_owner BEFORE UPDATE ON tenancy_domain
  FOR EACH ROW WHEN (OLD.erased_at IS DISTINCT FROM NEW.erased_at) EXECUTE FUNCTION zb_refuse_erased();

-- Somebody remains who gives roles, except where nothing remains.
CREATE OR REPLACE FUNCTION zb_directie_remains(of_domain bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'zb_owner' AND zb_erasure_is_due(of_domain) THEN
    RETURN;
  END IF;
  PERFORM FROM tenancy_domain WHERE id = of_domain FOR NO KEY UPDATE;
  IF NOT EXISTS (
    SELECT FROM access_roleassignment r JOIN access_member m ON m.id = r.member_id JOIN access_user u ON u.id = m.user_id
     WHERE m.domain_id = of_domain AND m.is_active AND u.is_active AND r.role = 'MANAGEMENT' AND r.state = 'ACTIVE') THEN
    RAISE EXCEPTION 'last_directie: domain % would have nobody who gives roles', of_domain
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (
    SELECT FROM access_member m WHERE m.domain_id = of_domain AND m.is_owner AND m.is_active AND NOT EXISTS (
      SELECT FROM access_roleassignment r
       WHERE r.member_id = m.id AND r.role = 'MANAGEMENT' AND r.state = 'ACTIVE')) THEN
    RAISE EXCEPTION 'owner_keeps_directie: the owner of domain % would not be Directie', of_domain
      USING ERRCODE = 'restrict_violation';
  END IF;
END $$;
