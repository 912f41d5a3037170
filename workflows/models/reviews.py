"""Recertification: campaigns in which sponsors say which accesses are still needed; and what is handed over when one leaves."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership, StoredFile
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program
from workflows.models.access_grants import AccessGrant


class Campaign(TenantModel):
    """One recertification of the open grants of a program or of the company."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    # Null: the whole company.
    program = ref(Program, models.CASCADE, null=True, blank=True, related_name="campaigns")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    # Null: a schedule started it.
    started_by = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, db_default=Now())
    due_at = models.DateTimeField(help_text="Silence suspends from here on")
    closed_at = models.DateTimeField(null=True, blank=True)
    # Null until it is closed.
    evidence = ref(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            *tenant_constraints("workflows_campaign", program="CASCADE", started_by="SET NULL", evidence="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_campaign_public"),
            models.UniqueConstraint(
                fields=["tenant", "program"],
                condition=models.Q(state="open"),
                nulls_distinct=False,
                name="workflows_campaign_one_open",
            ),
        ]
        indexes = [
            *tenant_indexes("workflows_campaign", "program", "started_by", "evidence"),
            models.Index(fields=["tenant", "-started_at", "-id"], name="workflows_campaign_recent"),
        ]

    def __str__(self) -> str:
        return self.title


class Attestation(TenantModel):
    """One grant in a campaign, and what its sponsor said."""

    class Answer(models.TextChoices):
        NONE = "", "No answer yet"
        KEEP = "keep", "Still needed"
        CLOSE = "close", "No longer needed"
        SILENT = "silent", "No answer in time: suspended"
        GONE = "gone", "Closed meanwhile"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    campaign = ref(Campaign, models.CASCADE, related_name="attestations")
    grant = ref(AccessGrant, models.PROTECT, related_name="attestations")
    # Null: nobody answers for it; the program's owner does.
    sponsor = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="attestations")
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.NONE, blank=True)
    comment = models.CharField(max_length=400, blank=True)
    # Null: nobody has answered.
    answered_by = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints(
                "workflows_attestation", "grant", campaign="CASCADE", sponsor="SET NULL", answered_by="SET NULL"
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_attestation_public"),
            models.UniqueConstraint(fields=["tenant", "campaign", "grant"], name="workflows_attestation_once"),
        ]
        indexes = [
            *tenant_indexes("workflows_attestation", "grant", "answered_by"),
            models.Index(fields=["tenant", "sponsor", "answer"], name="workflows_attestation_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.grant_id}"


class Handover(TenantModel):
    """What one who left was answerable for, and who has it now."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    leaver = ref(Membership, models.PROTECT, related_name="handovers")
    # Null: nobody yet; everything of it is in the orphan queue.
    successor = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    counts = models.JSONField(default=dict, help_text="How many of each: guests, grants, approvals, kpis, …")
    made_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # Null: they have not come back.
    returned_at = models.DateTimeField(null=True, blank=True)
    # Null: what was handed over stays where it is.
    given_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_handover", "leaver", successor="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_handover_public"),
        ]
        indexes = tenant_indexes("workflows_handover", "leaver", "successor")

    def __str__(self) -> str:
        return f"Handover of {self.leaver}"
