"""Long work: started by a person, done by a worker, watched on a page."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models.accounts import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes


class Job(TenantModel):
    """A piece of long work with progress. `params` is what the worker needs to do it, or do it again."""

    audit_ignore = ("processed", "succeeded", "failed", "total", "lease_until")

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        CANCELLING = "cancelling", "Stopping"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"

    OPEN = (State.QUEUED, State.RUNNING, State.CANCELLING)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    total = models.PositiveIntegerField(null=True, help_text="Null while unknown")
    processed = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        null=True, help_text="A running job whose worker is silent past this is taken over."
    )
    started_by = ref(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *tenant_constraints("hub_job", "started_by"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="hub_job_public"),
        ]
        indexes = [
            *tenant_indexes("hub_job", "started_by"),
            models.Index(fields=["tenant", "-created_at"], name="hub_job_recent"),
        ]

    def __str__(self) -> str:
        return self.title


class JobRow(TenantModel):
    """What became of one row of a job."""

    audited = False

    class Verdict(models.TextChoices):
        DONE = "done", "Done"
        UNCHANGED = "unchanged", "Nothing to change"
        REJECTED = "rejected", "Rejected"

    job = ref(Job, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="Row in the input, from 1")
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            *tenant_constraints("hub_jobrow", job="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "job", "number"], name="hub_jobrow_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}: {self.verdict}"
