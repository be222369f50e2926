-- What the role that serves the site may do: everything with the data, nothing with the tables, and to the audit log only add.
-- As the owner of the tables, after each flask db upgrade (it may be run again at any time):
--
--   psql -v ON_ERROR_STOP=1 -v app=scouting_app -f deploy/grants.sql scouting_outing
--
-- Make the role once: CREATE ROLE scouting_app LOGIN PASSWORD '...';
-- It must not be the owner of the tables, nor a superuser, nor a member of either: nobody takes rights from those.

BEGIN;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app";
GRANT USAGE ON SCHEMA public TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"app";

-- Append-only. The function forget_in_log empties values about people who are gone, with the rights of the tables' owner. When an account is deleted, PostgreSQL itself empties actor_id, with the rights of the tables' owner.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries, health_reads FROM :"app";

-- The site reads the revision for /readyz; only flask db writes it.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM :"app";

-- Tables of later revisions, until this file is run again after the upgrade.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO :"app";

COMMIT;
