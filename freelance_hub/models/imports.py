"""A file brought in by a person: its mapping, its rows, and what each became, so that it can be taken back."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models.accounts import Membership
from freelance_hub.models.files import StoredFile
from freelance_hub.models.jobs import Job
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes


class ImportRun(TenantModel):
    """One file on its way in: uploaded, mapped, checked (dry run), imported, perhaps taken back."""

    class State(models.TextChoices):
        MAPPING = "mapping", "Match the columns"
        CHECKED = "checked", "Checked, not yet imported"
        RUNNING = "running", "Importing"
        DONE = "done", "Imported"
        UNDOING = "undoing", "Taking back"
        UNDONE = "undone", "Taken back"
        FAILED = "failed", "Failed"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    spec = models.CharField(max_length=60, help_text="Which kind of thing is imported")
    state = models.CharField(max_length=20, choices=State, default=State.MAPPING)
    file = ref(StoredFile, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=255)
    dialect = models.JSONField(default=dict, help_text="Encoding, delimiter and headers as found")
    mapping = models.JSONField(default=dict, help_text="{column: field key or empty}")
    counts = models.JSONField(default=dict, help_text="{verdict: rows}")
    # Null until the import is started.
    job = ref(Job, models.SET_NULL, null=True, related_name="+")
    started_by = ref(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *tenant_constraints("hub_importrun", "file", "started_by", job="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="hub_importrun_public"),
        ]
        indexes = [
            *tenant_indexes("hub_importrun", "file", "started_by", "job"),
            models.Index(fields=["tenant", "-created_at"], name="hub_importrun_recent"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(TenantModel):
    """One row of the file: as read, its verdict, and what it changed (`before` lets it be taken back)."""

    audited = False

    class Verdict(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changes"
        UNCHANGED = "unchanged", "Nothing to change"
        REJECTED = "rejected", "Rejected"
        UNDONE = "undone", "Taken back"
        KEPT = "kept", "Kept"

    run = ref(ImportRun, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="Row in the file, the header is row 1")
    raw = models.JSONField(default=dict)
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.TextField(blank=True)
    object_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True, help_text="Null for a created row")
    after = models.JSONField(null=True)

    class Meta:
        constraints = [
            *tenant_constraints("hub_importrow", run="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "run", "number"], name="hub_importrow_once"),
        ]
        indexes = [models.Index(fields=["tenant", "run", "verdict", "number"], name="hub_importrow_verdict")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}: {self.verdict}"
