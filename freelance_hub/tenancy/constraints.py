"""Row-level security and references within one tenant, as `Meta.constraints`: `makemigrations` sees them."""

# mypy: disable-error-code="override"
# The stubs know only strings; Django's own constraints return statements, and are always given a model.

from typing import Any, Literal

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model

OnDelete = Literal["NO ACTION", "CASCADE", "SET NULL"]

# Written bare on purpose. Wrapped in (SELECT …), combined with OR, or hidden in a function, the planner no longer sees
# one constant for all joined tables, and lists of large tenants become thousands of times slower.
TENANT_IS_CURRENT = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint"
USER_IS_CURRENT = "user_id = nullif(current_setting('app.user_id', true), '')::bigint"


class TableRule(BaseConstraint):
    """SQL that needs the finished table, so it waits for the end of the migration that creates it."""

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""  # nothing inside CREATE TABLE

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Postgres checks it; a form cannot."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TableRule) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def _statement(
        self,
        template: str,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        **parts: str,
    ) -> Statement:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        return Statement(template, table=table, name=schema_editor.quote_name(self.name), **parts)


class TenantPolicy(TableRule):
    """Rows of the current tenant only, for reading and writing, forced upon the owner of the table too."""

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement(
            "ALTER TABLE %(table)s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; "
            "CREATE POLICY %(name)s ON %(table)s USING (%(rule)s) WITH CHECK (%(rule)s)",
            model,
            schema_editor,
            rule=TENANT_IS_CURRENT,
        )

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement(
            "DROP POLICY %(name)s ON %(table)s; "
            "ALTER TABLE %(table)s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY",
            model,
            schema_editor,
        )


class OwnRowsPolicy(TableRule):
    """A person may also read the rows that carry their own `user_id`, in every tenant.

    For membership alone (sign-in, company switch): a second policy on a large table costs 7 to 27 times.
    """

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement(
            "CREATE POLICY %(name)s ON %(table)s FOR SELECT USING (%(rule)s)",
            model,
            schema_editor,
            rule=USER_IS_CURRENT,
        )

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement("DROP POLICY %(name)s ON %(table)s", model, schema_editor)


class TenantForeignKey(TableRule):
    """FOREIGN KEY (tenant_id, field) → (tenant_id, id): no reference leaves the tenant.

    A plain foreign key would let it (its checks bypass row-level security), and without this one the planner counts the tenant
    twice in each join. The Django field itself is made by `ref()`, without a constraint or index of its own.
    """

    def __init__(self, *, field: str, name: str, on_delete: OnDelete = "NO ACTION") -> None:
        super().__init__(name=name)
        self.field = field
        self.on_delete = on_delete

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field, "on_delete": self.on_delete}

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        """Always waits for the end of the migration: the UNIQUE (tenant_id, id) it points at may be added after it."""
        field: Any = model._meta.get_field(self.field)
        target = field.related_model._meta
        column = schema_editor.quote_name(field.column)
        # Only the reference becomes null: tenant_id must stay.
        action = f"SET NULL ({column})" if self.on_delete == "SET NULL" else self.on_delete
        statement = self._statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (tenant_id, %(column)s) "
            "REFERENCES %(target)s (tenant_id, %(key)s) ON DELETE %(action)s DEFERRABLE INITIALLY DEFERRED",
            model,
            schema_editor,
            column=column,
            target=schema_editor.quote_name(target.db_table),
            key=schema_editor.quote_name(target.pk.column),
            action=action,
        )
        schema_editor.deferred_sql.append(statement)
        return self._statement(
            "SELECT 'reference %(name)s follows'", model, schema_editor
        )  # Django wants something to run

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement("ALTER TABLE %(table)s DROP CONSTRAINT %(name)s", model, schema_editor)
