"""Whatever waits may have an end in time: waits, limits of time for people, steps that wait for another run."""

from django.db import migrations, models

WF_DUE = """
CREATE OR REPLACE FUNCTION wf_due(at_most integer)
RETURNS TABLE (tenant_id bigint, tenant_slug text, step_id bigint, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT due.tenant_id, t.slug::text, due.id, due.why FROM (
        (SELECT s.tenant_id, s.id, 'lease' AS why FROM public.workflows_step s WHERE s.state = 'running'
            AND (s.lease_until < public.wf_now() OR s.lease_until > public.wf_now() + interval '1 hour')
            ORDER BY s.lease_until LIMIT at_most)
        UNION ALL
        (SELECT s.tenant_id, s.id, 'timer' FROM public.workflows_step s
            WHERE s.state = 'waiting' AND %(timer)s s.run_at <= public.wf_now() ORDER BY s.run_at LIMIT at_most)
        UNION ALL
        (SELECT s.tenant_id, s.id, 'term' FROM public.workflows_step s
            WHERE s.state = 'waiting' AND s.escalated_at IS NULL AND s.due_at <= public.wf_now() ORDER BY s.due_at LIMIT at_most)
        UNION ALL
        (SELECT s.tenant_id, s.id, 'reminder' FROM public.workflows_step s
            WHERE s.state = 'waiting' AND s.remind_at <= public.wf_now() ORDER BY s.remind_at LIMIT at_most)
        UNION ALL
        (SELECT s.tenant_id, s.id, 'hidden' FROM public.workflows_step s
            WHERE s.state = 'ready' AND s.run_at > public.wf_now() + interval '61 minutes' LIMIT at_most)
    ) due JOIN public.hub_tenant t ON t.id = due.tenant_id
$$;
"""
NEW, OLD = WF_DUE % {"timer": ""}, WF_DUE % {"timer": "s.kind = 'wait' AND"}


class Migration(migrations.Migration):
    dependencies = [("workflows", "0006_grants")]
    operations = [
        migrations.RemoveIndex(model_name="step", name="workflows_step_timers"),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("run_at__isnull", False), ("state", "waiting")),
                fields=["run_at"],
                name="workflows_step_timers",
            ),
        ),
        migrations.RunSQL(NEW, OLD),
    ]
