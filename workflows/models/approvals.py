"""Approvals: who is asked, who decided in whose place and about what, who stands in for whom, links that decide."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from workflows.models.steps import Step


class Ask(TenantModel):
    """One of several people who are asked by name: approvals of all or of a quorum. Who has decided stands in Decision."""

    audited = False

    step = ref(Step, models.CASCADE, related_name="asks")
    member = ref(Membership, models.PROTECT, related_name="workflow_asks")

    class Meta:
        constraints = [
            *tenant_constraints("workflows_ask", "member", step="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "step", "member"], name="workflows_ask_once"),
        ]
        indexes = tenant_indexes("workflows_ask", "member")

    def __str__(self) -> str:
        return f"{self.step_id}: {self.member_id}"


class Decision(TenantModel):
    """One person's answer to an approval, tied to the content that they saw. Voided, never changed, when that content changes."""

    class Via(models.TextChoices):
        PAGE = "page", "In the inbox"
        BULK = "bulk", "In bulk"
        LINK = "link", "By a link in a mail"
        API = "api", "Over the API"

    step = ref(Step, models.CASCADE, related_name="decisions")
    decided_by = ref(Membership, models.PROTECT, related_name="decisions")
    # In whose place: the same person, or who has delegated, or whose manager decides.
    in_place_of = ref(Membership, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, help_text="approved, rejected, changes")
    comment = models.TextField(blank=True)
    content = models.JSONField(default=dict, help_text="The material fields as they were decided about, as text")
    content_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of `content`, keys sorted")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    via = models.CharField(max_length=10, choices=Via, default=Via.PAGE)
    decided_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # Null: it stands.
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_because = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_decision", "decided_by", "in_place_of", step="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "step", "in_place_of"],
                condition=Q(voided_at__isnull=True),
                name="workflows_decision_once_a_place",
            ),
            models.UniqueConstraint(
                fields=["tenant", "step", "decided_by"],
                condition=Q(voided_at__isnull=True),
                name="workflows_decision_once_a_person",
            ),
        ]
        indexes = tenant_indexes("workflows_decision", "decided_by", "in_place_of")

    def __str__(self) -> str:
        return f"{self.step_id}: {self.outcome}"


class Delegation(TenantModel):
    """`taker` answers approvals in place of `giver` on these days, both included, in the giver's time zone."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    giver = ref(Membership, models.PROTECT, related_name="delegations_given")
    taker = ref(Membership, models.PROTECT, related_name="delegations_taken")
    starts_on = models.DateField()
    ends_on = models.DateField()
    # Null: whatever the amount.
    amount_limit = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="In the company's currency"
    )
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_delegation", "giver", "taker"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_delegation_public"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="workflows_delegation_dates"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="workflows_delegation_other"),
        ]
        indexes = [
            *tenant_indexes("workflows_delegation", "giver"),
            models.Index(fields=["tenant", "taker", "ends_on"], name="workflows_delegation_taken"),
        ]

    def __str__(self) -> str:
        return f"{self.taker_id} for {self.giver_id}"


class DecisionLink(TenantModel):
    """A link in a mail that decides one step, once. It dies on use, on an edit of what is asked, and when it expires."""

    step = ref(Step, models.CASCADE, related_name="links")
    member = ref(Membership, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, help_text="SHA-256 of the secret; the secret is only in the mail")
    content_hash = models.CharField(max_length=64, blank=True, help_text="Of what the mail shows")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    audit_redact = ("token_hash",)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_decisionlink", step="CASCADE", member="CASCADE"),
            models.UniqueConstraint(fields=["token_hash"], name="workflows_decisionlink_token"),
        ]
        indexes = tenant_indexes("workflows_decisionlink", "step", "member")

    def __str__(self) -> str:
        return f"Link for step {self.step_id}"
