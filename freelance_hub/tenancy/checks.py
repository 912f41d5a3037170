"""System checks: no tenant-owned model without both locks, no reference that could leave its tenant, no role above the rules."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from freelance_hub.tenancy import audit_triggers
from freelance_hub.tenancy.constraints import TenantForeignKey, TenantPolicy
from freelance_hub.tenancy.models import TenantManager, TenantModel

# What Postgres may do when the target goes, given what Django does. "NO ACTION" always fits.
DATABASE_ACTIONS = {
    models.CASCADE: {"CASCADE"},
    models.SET_NULL: {"SET NULL"},
    models.DO_NOTHING: {"CASCADE", "SET NULL"},
}


@register(Tags.models)
def check_tenant_models(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every model with a `tenant` is a TenantModel, and each TenantModel is protected in full."""
    labels = None if app_configs is None else {config.label for config in app_configs}
    problems: list[CheckMessage] = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or (labels is not None and model._meta.app_label not in labels):
            continue
        problems.extend(problems_of(model))
    return problems


def problems_of(model: type[models.Model]) -> Iterator[CheckMessage]:
    """What is missing on one model."""
    if not issubclass(model, TenantModel):
        yield from _outside(model)
        return
    constraints = model._meta.constraints
    if not any(isinstance(constraint, TenantPolicy) for constraint in constraints):
        yield Error("It has no row-level security.", hint=HINT, obj=model, id="hub.E001")
    if not any(_is_key(constraint) for constraint in constraints):
        yield Error("Nothing can refer to it: (tenant, id) is not unique.", hint=HINT, obj=model, id="hub.E002")
    if not isinstance(model._default_manager, TenantManager):
        yield Error("Its default manager is not a TenantManager.", obj=model, id="hub.E003")
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and isinstance(field.related_model, type):
            yield from _problems_of_reference(model, field)


HINT = "Begin Meta.constraints with *tenant_constraints(…)."


def _outside(model: type[models.Model]) -> Iterator[CheckMessage]:
    """A table that is not tenant-owned must not be about one tenant, nor about tenant-owned rows."""
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type) and (issubclass(target, TenantModel) or target._meta.label_lower == "hub.tenant"):
            yield Error(
                f"`{field.name}` refers to a tenant's rows, but the model is not a TenantModel.",
                hint="Derive it from TenantModel; give a ManyToManyField an explicit `through`.",
                obj=model,
                id="hub.E004",
            )


def _is_key(constraint: models.BaseConstraint) -> bool:
    return (
        isinstance(constraint, models.UniqueConstraint)
        and constraint.fields == ("tenant", "id")
        and constraint.condition is None
        and constraint.deferrable is None
    )


def _problems_of_reference(model: type[models.Model], field: Any) -> Iterator[CheckMessage]:
    if field.name == "tenant" or not issubclass(field.related_model, TenantModel):
        return
    if field.db_constraint:
        message = f"`{field.name}` has a plain foreign key, which would let a reference leave the tenant."
        yield Error(message, hint="Make it with ref().", obj=model, id="hub.E005")
    if field.unique or field.db_index or _leads_an_index(model, field.name):
        message = f"`{field.name}` has an index that does not start with the tenant."
        yield Error(message, hint="Use ref() and tenant_indexes(), or put `tenant` first.", obj=model, id="hub.E006")
    references = [c for c in model._meta.constraints if isinstance(c, TenantForeignKey) and c.field == field.name]
    if len(references) != 1:
        message = f"`{field.name}` has {len(references)} TenantForeignKey constraints; it needs one."
        yield Error(message, hint="Name the field in tenant_constraints(…).", obj=model, id="hub.E007")
    for reference in references:
        allowed = DATABASE_ACTIONS.get(field.remote_field.on_delete, set())
        if reference.on_delete not in {"NO ACTION", *allowed}:
            message = f"`{field.name}`: Postgres would {reference.on_delete}, Django does not."
            yield Error(
                message, hint="Say the same on_delete in ref() and tenant_constraints().", obj=model, id="hub.E008"
            )


def _leads_an_index(model: type[models.Model], name: str) -> bool:
    first = [index.fields[0].lstrip("-") for index in model._meta.indexes if index.fields]
    first += [c.fields[0] for c in model._meta.constraints if isinstance(c, models.UniqueConstraint) and c.fields]
    return name in first


@register(Tags.database)
def check_database(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The web role is bound by row-level security, and the audit triggers are those of the models.

    Runs with `check --database default`, not as the owner of the tables, who is about to migrate.
    """
    if settings.IS_OWNER or "default" not in (databases or ()):
        return []
    return [*problems_of_role(connections["default"]), *problems_of_triggers(connections["default"])]


def problems_of_role(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Whether the role of this connection could look past the policies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, is_above = cursor.fetchone()
    if is_above:
        yield Error(
            f"The database role {name} passes row-level security.",
            hint="Let DATABASE_URL name a role like fh_app; docs/operations.md says how to make it.",
            id="hub.E009",
        )


def problems_of_triggers(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Whether some table is not audited as its model says."""
    statements = audit_triggers.differences(connection)
    if statements:
        yield Error(
            f"{len(statements)} audit triggers are not what the models say.",
            hint="Run manage.py migrate.",
            id="hub.E010",
        )
