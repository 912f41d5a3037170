"""Engagements and their assignments."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Invitation, LegalEntity, Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program, Workspace
from talent.models.people import Freelancer
from talent.models.sourcing import Requisition


class Engagement(TenantModel):
    """The whole relation of one freelancer with one legal entity for one purpose."""

    freelancer = ref(Freelancer, models.PROTECT, related_name="engagements")
    legal_entity = ref(LegalEntity, models.PROTECT, related_name="engagements")
    program = ref(Program, models.PROTECT, related_name="engagements")
    purpose = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = tenant_constraints("talent_engagement", "freelancer", "legal_entity", "program")
        indexes = tenant_indexes("talent_engagement", "freelancer", "legal_entity", "program")

    def __str__(self) -> str:
        return self.purpose


class Assignment(TenantModel):
    """A dated role of one person inside an engagement. Its state decides whether the guest gets in."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        ONBOARDING = "onboarding", "Onboarding"
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        ENDING = "ending", "Ending"
        ENDED = "ended", "Ended"
        OFFBOARDING = "offboarding", "Off-boarding"
        CLOSED = "closed", "Closed"

    OPENS_WORKSPACE = (State.ACTIVE, State.ENDING)  # a guest works in the room
    OPENS_PORTAL = (State.ONBOARDING, State.ACTIVE, State.SUSPENDED, State.ENDING)  # a guest may sign in for it
    OVER = (State.ENDED, State.OFFBOARDING, State.CLOSED)

    number = models.PositiveIntegerField(help_text="ASG-<number>")
    engagement = ref(Engagement, models.PROTECT, related_name="assignments")
    program = ref(Program, models.PROTECT, related_name="assignments")
    freelancer = ref(Freelancer, models.PROTECT, related_name="assignments")
    # Null for work that began before the product did (imports of running work).
    requisition = ref(Requisition, models.PROTECT, null=True, blank=True, related_name="assignments")
    # Null until onboarding has made the room.
    workspace = ref(Workspace, models.PROTECT, null=True, blank=True, related_name="assignments")
    # Null until onboarding has invited the person; stays null for people who have been here before.
    invitation = ref(Invitation, models.SET_NULL, null=True, blank=True, related_name="assignments")
    manager = ref(Membership, models.PROTECT, related_name="assignments_managed")
    title = models.CharField(max_length=160)
    starts_on = models.DateField()
    ends_on = models.DateField()
    rate = models.DecimalField(max_digits=10, decimal_places=2)
    rate_unit = models.CharField(max_length=10, choices=Requisition.RateUnit, default=Requisition.RateUnit.HOUR)
    currency = models.CharField(max_length=3)
    budget = models.DecimalField(max_digits=14, decimal_places=2, help_text="Most that may be accepted, in `currency`")
    state = models.CharField(max_length=20, choices=State, default=State.PLANNED)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    activated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=400, blank=True)
    rehire = models.BooleanField(null=True, blank=True, help_text="May the person return? Null: not yet said")

    class Meta:
        constraints = [
            *tenant_constraints(
                "talent_assignment",
                "engagement",
                "program",
                "freelancer",
                "requisition",
                "workspace",
                "manager",
                invitation="SET NULL",
            ),
            models.UniqueConstraint(fields=["tenant", "number"], name="talent_assignment_number"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="talent_assignment_dates"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="talent_assignment_rate"),
        ]
        indexes = [
            *tenant_indexes(
                "talent_assignment",
                "engagement",
                "program",
                "freelancer",
                "requisition",
                "workspace",
                "manager",
                "invitation",
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="talent_assignment_recent"),
            models.Index(fields=["tenant", "state", "-created_at", "-id"], name="talent_assignment_state"),
            models.Index(fields=["tenant", "ends_on", "id"], name="talent_assignment_ends"),
            # What the daily task looks through: never the whole history.
            models.Index(
                fields=["tenant", "ends_on", "id"],
                condition=Q(state__in=["planned", "onboarding", "active", "suspended", "ending"]),
                name="talent_assignment_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        return f"ASG-{self.number}"
