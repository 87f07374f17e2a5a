-- No old access after it was replaced (S3): while a cut-over of a portal stands, no grant begins in it, none that was
-- withdrawn comes back and none lasts longer. A grant and a cut-over that are made at the same time wait for one another.
CREATE FUNCTION zb_grant_was_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM tenancy_portal WHERE id = NEW.portal_id FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM access_cutover WHERE portal_id = NEW.portal_id AND undone_at IS NULL) THEN
    RAISE EXCEPTION 'cut_over_done: portal % gives no old access any more', NEW.portal_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER grant_comes_before_the_cut_over AFTER INSERT ON access_legacygrant FOR EACH ROW
  WHEN (NEW.withdrawn_at IS NULL) EXECUTE FUNCTION zb_grant_was_given();
CREATE TRIGGER grant_stays_as_it_was AFTER UPDATE ON access_legacygrant FOR EACH ROW
  WHEN (NEW.withdrawn_at IS NULL AND (OLD.withdrawn_at IS NOT NULL OR NEW.ends_on > OLD.ends_on
    OR NEW.portal_id <> OLD.portal_id OR NEW.domain_id <> OLD.domain_id OR NEW.email <> OLD.email))
  EXECUTE FUNCTION zb_grant_was_given();
CREATE FUNCTION zb_cut_over_was_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM tenancy_portal WHERE id = NEW.portal_id FOR NO KEY UPDATE;
  RETURN NULL;
END $$;
CREATE TRIGGER cut_over_waits_for_grants AFTER INSERT OR UPDATE OF undone_at ON access_cutover FOR EACH ROW
  EXECUTE FUNCTION zb_cut_over_was_made();
