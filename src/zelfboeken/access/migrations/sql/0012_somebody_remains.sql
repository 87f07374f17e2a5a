-- Somebody remains who gives roles (INV-22): the last active Directie of a domain and the last active Portaalbeheerder of
-- a portal stay, and an owner keeps Directie. Two who take each other's role wait for one another, here and in the code.
CREATE FUNCTION zb_directie_remains(of_domain bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
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
CREATE FUNCTION zb_role_was_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM zb_directie_remains((SELECT domain_id FROM access_member WHERE id = OLD.member_id));
  RETURN NULL;
END $$;
CREATE FUNCTION zb_member_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.is_owner OR EXISTS (
    SELECT FROM access_roleassignment WHERE member_id = NEW.id AND role = 'MANAGEMENT' AND state = 'ACTIVE') THEN
    PERFORM zb_directie_remains(NEW.domain_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER directie_remains AFTER UPDATE OF state, role, member_id ON access_roleassignment FOR EACH ROW
  WHEN (OLD.role = 'MANAGEMENT' AND OLD.state = 'ACTIVE') EXECUTE FUNCTION zb_role_was_taken();
CREATE TRIGGER directie_remains_deleted AFTER DELETE ON access_roleassignment FOR EACH ROW
  WHEN (OLD.role = 'MANAGEMENT' AND OLD.state = 'ACTIVE') EXECUTE FUNCTION zb_role_was_taken();
CREATE TRIGGER directie_remains AFTER UPDATE OF is_active, is_owner ON access_member FOR EACH ROW
  WHEN ((OLD.is_active AND NOT NEW.is_active) OR (NEW.is_owner AND NOT OLD.is_owner))
  EXECUTE FUNCTION zb_member_was_changed();

CREATE FUNCTION zb_admin_remains(of_portal bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM tenancy_portal WHERE id = of_portal FOR NO KEY UPDATE;
  IF NOT EXISTS (
    SELECT FROM access_portalroleassignment r JOIN access_portalmember m ON m.id = r.member_id
      JOIN access_user u ON u.id = m.user_id
     WHERE m.portal_id = of_portal AND m.is_active AND u.is_active AND r.role = 'PORTAL_ADMIN'
       AND r.withdrawn_at IS NULL) THEN
    RAISE EXCEPTION 'last_portal_admin: portal % would have no Portaalbeheerder', of_portal
      USING ERRCODE = 'restrict_violation';
  END IF;
END $$;
CREATE FUNCTION zb_portal_role_was_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM zb_admin_remains((SELECT portal_id FROM access_portalmember WHERE id = OLD.member_id));
  RETURN NULL;
END $$;
CREATE FUNCTION zb_portal_member_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM access_portalroleassignment
              WHERE member_id = OLD.id AND role = 'PORTAL_ADMIN' AND withdrawn_at IS NULL) THEN
    PERFORM zb_admin_remains(OLD.portal_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER admin_remains AFTER UPDATE OF withdrawn_at, role, member_id ON access_portalroleassignment FOR EACH ROW
  WHEN (OLD.role = 'PORTAL_ADMIN' AND OLD.withdrawn_at IS NULL) EXECUTE FUNCTION zb_portal_role_was_taken();
CREATE TRIGGER admin_remains_deleted AFTER DELETE ON access_portalroleassignment FOR EACH ROW
  WHEN (OLD.role = 'PORTAL_ADMIN' AND OLD.withdrawn_at IS NULL) EXECUTE FUNCTION zb_portal_role_was_taken();
CREATE TRIGGER admin_remains AFTER UPDATE OF is_active ON access_portalmember FOR EACH ROW
  WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION zb_portal_member_was_changed();

-- An account that is blocked counts no more, in any domain or portal.
CREATE FUNCTION zb_user_was_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found bigint;
BEGIN
  FOR found IN SELECT m.domain_id FROM access_member m JOIN access_roleassignment r ON r.member_id = m.id
                WHERE m.user_id = OLD.id AND m.is_active AND r.role = 'MANAGEMENT' AND r.state = 'ACTIVE'
                ORDER BY m.domain_id LOOP
    PERFORM zb_directie_remains(found);
  END LOOP;
  FOR found IN SELECT m.portal_id FROM access_portalmember m JOIN access_portalroleassignment r ON r.member_id = m.id
                WHERE m.user_id = OLD.id AND m.is_active AND r.role = 'PORTAL_ADMIN' AND r.withdrawn_at IS NULL
                ORDER BY m.portal_id LOOP
    PERFORM zb_admin_remains(found);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER somebody_remains AFTER UPDATE OF is_active ON access_user FOR EACH ROW
  WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION zb_user_was_blocked();
