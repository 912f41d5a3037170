"""The audit log: tables that the application may only read, and the functions through which it writes and seals.

How it works and why: docs/decisions/0002-audit-sealing.md. The triggers on the audited tables are not here: they are
generated after each migration by `tenancy/audit_triggers.py`, so they never lag behind the models.
"""

from django.db import migrations

# Partitions and trigger functions live in a schema of their own that only the owner may use: a partition asked for by its own
# name would bypass the policy of the table, and a trigger function could be hung on a temporary table to forge entries.
TABLES = """
CREATE SCHEMA hub_audit;

CREATE SEQUENCE hub_audit_event_id_seq;
CREATE TABLE hub_audit_event (
    id bigint NOT NULL DEFAULT nextval('public.hub_audit_event_id_seq'),
    at timestamptz NOT NULL DEFAULT now(),
    tenant_id bigint,
    actor_id bigint,
    row_id bigint,
    actor text NOT NULL,
    request_id text NOT NULL,
    operation text NOT NULL,
    table_name text NOT NULL,
    changes jsonb NOT NULL
) PARTITION BY RANGE (at);
ALTER SEQUENCE hub_audit_event_id_seq OWNED BY hub_audit_event.id;
CREATE INDEX hub_audit_event_log ON hub_audit_event (tenant_id, id);
CREATE INDEX hub_audit_event_row ON hub_audit_event (tenant_id, table_name, row_id, id);

-- Receives what no month takes, so that a late partition never loses an entry.
CREATE TABLE hub_audit.event_default PARTITION OF hub_audit_event DEFAULT;

-- tenant_id 0 is the chain of what concerns no company.
CREATE TABLE hub_audit_seal (
    tenant_id bigint NOT NULL,
    number integer NOT NULL,
    upto_id bigint NOT NULL,
    entries integer NOT NULL,
    sealed_at timestamptz NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
"""

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_rls ON {table} FOR SELECT
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true);
"""

# Everybody but the owner loses every right except reading, whoever default privileges gave more to.
LOCK = """
CREATE FUNCTION hub_audit.lock() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT DISTINCT relation.oid::regclass AS name, relation.relkind = 'S' AS is_sequence, rights.grantee
        FROM pg_class relation, aclexplode(relation.relacl) rights
        WHERE relation.oid IN (
                'public.hub_audit_event'::regclass, 'public.hub_audit_seal'::regclass,
                'public.hub_audit_event_id_seq'::regclass
            )
            AND rights.grantee <> relation.relowner AND rights.privilege_type <> 'SELECT'
    LOOP
        EXECUTE format(
            CASE WHEN found.is_sequence THEN 'REVOKE ALL ON SEQUENCE %s FROM %s'
            ELSE 'REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM %s' END,
            found.name, CASE WHEN found.grantee = 0 THEN 'PUBLIC' ELSE found.grantee::regrole::text END
        );
    END LOOP;
END $$;
SELECT hub_audit.lock();
"""

PARTITIONS = """
CREATE FUNCTION hub_audit_partitions(months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hub_audit_partitions', 0));
    FOR ahead IN 0 .. least(greatest(months, 0), 24) LOOP
        first := date_trunc('month', now()) + ahead * interval '1 month';
        name := to_char(first, '"event_"YYYY_MM');
        CONTINUE WHEN to_regclass('hub_audit.' || name) IS NOT NULL;
        EXECUTE format('CREATE TABLE hub_audit.%I (LIKE public.hub_audit_event INCLUDING ALL)', name);
        EXECUTE format(
            'WITH moved AS (DELETE FROM hub_audit.event_default WHERE at >= %L AND at < %L RETURNING *) '
            'INSERT INTO hub_audit.%I SELECT * FROM moved', first, first + interval '1 month', name
        );
        EXECUTE format(
            'ALTER TABLE public.hub_audit_event ATTACH PARTITION hub_audit.%I FOR VALUES FROM (%L) TO (%L)',
            name, first, first + interval '1 month'
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION hub_audit_partitions IS 'Makes the partitions of this month and the next ones; returns how many were new.';
SELECT hub_audit_partitions(3);
"""

RECORD = """
CREATE FUNCTION hub_audit_record(kind text, subject_table text, subject_id bigint, details jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry bigint;
BEGIN
    IF kind NOT LIKE '%.%' THEN
        RAISE EXCEPTION 'An act is named noun.verb, not %: the other names are those of row changes.', kind;
    END IF;
    PERFORM pg_current_xact_id();  -- before the id is drawn: sealing relies on it
    INSERT INTO public.hub_audit_event
        (tenant_id, actor_id, actor, request_id, operation, table_name, row_id, changes)
    VALUES (
        nullif(current_setting('app.tenant_id', true), '')::bigint,
        nullif(current_setting('app.user_id', true), '')::bigint,
        coalesce(current_setting('app.actor', true), ''),
        coalesce(current_setting('app.request_id', true), ''),
        kind, subject_table, subject_id, details
    )
    RETURNING id INTO entry;
    RETURN entry;
END $$;
COMMENT ON FUNCTION hub_audit_record IS 'Records an act that changes no row, as who and where the settings say.';
"""

# A mark is the last id given and the first transaction that had not begun. Once all before it have ended, no entry with an id up
# to the mark can still appear, so those may be sealed. Two statements: the id must be read before the snapshot.
SEALING = """
CREATE FUNCTION hub_audit_mark(OUT upto_id bigint, OUT before xid8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO upto_id FROM public.hub_audit_event_id_seq;
    SELECT pg_snapshot_xmax(pg_current_snapshot()) INTO before;
END $$;
COMMENT ON FUNCTION hub_audit_mark IS 'How far entries will be complete once every running transaction has ended.';

CREATE FUNCTION hub_audit.digest(entry public.hub_audit_event) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        entry.id, extract(epoch FROM entry.at), entry.tenant_id, entry.actor_id, entry.actor, entry.request_id,
        entry.operation, entry.table_name, entry.row_id, entry.changes
    )::text, 'UTF8'))
$$;
COMMENT ON FUNCTION hub_audit.digest IS 'SHA-256 of one entry.';

-- force_custom_plan: so that `tenant_id = chain OR …` folds to one indexed condition.
CREATE FUNCTION hub_audit.hash(
    chain bigint, previous bytea, number integer, after_id bigint, upto_id bigint, OUT hash bytea, OUT entries integer
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    SELECT sha256(
            previous || convert_to(jsonb_build_array(chain, number, after_id, upto_id, count(*))::text, 'UTF8')
            || coalesce(string_agg(hub_audit.digest(entry), ''::bytea ORDER BY entry.id), '')
        ), count(*)
    INTO hash, entries
    FROM public.hub_audit_event entry
    WHERE (entry.tenant_id = chain OR chain = 0 AND entry.tenant_id IS NULL)
        AND entry.id > after_id AND entry.id <= upto_id;
END $$;
COMMENT ON FUNCTION hub_audit.hash IS 'The hash that seals a range of entries upon the seal before.';

CREATE FUNCTION hub_audit_seal(mark_id bigint, before xid8) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    chain bigint := coalesce(nullif(current_setting('app.tenant_id', true), '')::bigint, 0);
    last_number integer;
    last_id bigint;
    last_hash bytea;
    batch_end bigint;
    made integer := 0;
BEGIN
    IF pg_snapshot_xmin(pg_current_snapshot()) < before THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('hub_audit_seal', chain));
    LOOP
        SELECT s.number, s.upto_id, s.hash INTO last_number, last_id, last_hash
        FROM public.hub_audit_seal s WHERE s.tenant_id = chain ORDER BY s.number DESC LIMIT 1;
        IF NOT FOUND THEN
            last_number := 0; last_id := 0; last_hash := '';
        END IF;
        SELECT max(id) INTO batch_end FROM (
            SELECT id FROM public.hub_audit_event
            WHERE (tenant_id = chain OR chain = 0 AND tenant_id IS NULL) AND id > last_id AND id <= mark_id
            ORDER BY id LIMIT 1000
        ) batch;
        EXIT WHEN batch_end IS NULL;
        INSERT INTO public.hub_audit_seal (tenant_id, number, upto_id, entries, sealed_at, hash)
        SELECT chain, last_number + 1, batch_end, sealed.entries, clock_timestamp(), sealed.hash
        FROM hub_audit.hash(chain, last_hash, last_number + 1, last_id, batch_end) sealed;
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION hub_audit_seal IS 'Seals the current tenant''s entries up to a mark; NULL while transactions before it are running.';

CREATE FUNCTION hub_audit_verify() RETURNS TABLE (number integer, is_intact boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chain bigint := coalesce(nullif(current_setting('app.tenant_id', true), '')::bigint, 0);
    seal record;
    previous bytea := '';
    after_id bigint := 0;
    expected integer := 1;
BEGIN
    FOR seal IN SELECT * FROM public.hub_audit_seal s WHERE s.tenant_id = chain ORDER BY s.number LOOP
        number := seal.number;
        SELECT h.hash = seal.hash AND h.entries = seal.entries AND seal.number = expected INTO is_intact
        FROM hub_audit.hash(chain, previous, seal.number, after_id, seal.upto_id) h;
        RETURN NEXT;
        previous := seal.hash;
        after_id := seal.upto_id;
        expected := seal.number + 1;
    END LOOP;
END $$;
COMMENT ON FUNCTION hub_audit_verify IS 'Each seal of the current tenant, and whether its entries still are what was sealed.';

CREATE FUNCTION hub_audit_head(wanted integer) RETURNS TABLE (number integer, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.number, s.hash FROM public.hub_audit_seal s
    WHERE s.tenant_id = coalesce(nullif(current_setting('app.tenant_id', true), '')::bigint, 0)
        AND (s.number = wanted OR wanted IS NULL)
    ORDER BY s.number DESC LIMIT 1
$$;
COMMENT ON FUNCTION hub_audit_head IS 'The current tenant''s seal of that number, or its last one.';
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                TABLES,
                POLICIES.format(table="hub_audit_event"),
                POLICIES.format(table="hub_audit_seal"),
                LOCK,
                PARTITIONS,
                RECORD,
                SEALING,
            ],
            reverse_sql=[
                "DROP SCHEMA hub_audit CASCADE",
                "DROP FUNCTION hub_audit_head, hub_audit_verify, hub_audit_seal, hub_audit_mark",
                "DROP FUNCTION hub_audit_record, hub_audit_partitions",
                "DROP TABLE hub_audit_seal, hub_audit_event",
            ],
        ),
    ]
