"""What every tenant-owned model is made of."""

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from freelance_hub.tenancy.constraints import OnDelete, TenantForeignKey, TenantPolicy
from freelance_hub.tenancy.context import current, current_tenant_id, required_tenant_id

if TYPE_CHECKING:
    from freelance_hub.models import Tenant  # noqa: F401  a name in quotes below

ModelT = TypeVar("ModelT", bound=models.Model)

INDEX_NAME_LENGTH = 30  # Django's limit
CONSTRAINT_NAME_LENGTH = 63  # Postgres' limit


class TenantManager(models.Manager[ModelT]):
    """The rows of the current tenant. Raises NoTenant outside of one; in a platform context it sees every tenant."""

    def get_queryset(self) -> models.QuerySet[ModelT]:
        rows = super().get_queryset()
        return rows if current().platform else rows.filter(tenant_id=required_tenant_id(self.model.__name__))

    def none(self) -> models.QuerySet[ModelT]:
        """Works without a tenant too: forms declare their querysets at import time."""
        return super().get_queryset().none()


class OwnRowsManager(models.Manager[ModelT]):
    """The rows of the signed-in person in all their companies; for tables that have an `OwnRowsPolicy`."""

    def get_queryset(self) -> models.QuerySet[ModelT]:
        return super().get_queryset().filter(user_id=current().user_id)


class TenantField(models.ForeignKey["Tenant", "Tenant"]):
    """The company of a row; a new row belongs to the current one.

    Not by `default=`, with which the type checker would take `tenant_id` for nullable. Migrations know it as a plain foreign key.
    """

    def get_default(self) -> int | None:
        return current_tenant_id()

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, {**kwargs, "default": current_tenant_id}


class TenantModel(models.Model):
    """A row that belongs to one tenant. Its Meta names `tenant_constraints(…)`; a check fails when it forgets.

    For the audit: `audited = False` for tables that are themselves a log, `audit_redact` for fields that are recorded by
    name only (secrets, personal free text), `audit_ignore` for fields whose changes are not recorded at all.
    """

    audited: bool = True
    audit_redact: tuple[str, ...] = ()
    audit_ignore: tuple[str, ...] = ()

    tenant = TenantField(
        "hub.Tenant",
        models.PROTECT,
        db_index=False,
        editable=False,
        related_name="+",
    )

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.tenant_id is None:  # built before the tenant was entered
            self.tenant_id = required_tenant_id(type(self).__name__)
        super().save(*args, **kwargs)


def ref(to: str | type[models.Model], on_delete: Any = models.PROTECT, **options: Any) -> Any:
    """A foreign key to a tenant-owned model; `tenant_constraints` and `tenant_indexes` carry its constraint and index."""
    return models.ForeignKey(to, on_delete, db_constraint=False, db_index=False, **options)


def tenant_constraints(prefix: str, /, *fields: str, **on_delete: OnDelete) -> list[models.BaseConstraint]:
    """The policy, the key that references point to, and one reference for each field made by `ref`.

    `prefix` is the table name. Fields named alone refuse the deletion of what they point to; with a keyword Postgres acts too:
    `job="SET NULL"`, `run="CASCADE"` (say the same in `ref`).
    """
    actions: dict[str, OnDelete] = {**dict.fromkeys(fields, "NO ACTION"), **on_delete}
    constraints: list[models.BaseConstraint] = [
        TenantPolicy(name=f"{prefix}_rls"),
        models.UniqueConstraint(fields=["tenant", "id"], name=f"{prefix}_tid"),
        *(
            TenantForeignKey(
                field=field,
                name=_name(prefix, field, "tfk", CONSTRAINT_NAME_LENGTH),
                on_delete=action,
            )
            for field, action in actions.items()
        ),
    ]
    return constraints


def tenant_indexes(prefix: str, /, *fields: str) -> list[models.Index]:
    """An index (tenant, field) for each field: one that starts with the field alone is as good as none."""
    return [
        models.Index(fields=["tenant", field], name=_name(prefix, field, "ix", INDEX_NAME_LENGTH)) for field in fields
    ]


def _name(prefix: str, field: str, suffix: str, limit: int) -> str:
    name = f"{prefix}_{field}_{suffix}"
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:4]
    return f"{name[: limit - len(suffix) - 6]}_{digest}_{suffix}"
