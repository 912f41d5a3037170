"""The audit log. Postgres triggers write it (`tenancy/audit_triggers.py`); the application may only read it."""

from django.db import models

from freelance_hub.tenancy.models import TenantManager


class AuditEvent(models.Model):
    """One changed row, or one act that changes no row: a sign-in, an export, a look across tenants.

    The table is partitioned by month and made in migration 0002: unmanaged here. No foreign keys, so that it outlives what it tells of.
    """

    class Operation(models.TextChoices):
        INSERT = "insert", "Created"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Deleted"
        ACT = "act", "Done"

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
    table_name = models.TextField(help_text="The table; for an act its kind, e.g. export.downloaded")
    row_id = models.BigIntegerField(null=True)
    changes = models.JSONField(help_text="{field: [before, after]}, or {field: null} when only the name may be kept")

    objects = TenantManager()

    class Meta:
        managed = False
        db_table = "hub_audit_event"

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor}: {self.get_operation_display()} {self.table_name} {self.row_id}"
