"""Text search. Under row-level security ILIKE cannot use an index, so a function of the owner reads the company itself.

Each tells ids only: the query around it (`pk IN (SELECT …)`) is still bound by both locks. At most `most` ids come back,
in no order: whoever finds more has to say more.
"""

from django.db import migrations

INDEXES = """
CREATE INDEX talent_freelancer_words ON talent_freelancer USING gin (tenant_id, (name || ' ' || headline) gin_trgm_ops);
CREATE INDEX talent_requisition_words ON talent_requisition USING gin (tenant_id, title gin_trgm_ops);
CREATE INDEX talent_assignment_words ON talent_assignment USING gin (tenant_id, title gin_trgm_ops);
"""

# The longest word first: it is the one that the index is asked for.
PATTERNS = r"""
CREATE FUNCTION talent_search_patterns(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(word) DESC)
    FROM regexp_split_to_table(left(words, 200), '\s+') word WHERE word <> ''
$$;
"""

SEARCH = """
CREATE FUNCTION {name}(words text, most integer) RETURNS SETOF bigint
-- ROWS: few enough that the planner looks the ids up instead of reading the table beside them.
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    company bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    patterns text[] := public.talent_search_patterns(words);
BEGIN
    IF company IS NULL OR patterns IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY {query} LIMIT most;
END $$;
REVOKE EXECUTE ON FUNCTION {name}(text, integer) FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fh_app') THEN
        GRANT EXECUTE ON FUNCTION {name}(text, integer) TO fh_app, fh_platform;
    END IF;
END $$;
"""

FREELANCERS = """
    SELECT f.id FROM public.talent_freelancer f
    WHERE f.tenant_id = company
        AND (f.name || ' ' || f.headline) ILIKE patterns[1] AND (f.name || ' ' || f.headline) ILIKE ALL (patterns)
"""
REQUISITIONS = """
    SELECT r.id FROM public.talent_requisition r
    WHERE r.tenant_id = company AND r.title ILIKE patterns[1] AND r.title ILIKE ALL (patterns)
"""
ASSIGNMENTS = """
    SELECT a.id FROM public.talent_assignment a
    WHERE a.tenant_id = company AND a.title ILIKE patterns[1] AND a.title ILIKE ALL (patterns)
    UNION
    SELECT a.id FROM public.talent_freelancer f
    JOIN public.talent_assignment a ON a.tenant_id = f.tenant_id AND a.freelancer_id = f.id
    WHERE f.tenant_id = company
        AND (f.name || ' ' || f.headline) ILIKE patterns[1] AND (f.name || ' ' || f.headline) ILIKE ALL (patterns)
"""


class Migration(migrations.Migration):
    dependencies = [("talent", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                INDEXES,
                PATTERNS,
                SEARCH.format(name="talent_search_freelancers", query=FREELANCERS),
                SEARCH.format(name="talent_search_requisitions", query=REQUISITIONS),
                SEARCH.format(name="talent_search_assignments", query=ASSIGNMENTS),
            ],
            [
                "DROP FUNCTION talent_search_freelancers, talent_search_requisitions, talent_search_assignments",
                "DROP FUNCTION talent_search_patterns",
                "DROP INDEX talent_freelancer_words, talent_requisition_words, talent_assignment_words",
            ],
        )
    ]
