"""What the KPIs are made of: one fact for each thing measured, and ready sums of them by period."""

from django.db import models
from django.db.models import Q

from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program


class KpiFact(TenantModel):
    """One thing that a KPI counts: when its period's stop event was, and its value in the KPI's unit.

    Made from the rows themselves by the KPI's own query, so that it can be thrown away and made again.
    """

    audited = False

    kpi = models.CharField(max_length=40)
    program = ref(Program, models.CASCADE, related_name="+")
    source = models.CharField(max_length=60, help_text="Model label of the row it comes from")
    subject_id = models.BigIntegerField(help_text="Id of that row")
    at = models.DateField(help_text="Day of the stop event, in the company's time zone")
    value = models.DecimalField(max_digits=16, decimal_places=4, help_text="Days, money, or 1 for yes and 0 for no")

    class Meta:
        constraints = [
            *tenant_constraints("analytics_kpifact", program="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "kpi", "source", "subject_id"], name="analytics_kpifact_once"),
        ]
        indexes = [
            *tenant_indexes("analytics_kpifact", "program"),
            models.Index(fields=["tenant", "kpi", "program", "at"], name="analytics_kpifact_period", include=["value"]),
            models.Index(fields=["tenant", "kpi", "at"], name="analytics_kpifact_all", include=["value"]),
        ]


class KpiRollup(TenantModel):
    """A KPI of one program (or of all) over one month or quarter."""

    audited = False

    class Period(models.TextChoices):
        MONTH = "month", "Month"
        QUARTER = "quarter", "Quarter"

    kpi = models.CharField(max_length=40)
    # Null: all programs of the company together (a median of medians would be wrong).
    program = ref(Program, models.CASCADE, null=True, related_name="+")
    period = models.CharField(max_length=10, choices=Period)
    starts_on = models.DateField()
    n = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=18, decimal_places=4)
    median = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    p90 = models.DecimalField(max_digits=16, decimal_places=4, null=True)

    class Meta:
        constraints = [
            *tenant_constraints("analytics_kpirollup", program="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "kpi", "program", "period", "starts_on"],
                nulls_distinct=False,
                name="analytics_kpirollup_once",
            ),
        ]
        indexes = [
            *tenant_indexes("analytics_kpirollup", "program"),
            models.Index(
                fields=["tenant", "period", "starts_on"], name="analytics_kpirollup_all", condition=Q(program=None)
            ),
        ]
