"""Look-ups that must work before a tenant is entered: each tells ids, never rows, and runs as the owner of the tables."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION hub_tenants_due() RETURNS TABLE (tenant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT DISTINCT d.tenant_id FROM public.hub_delivery d
    JOIN public.hub_tenant t ON t.id = d.tenant_id AND t.state = 'active'
    WHERE d.state = 'waiting' AND d.next_at <= now()
$$;
CREATE FUNCTION hub_invitation_tenant(digest text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT i.tenant_id FROM public.hub_invitation i WHERE i.token_hash = digest AND i.state = 'pending'
$$;
CREATE FUNCTION hub_token_tenant(digest text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT k.tenant_id FROM public.hub_apitoken k WHERE k.token_hash = digest AND k.revoked_at IS NULL
$$;
REVOKE EXECUTE ON FUNCTION hub_tenants_due(), hub_invitation_tenant(text), hub_token_tenant(text) FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        GRANT EXECUTE ON FUNCTION hub_tenants_due(), hub_invitation_tenant(text), hub_token_tenant(text) TO fh_app, fh_platform;
    END IF;
END $$;
CREATE INDEX hub_apitoken_lookup ON hub_apitoken (token_hash);
"""
UNDO = """
DROP INDEX hub_apitoken_lookup;
DROP FUNCTION hub_tenants_due(), hub_invitation_tenant(text), hub_token_tenant(text);
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0002_platform_sql")]
    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
