"""Budgets of programs."""

from django.db import models
from django.db.models import F, Q

from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints
from programs.models.programs import Program


class Budget(TenantModel):
    """What a program may spend in a period, in the program's currency."""

    program = ref(Program, models.CASCADE, related_name="budgets")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="Last day of the period")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            *tenant_constraints("programs_budget", program="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "program", "starts_on"], name="programs_budget_period"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="programs_budget_not_negative"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="programs_budget_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} from {self.starts_on}"
