-- The three roles of Freelance Hub. Run once per server as a superuser; safe to run again. See docs/operations.md.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_owner') THEN CREATE ROLE fh_owner LOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN CREATE ROLE fh_app LOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_platform') THEN CREATE ROLE fh_platform LOGIN; END IF;
END $$;

-- Owns the tables and migrates. Passes row-level security so that data migrations see every tenant.
ALTER ROLE fh_owner NOSUPERUSER CREATEDB NOCREATEROLE BYPASSRLS;
-- Web and workers: bound by row-level security, owns nothing.
ALTER ROLE fh_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
-- The operators' admin and the few jobs across tenants.
ALTER ROLE fh_platform NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS;

-- A migration that waits for a lock makes everyone behind it wait: give up instead, and run it again.
ALTER ROLE fh_owner SET lock_timeout = '5s';
ALTER ROLE fh_app SET statement_timeout = '30s';
ALTER ROLE fh_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE fh_platform SET idle_in_transaction_session_timeout = '60s';
