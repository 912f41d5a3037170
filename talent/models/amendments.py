"""Amendments: what changes in a running assignment, agreed before it does."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from talent.models.engagements import Assignment


class Amendment(TenantModel):
    """A change of the terms of one assignment: an extension moves the last day only. Approved, then accepted by the freelancer.

    Null in `ends_on`, `rate` or `budget`: that stays as it is. Once it has been submitted, `terms_before` holds what it
    changes, so that every version stays readable.
    """

    class Kind(models.TextChoices):
        EXTENSION = "extension", "Extension"
        AMENDMENT = "amendment", "Amendment"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_APPROVAL = "in_approval", "In approval"
        OFFERED = "offered", "With the freelancer"
        AGREED = "agreed", "In force"
        REJECTED = "rejected", "Rejected"
        DECLINED = "declined", "Declined by the freelancer"
        WITHDRAWN = "withdrawn", "Taken back"

    OPEN = (State.DRAFT, State.IN_APPROVAL, State.OFFERED)

    number = models.PositiveIntegerField(help_text="AMD-<number>")
    assignment = ref(Assignment, models.PROTECT, related_name="amendments")
    version = models.PositiveSmallIntegerField(
        help_text="Version of the assignment's terms that it makes; the first is 2"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    ends_on = models.DateField(null=True, blank=True)
    rate = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, help_text="In the assignment's currency"
    )
    budget = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="The new whole budget"
    )
    scope = models.TextField(blank=True, help_text="Work that is added or taken away, such as a milestone")
    reason = models.CharField(max_length=400)
    terms_before = models.JSONField(default=dict, help_text="ends_on, rate, budget as they were")
    requested_by = ref(Membership, models.PROTECT, related_name="amendments_requested")
    decision_note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("talent_amendment", "assignment", "requested_by"),
            models.UniqueConstraint(fields=["tenant", "number"], name="talent_amendment_number"),
            models.UniqueConstraint(
                fields=["tenant", "assignment"],
                condition=Q(state__in=["draft", "in_approval", "offered"]),
                name="talent_amendment_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=False) | Q(rate__isnull=False) | Q(budget__isnull=False) | ~Q(scope=""),
                name="talent_amendment_changes",
            ),
        ]
        indexes = [
            *tenant_indexes("talent_amendment", "assignment", "requested_by"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="talent_amendment_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.assignment.title}"

    @property
    def ref(self) -> str:
        return f"AMD-{self.number}"
