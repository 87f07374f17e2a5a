-- No more users hold a role than a bundle has places (INV-21), also where no service counted them under the lock of the
-- domain: two who want the last place wait for one another here too. A limit may differ by the day, and the database has
-- no day but its own clock's, so the widest limit that was confirmed for the bundle counts here; the services count the
-- one of the day. Only who takes a place is judged: roles that rest return by the rules of the bundle.
CREATE FUNCTION zb_place_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_domain bigint;
  of_bundle text;
  has_place boolean;
  places bigint;
BEGIN
  SELECT domain_id INTO of_domain FROM access_member WHERE id = NEW.member_id;
  SELECT bundle INTO of_bundle FROM tenancy_domain
   WHERE id = of_domain AND pricing_model = 'BUNDLE' FOR NO KEY UPDATE;
  SELECT EXISTS (SELECT FROM access_roleassignment
                  WHERE member_id = NEW.member_id AND state = 'ACTIVE' AND id <> NEW.id) INTO has_place;
  IF of_bundle IS NULL OR has_place THEN
    RETURN NULL;
  END IF;
  SELECT CASE WHEN bool_and(newest.users IS NOT NULL) THEN max(newest.users) END INTO places
    FROM (SELECT DISTINCT ON (valid_from) users, is_confirmed FROM billing_bundleprice
           WHERE bundle = of_bundle ORDER BY valid_from, id DESC) newest
   WHERE newest.is_confirmed;
  IF places < (SELECT count(DISTINCT m.id) FROM access_member m JOIN access_user u ON u.id = m.user_id
                 JOIN access_roleassignment r ON r.member_id = m.id AND r.state = 'ACTIVE'
                WHERE m.domain_id = of_domain AND m.is_active AND u.is_active) THEN
    RAISE EXCEPTION 'no_place: domain % has no place left in its bundle', of_domain
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER place_is_there AFTER INSERT ON access_roleassignment FOR EACH ROW
  WHEN (NEW.state = 'ACTIVE') EXECUTE FUNCTION zb_place_is_there();
