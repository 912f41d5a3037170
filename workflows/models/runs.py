"""Runs: one definition at work on one subject."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program
from workflows.models.definitions import DefinitionVersion


class Run(TenantModel):
    """One run: the same event starts it only once, however often it is heard."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        COMPENSATING = "compensating", "Being undone"
        DONE = "done", "Done"
        COMPENSATED = "compensated", "Failed and undone"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.RUNNING, State.PAUSED, State.COMPENSATING)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    version = ref(DefinitionVersion, models.PROTECT, related_name="runs")
    # Null for work that belongs to no program.
    program = ref(Program, models.PROTECT, null=True, blank=True, related_name="workflow_runs")
    title = models.CharField(max_length=200, help_text="What it is about, in words")
    subject_type = models.CharField(max_length=80)
    subject_id = models.BigIntegerField()
    context = models.JSONField(default=dict, help_text="What the starting event carried")
    idempotency_key = models.CharField(max_length=120)
    state = models.CharField(max_length=20, choices=State, default=State.RUNNING)
    # Null when an automation without a person behind it started the run.
    started_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    # Whose request it is: never its approver. Null: nobody's.
    requested_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    # Null: not part of another run. The step ends when this run does.
    parent_step = ref("workflows.Step", models.CASCADE, null=True, blank=True, related_name="sub_runs")
    paused_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now, db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints(
                "workflows_run", "version", "program", "started_by", "requested_by", parent_step="CASCADE"
            ),
            models.UniqueConstraint(fields=["tenant", "idempotency_key"], name="workflows_run_once"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_run_public"),
        ]
        indexes = [
            *tenant_indexes("workflows_run", "version", "program", "started_by", "requested_by", "parent_step"),
            models.Index(fields=["tenant", "subject_type", "subject_id", "id"], name="workflows_run_subject"),
            models.Index(fields=["tenant", "-started_at", "-id"], name="workflows_run_recent"),
            models.Index(
                fields=["tenant", "-started_at", "-id"],
                condition=Q(state__in=["running", "paused", "compensating"]),  # OPEN
                name="workflows_run_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title
