"""What the engine asks of Postgres: the clock, and the three questions that look across tenants.

They run as the owner of the tables, because the worker is in no tenant yet. They tell ids and nothing else about other tenants; all
that follows happens inside one tenant under row-level security.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION wf_now() RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT pg_catalog.statement_timestamp() $$;  -- no SET: so that it can be inlined
COMMENT ON FUNCTION wf_now IS 'The clock of the workflow engine. Tests replace it by a stored instant.';

-- Tenants take turns: the search begins behind the tenant that this worker served last, so ten thousand steps of one do
-- not starve the others. In a tenant, retries that are due come first, then the oldest step. SKIP LOCKED: no worker waits.
CREATE FUNCTION wf_claim(for_worker text, lease interval, after_tenant bigint)
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
                lease_token = gen_random_uuid(), lease_until = public.wf_now() + lease
            WHERE s.id = found_id
            RETURNING s.tenant_id, s.id, s.run_id, s.attempt::integer AS attempt, s.lease_token
        ), logged AS (
            INSERT INTO public.workflows_stepevent
                (tenant_id, run_id, step_id, old_state, new_state, attempt, actor, detail, at)
            SELECT c.tenant_id, c.run_id, c.id, 'ready', 'running', c.attempt, for_worker, '', public.wf_now() FROM claimed c
        )
        SELECT c.tenant_id, t.slug::text, c.id, c.run_id, c.attempt, c.lease_token
        FROM claimed c JOIN public.hub_tenant t ON t.id = c.tenant_id;
        RETURN;
    END LOOP;
END $$;
COMMENT ON FUNCTION wf_claim IS 'Takes the next step that is due for a worker, in whichever tenant; no row when there is none.';

-- Leases and retries far ahead of the clock were set before it went back: without them nothing would ever be looked at again.
CREATE FUNCTION wf_due(at_most integer)
RETURNS TABLE (tenant_id bigint, tenant_slug text, step_id bigint, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT due.tenant_id, t.slug::text, due.id, due.why FROM (
        (SELECT s.tenant_id, s.id, 'lease' AS why FROM public.workflows_step s WHERE s.state = 'running'
            AND (s.lease_until < public.wf_now() OR s.lease_until > public.wf_now() + interval '1 hour')
            ORDER BY s.lease_until LIMIT at_most)
        UNION ALL
        (SELECT s.tenant_id, s.id, 'timer' FROM public.workflows_step s
            WHERE s.state = 'waiting' AND s.kind = 'wait' AND s.run_at <= public.wf_now() ORDER BY s.run_at LIMIT at_most)
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
COMMENT ON FUNCTION wf_due IS 'Steps whose lease, timer or term is over, and retries that a clock gone back would hide.';

CREATE FUNCTION wf_backlog(at_most integer, OUT ready integer, OUT oldest_seconds double precision, OUT attention integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::integer, coalesce(extract(epoch FROM public.wf_now() - min(found.since)), 0),
        (SELECT count(*)::integer FROM (SELECT FROM public.workflows_step s WHERE s.state = 'attention' LIMIT 1000) asking)
    FROM (
        SELECT s.since FROM public.workflows_step s
        WHERE s.state = 'ready' AND (s.run_at IS NULL OR s.run_at <= public.wf_now()) LIMIT at_most
    ) found
$$;
COMMENT ON FUNCTION wf_backlog IS 'How much waits for a worker (counted up to a limit), since when, and how much for a person to mend.';

CREATE FUNCTION wf_scheduled(at_most integer) RETURNS TABLE (tenant_id bigint, tenant_slug text, definition_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.tenant_id, t.slug::text, d.id FROM public.workflows_definition d JOIN public.hub_tenant t ON t.id = d.tenant_id
    WHERE d.is_active AND t.state = 'active' AND d.next_run_at <= public.wf_now() ORDER BY d.next_run_at LIMIT at_most
$$;
COMMENT ON FUNCTION wf_scheduled IS 'Definitions whose schedule says that runs are due.';

CREATE FUNCTION wf_link_tenant(digest text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.tenant_id FROM public.workflows_decisionlink l WHERE l.token_hash = digest
$$;
COMMENT ON FUNCTION wf_link_tenant IS 'In which company a decision link decides; nothing for a secret that is none.';

REVOKE EXECUTE ON FUNCTION wf_claim, wf_due, wf_backlog, wf_scheduled, wf_link_tenant FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        GRANT EXECUTE ON FUNCTION wf_claim, wf_due, wf_backlog, wf_scheduled, wf_link_tenant TO fh_app, fh_platform;
        -- What was published, and what happened, stays as it is.
        REVOKE UPDATE ON workflows_definitionversion, workflows_stepevent FROM fh_app;
    END IF;
END $$;
"""
UNDO = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        GRANT UPDATE ON workflows_definitionversion, workflows_stepevent TO fh_app;
    END IF;
END $$;
DROP FUNCTION wf_link_tenant, wf_scheduled, wf_backlog, wf_due, wf_claim, wf_now;
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
