"""Work: time lines and deliverables, both accepted before they are paid."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from talent.models.engagements import Assignment


class WorkState(models.TextChoices):
    """Shared by time lines and deliverables."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for acceptance"
    RETURNED = "returned", "Returned"
    ACCEPTED = "accepted", "Accepted"
    INVOICED = "invoiced", "Invoiced"
    PAID = "paid", "Paid"


class TimeLine(TenantModel):
    """Hours or days worked on one date; a week of them is shown as a timesheet."""

    State = WorkState
    EDITABLE = (WorkState.DRAFT, WorkState.RETURNED)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    assignment = ref(Assignment, models.PROTECT, related_name="time_lines")
    worked_on = models.DateField()
    quantity = models.DecimalField(max_digits=5, decimal_places=2, help_text="In the assignment's unit: hours or days")
    note = models.CharField(max_length=300, blank=True)
    # Fixed when submitted, so that a later change of the assignment's rate never changes the past.
    rate = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=12, decimal_places=2, help_text="quantity × rate, rounded half up to cents")
    state = models.CharField(max_length=20, choices=WorkState, default=WorkState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    return_reason = models.CharField(max_length=400, blank=True)
    returned_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("talent_timeline", "assignment", "decided_by"),
            models.UniqueConstraint(fields=["tenant", "assignment", "worked_on"], name="talent_timeline_day"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="talent_timeline_public"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(quantity__lte=24), name="talent_timeline_quantity"),
        ]
        indexes = [
            *tenant_indexes("talent_timeline", "decided_by"),
            models.Index(fields=["tenant", "state", "-worked_on", "-id"], name="talent_timeline_state"),
            models.Index(fields=["tenant", "-worked_on", "-id"], name="talent_timeline_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.worked_on}"


class Deliverable(TenantModel):
    """A thing to be handed in, accepted or returned. With an amount it is a milestone that is paid on acceptance."""

    State = WorkState
    EDITABLE = (WorkState.DRAFT, WorkState.RETURNED)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    assignment = ref(Assignment, models.PROTECT, related_name="deliverables")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    due_on = models.DateField(null=True, blank=True)
    # Null: paid through time.
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, choices=WorkState, default=WorkState.DRAFT)
    note = models.TextField(blank=True, help_text="What the freelancer says on handing in")
    first_submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    return_reason = models.CharField(max_length=400, blank=True)
    returned_count = models.PositiveSmallIntegerField(default=0)
    # When returned work is wanted again; `due_on` stays what was agreed, for the figures.
    rework_due_on = models.DateField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5, by the manager on acceptance")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("talent_deliverable", "assignment", "decided_by"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="talent_deliverable_public"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="talent_deliverable_amount"),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 5)), name="talent_deliverable_rating"
            ),
        ]
        indexes = [
            *tenant_indexes("talent_deliverable", "assignment", "decided_by"),
            models.Index(fields=["tenant", "state", "due_on", "id"], name="talent_deliverable_state"),
            models.Index(fields=["tenant", "due_on", "id"], name="talent_deliverable_due"),
        ]

    def __str__(self) -> str:
        return self.title
