"""Postgres writes the log of steps: whoever changes the state of one, however, leaves a line in it."""

from django.db import migrations, models

LOG = """
CREATE FUNCTION wf_log_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.workflows_stepevent
        (tenant_id, run_id, step_id, old_state, new_state, attempt, actor, detail, at)
    VALUES (
        NEW.tenant_id, NEW.run_id, NEW.id, OLD.state, NEW.state, greatest(OLD.attempt, NEW.attempt), NEW.moved_by,
        NEW.moved_why, public.wf_now()
    );
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wf_log_step IS 'Writes the line of a step that has changed its state; the row says by whom and why.';
CREATE TRIGGER wf_log_step AFTER UPDATE OF state ON workflows_step
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION wf_log_step();

CREATE OR REPLACE FUNCTION wf_claim(for_worker text, lease interval, after_tenant bigint)
RETURNS TABLE (tenant_id bigint, tenant_slug text, step_id bigint, run_id bigint, attempt integer, lease_token uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    lane bigint := after_tenant;
    is_second_round boolean := false;
    found_id bigint;
BEGIN
    LOOP
        SELECT min(s.tenant_id) INTO lane FROM public.workflows_step s WHERE s.state = 'ready' AND s.tenant_id > lane;
        IF lane IS NULL AND NOT is_second_round AND after_tenant > 0 THEN
            is_second_round := true;
            lane := 0;
            CONTINUE;
        END IF;
        EXIT WHEN lane IS NULL OR (is_second_round AND lane > after_tenant);
        SELECT s.id INTO found_id FROM public.workflows_step s
        WHERE s.tenant_id = lane AND s.state = 'ready' AND s.run_at <= public.wf_now()
        ORDER BY s.run_at, s.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF found_id IS NULL THEN
            SELECT s.id INTO found_id FROM public.workflows_step s
            WHERE s.tenant_id = lane AND s.state = 'ready' AND s.run_at IS NULL
            ORDER BY s.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        END IF;
        CONTINUE WHEN found_id IS NULL;
        -- A claim that a crash forgets is a lost lease and nothing else: not worth waiting for the disk.
        PERFORM set_config('synchronous_commit', 'off', true);
        RETURN QUERY
        WITH claimed AS (
            UPDATE public.workflows_step s
            SET state = 'running', since = public.wf_now(), attempt = s.attempt + 1, worker = for_worker,
                moved_by = for_worker, moved_why = '', lease_token = gen_random_uuid(), lease_until = public.wf_now() + lease
            WHERE s.id = found_id
            RETURNING s.tenant_id, s.id, s.run_id, s.attempt::integer AS attempt, s.lease_token
        )
        SELECT c.tenant_id, t.slug::text, c.id, c.run_id, c.attempt, c.lease_token
        FROM claimed c JOIN public.hub_tenant t ON t.id = c.tenant_id;
        RETURN;
    END LOOP;
END $$;
"""
UNDO = "DROP TRIGGER wf_log_step ON workflows_step; DROP FUNCTION wf_log_step;"


class Migration(migrations.Migration):
    dependencies = [("workflows", "0009_returns")]
    operations = [
        migrations.AddField(
            "step",
            "moved_by",
            models.CharField(blank=True, db_default="", help_text="Who brought it into this state", max_length=200),
        ),
        migrations.AddField("step", "moved_why", models.CharField(blank=True, db_default="", max_length=500)),
        migrations.RunSQL(LOG, UNDO),
    ]
