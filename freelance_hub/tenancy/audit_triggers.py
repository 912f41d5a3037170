"""The audit triggers: one generated function for each audited table, made anew when it differs from its model.

Per-table functions that compare column by column cost two thirds of one generic function over jsonb. They run with the
rights of the owner, because the application itself cannot write to the audit log.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.postgres.search import SearchVectorField
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from freelance_hub.tenancy.models import TenantModel

TRIGGER = "hub_audit"

FUNCTION = """
DECLARE
    changes jsonb := '{{}}';
BEGIN
    -- NEW is null in a DELETE, OLD in an INSERT.
{comparisons}
    IF TG_OP = 'UPDATE' AND changes = '{{}}' THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.hub_audit_event
        (tenant_id, actor_id, actor, request_id, operation, table_name, row_id, changes)
    VALUES (
        {tenant},
        nullif(current_setting('app.user_id', true), '')::bigint,
        coalesce(current_setting('app.actor', true), ''),
        coalesce(current_setting('app.request_id', true), ''),
        lower(TG_OP), TG_TABLE_NAME, coalesce(NEW.id, OLD.id), changes
    );
    RETURN NULL;
END
"""
COMPARISON = """\
    IF NEW.{column} IS DISTINCT FROM OLD.{column} THEN
        changes := changes || {change};
    END IF;"""


def audited_models() -> list[type[models.Model]]:
    """Every tenant-owned model that does not say `audited = False`, and others that say `audited = True`."""
    return [
        model
        for model in apps.get_models()
        if getattr(model, "audited", False) and model._meta.managed and not model._meta.proxy
    ]


def function_body(model: type[models.Model], columns: set[str]) -> str:
    """PL/pgSQL that records a change of one row of `model`, for those of its fields whose column is in `columns`."""
    comparisons = [
        COMPARISON.format(column=f'"{field.column}"', change=_change(model, field))
        for field in _recorded_fields(model)
        if field.column in columns
    ]
    return FUNCTION.format(comparisons="\n".join(comparisons), tenant=_tenant(model))


def _recorded_fields(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    ignored = {"id", "tenant", *getattr(model, "audit_ignore", ())}
    for field in model._meta.concrete_fields:
        if field.name not in ignored and not isinstance(field, SearchVectorField | models.GeneratedField):
            yield field


def _change(model: type[models.Model], field: "models.Field[Any, Any]") -> str:
    if field.name in getattr(model, "audit_redact", ()) or isinstance(field, models.BinaryField):
        return f"""'{{"{field.name}": null}}'"""
    column = f'"{field.column}"'
    return f"jsonb_build_object('{field.name}', jsonb_build_array(OLD.{column}, NEW.{column}))"


def _tenant(model: type[models.Model]) -> str:
    """`audit_tenant_column` says where a table that is not tenant-owned names the company; without it the entry has none."""
    column = "tenant_id" if issubclass(model, TenantModel) else getattr(model, "audit_tenant_column", None)
    return f"coalesce(NEW.{column}, OLD.{column})" if column else "NULL"


def differences(connection: BaseDatabaseWrapper) -> list[str]:
    """SQL that would bring the triggers in the database in line with the models; empty when they are."""
    existing_columns = _columns(connection)
    functions = dict(
        _rows(connection, "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = to_regnamespace('hub_audit')")
    )
    triggered = {table for (table,) in _rows(connection, TRIGGERED_TABLES, [TRIGGER])}
    statements = []
    wanted = set()
    for model in audited_models():
        table = model._meta.db_table
        if table not in existing_columns:  # migrated in part
            continue
        wanted.add(table)
        body = function_body(model, existing_columns[table])
        if functions.get(table) != body:
            statements.append(
                f'CREATE OR REPLACE FUNCTION hub_audit."{table}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
                f"SET search_path = pg_catalog, public, pg_temp AS $body${body}$body$"
            )
        if table not in triggered:
            statements.append(
                f'CREATE OR REPLACE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON public."{table}" '
                f'FOR EACH ROW EXECUTE FUNCTION hub_audit."{table}"()'
            )
    statements.extend(f'DROP TRIGGER {TRIGGER} ON public."{table}"' for table in sorted(triggered - wanted))
    return statements


# A disabled trigger counts as missing, so it is made again.
TRIGGERED_TABLES = """
SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE tgname = %s AND relnamespace = 'public'::regnamespace AND tgenabled <> 'D'
"""


def is_owner(connection: BaseDatabaseWrapper) -> bool:
    """Whether this connection's role owns the audit log, as it owns every table. False before it exists."""
    owner = "SELECT relowner = current_user::regrole FROM pg_class WHERE oid = to_regclass('public.hub_audit_event')"
    return _rows(connection, owner) == [(True,)]


def refresh(using: str, **kwargs: Any) -> None:
    """After migrations: bring triggers, rights and partitions of the audit log up to date, when run by its owner."""
    connection = connections[using]
    if not is_owner(connection):
        return
    with connection.cursor() as cursor:
        for statement in differences(connection):
            cursor.execute(statement)
        cursor.execute("SELECT hub_audit.lock(), hub_audit_partitions(3)")


def _columns(connection: BaseDatabaseWrapper) -> dict[str, set[str]]:
    columns: dict[str, set[str]] = {}
    rows = _rows(
        connection,
        "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped",
    )
    for table, column in rows:
        columns.setdefault(table, set()).add(column)
    return columns


def _rows(connection: BaseDatabaseWrapper, sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
