"""The audit log. Postgres triggers write it (`tenancy/audit_triggers.py`); the application may only read it."""

from django.db import models

from freelance_hub.tenancy.models import TenantManager


class AuditEvent(models.Model):
    """One changed row, or one act that changes no row: a sign-in, an export, a look across tenants.

    The table is partitioned by month and made in migration 0002, so it is unmanaged here. It has no foreign keys, because
    it outlives what it tells of.
    """

    class Operation(models.TextChoices):
        """What happens to rows. Acts have names of their own, such as export.downloaded."""

        INSERT = "insert", "Created"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Deleted"

    # Null for what concerns no company, such as a sign-in: only operators read that.
    tenant = models.ForeignKey(
        "hub.Tenant",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    at = models.DateTimeField(help_text="Start of the transaction")
    # Null for automations and for people who are not signed in.
    actor_id = models.BigIntegerField(null=True, help_text="User id")
    actor = models.TextField(help_text="Who, and as whom, in words.")
    request_id = models.TextField()
    operation = models.TextField(choices=Operation)
    # Both empty for an act that has no object.
    table_name = models.TextField()
    row_id = models.BigIntegerField(null=True)
    changes = models.JSONField(
        help_text="{field: [before, after]}, {field: null} when only its name is kept; details of an act"
    )

    objects = TenantManager()

    class Meta:
        managed = False
        db_table = "hub_audit_event"

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor}: {self.get_operation_display()} {self.table_name} {self.row_id}"
