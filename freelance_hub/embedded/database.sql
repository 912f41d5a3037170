-- Rights and extensions inside one database. Run as a superuser in the application's database (and, for development and
-- tests, in template1, which every new database copies); safe to run again.
GRANT USAGE, CREATE ON SCHEMA public TO fh_owner;
GRANT USAGE ON SCHEMA public TO fh_app, fh_platform;
ALTER DEFAULT PRIVILEGES FOR ROLE fh_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO fh_app, fh_platform;
ALTER DEFAULT PRIVILEGES FOR ROLE fh_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO fh_app, fh_platform;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
