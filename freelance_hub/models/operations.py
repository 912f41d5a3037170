"""Small tables that keep the house running."""

from django.db import models
from django.utils import timezone

from freelance_hub.tenancy.models import TenantModel, tenant_constraints


class Counter(TenantModel):
    """The last number given in a series of a tenant (requisition, invoice …): gap-free, taken in the transaction."""

    audited = False

    series = models.CharField(max_length=40)
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            *tenant_constraints("hub_counter"),
            models.UniqueConstraint(fields=["tenant", "series"], name="hub_counter_series"),
        ]

    def __str__(self) -> str:
        return f"{self.series}: {self.value}"


class Heartbeat(models.Model):
    """When a background process was last alive. Not tenant-owned: it concerns the installation."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%F %T}"
