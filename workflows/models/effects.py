"""The ledger of effects on the outside world."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from workflows.models.steps import Step


class Effect(TenantModel):
    """One call to a provider: the intent is stored before it, the answer after it."""

    audited = False

    class State(models.TextChoices):
        INTENT = "intent", "Begun"
        DONE = "done", "Done"

    step = ref(Step, models.CASCADE, related_name="effects")
    provider = models.CharField(max_length=60)
    key = models.CharField(max_length=120, help_text="Idempotency key, the same in every attempt")
    state = models.CharField(max_length=10, choices=State, default=State.INTENT)
    response = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_effect", step="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "key"], name="workflows_effect_once"),
        ]
        indexes = tenant_indexes("workflows_effect", "step")

    def __str__(self) -> str:
        return self.key
