"""Versions of a page are immutable: the application may add and remove them, never rewrite them."""

from django.db import migrations

FORBID = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        REVOKE UPDATE ON programs_pageversion FROM fh_app;
    END IF;
END $$;
"""
ALLOW = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        GRANT UPDATE ON programs_pageversion TO fh_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
