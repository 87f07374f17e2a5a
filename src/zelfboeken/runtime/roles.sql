-- The roles of a server (architecture §6): nobody signs in as the owner, and who signs in for the portal owns nothing.
-- Safe to run again. An attribute is only touched when it differs: a role that is no superuser may not even repeat it.
DO $$
DECLARE
    wanted record;
    known  pg_roles;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('zb_owner',   false, false),  -- owns the database and its tables
            ('zb_migrate', true,  false),  -- may become zb_owner
            ('zb_app',     true,  false),  -- web and worker: what is granted, under row security
            ('zb_audit',   true,  false),  -- reads, by policies of its own
            ('zb_backup',  true,  true)    -- reads everything, past row security
        ) AS role (name, may_login, may_bypass)
    LOOP
        SELECT * INTO known FROM pg_roles WHERE rolname = wanted.name;
        IF NOT FOUND THEN
            EXECUTE format('CREATE ROLE %I %s %s', wanted.name,
                CASE WHEN wanted.may_login THEN 'LOGIN' ELSE 'NOLOGIN' END,
                CASE WHEN wanted.may_bypass THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END);
            CONTINUE;
        END IF;
        IF known.rolcanlogin <> wanted.may_login THEN
            EXECUTE format('ALTER ROLE %I %s', wanted.name, CASE WHEN wanted.may_login THEN 'LOGIN' ELSE 'NOLOGIN' END);
        END IF;
        IF known.rolbypassrls <> wanted.may_bypass THEN
            EXECUTE format('ALTER ROLE %I %s', wanted.name,
                CASE WHEN wanted.may_bypass THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END);
        END IF;
        IF known.rolsuper THEN
            EXECUTE format('ALTER ROLE %I NOSUPERUSER', wanted.name);
        END IF;
        IF known.rolcreaterole OR known.rolcreatedb THEN
            EXECUTE format('ALTER ROLE %I NOCREATEROLE NOCREATEDB', wanted.name);
        END IF;
        IF known.rolreplication THEN
            EXECUTE format('ALTER ROLE %I NOREPLICATION', wanted.name);
        END IF;
    END LOOP;
    -- An admin that is no superuser must be a member to give the database to the owner.
    IF NOT pg_has_role(current_user, 'zb_owner', 'MEMBER') THEN
        EXECUTE format('GRANT zb_owner TO %I', current_user);
    END IF;
END
$$;
GRANT zb_owner TO zb_migrate;
ALTER ROLE zb_app SET lock_timeout = '5s';
ALTER ROLE zb_app SET statement_timeout = '30s';
ALTER ROLE zb_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE zb_app SET timezone = 'UTC';
-- Every question of the portal has a key. In a table that is known to be small the planner would rather read it whole,
-- and a check of a foreign key keeps such a plan while the same transaction makes the table large.
ALTER ROLE zb_app SET enable_seqscan = off;
ALTER ROLE zb_app SET jit = off;
