"""What the reconciler must remember of a grant, and which companies it must visit."""

from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION wf_access_tenants(after_tenant bigint, at_most integer) RETURNS TABLE (tenant_id bigint, tenant_slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.id, t.slug::text FROM public.hub_tenant t
    WHERE t.id > after_tenant AND EXISTS (
        SELECT FROM public.workflows_accessgrant g
        WHERE g.tenant_id = t.id AND g.state IN ('pending', 'active', 'suspended')
    ) ORDER BY t.id LIMIT at_most
$$;
COMMENT ON FUNCTION wf_access_tenants IS 'Companies with a grant that is not closed for good, also suspended companies.';

CREATE FUNCTION wf_access_overdue(OUT grants integer, OUT oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::integer, coalesce(extract(epoch FROM public.wf_now() - min(g.close_by)), 0)
    FROM public.workflows_accessgrant g
    WHERE g.state IN ('pending', 'active', 'suspended') AND g.close_by <= public.wf_now()
$$;
COMMENT ON FUNCTION wf_access_overdue IS 'How many grants should be closed and are not, and since when the oldest.';

CREATE INDEX workflows_accessgrant_closing ON workflows_accessgrant (close_by)
    WHERE close_by IS NOT NULL AND state IN ('pending', 'active', 'suspended');

REVOKE EXECUTE ON FUNCTION wf_access_tenants, wf_access_overdue FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        GRANT EXECUTE ON FUNCTION wf_access_tenants, wf_access_overdue TO fh_app, fh_platform;
    END IF;
END $$;
"""
UNDO = """
DROP INDEX workflows_accessgrant_closing;
DROP FUNCTION wf_access_overdue, wf_access_tenants;
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0002_engine")]
    operations = [
        migrations.AddField(
            "accessgrant",
            "is_open_outside",
            models.BooleanField(default=False, help_text="It may be open in the connected system"),
        ),
        migrations.AddField(
            "accessgrant",
            "turn",
            models.PositiveSmallIntegerField(default=0, help_text="How often it was opened or closed; part of the key"),
        ),
        migrations.AddField(
            "accessgrant",
            "hold_reason",
            models.CharField(
                blank=True,
                default="",
                help_text="Why people hold it back. Empty: a fact does, it reopens by itself",
                max_length=200,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(FUNCTIONS, UNDO),
    ]
