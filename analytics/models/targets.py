"""What a program wants to reach."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program


class KpiTarget(TenantModel):
    """The target of one KPI of one program, and the band within which a miss is only a warning."""

    kpi = models.CharField(max_length=40)
    program = ref(Program, models.CASCADE, related_name="kpi_targets")
    target = models.DecimalField(max_digits=14, decimal_places=2, help_text="In the KPI's unit; rates in per cent")
    band = models.DecimalField(
        max_digits=14, decimal_places=2, default=0, help_text="A miss up to this much is a warning"
    )
    # Null: the program's owner answers for it.
    owner = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="kpi_targets")
    # Null when the launch pack set it.
    set_by = ref(Membership, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("analytics_kpitarget", program="CASCADE", owner="SET NULL", set_by="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "program", "kpi"], name="analytics_kpitarget_once"),
        ]
        indexes = tenant_indexes("analytics_kpitarget", "owner", "set_by")
