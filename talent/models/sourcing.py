"""Requisitions and the people put forward for them."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership, OrgUnit
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program
from talent.models.people import Freelancer, Skill


class Requisition(TenantModel):
    """A request for work or a person, with budget and dates; approved before anyone is engaged."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_APPROVAL = "in_approval", "In approval"
        OPEN = "open", "Open"
        ON_HOLD = "on_hold", "On hold"
        FILLED = "filled", "Filled"
        CLOSED = "closed", "Closed"
        CANCELLED = "cancelled", "Cancelled"

    class RateUnit(models.TextChoices):
        HOUR = "hour", "per hour"
        DAY = "day", "per day"

    number = models.PositiveIntegerField(help_text="REQ-<number>")
    program = ref(Program, models.PROTECT, related_name="requisitions")
    # Null: the program's own unit.
    org_unit = ref(OrgUnit, models.PROTECT, null=True, blank=True, related_name="requisitions")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    requested_by = ref(Membership, models.PROTECT, related_name="requisitions")
    starts_on = models.DateField()
    ends_on = models.DateField()
    budget = models.DecimalField(max_digits=14, decimal_places=2, help_text="Most that may be spent, in `currency`")
    currency = models.CharField(max_length=3)
    rate_min = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    rate_max = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    rate_unit = models.CharField(max_length=10, choices=RateUnit, default=RateUnit.HOUR)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    filled_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True, help_text="Why it was rejected, held or cancelled")

    class Meta:
        constraints = [
            *tenant_constraints("talent_requisition", "program", "org_unit", "requested_by"),
            models.UniqueConstraint(fields=["tenant", "number"], name="talent_requisition_number"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="talent_requisition_dates"),
            models.CheckConstraint(condition=Q(budget__gt=0), name="talent_requisition_budget"),
            models.CheckConstraint(
                condition=Q(rate_min=None) | Q(rate_max=None) | Q(rate_max__gte=F("rate_min")),
                name="talent_requisition_rates",
            ),
        ]
        indexes = [
            *tenant_indexes("talent_requisition", "program", "org_unit", "requested_by"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="talent_requisition_recent"),
            models.Index(fields=["tenant", "state", "-created_at", "-id"], name="talent_requisition_state"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        return f"REQ-{self.number}"


class RequisitionSkill(TenantModel):
    """A skill that a requisition asks for."""

    audited = False

    requisition = ref(Requisition, models.CASCADE, related_name="skill_links")
    skill = ref(Skill, models.PROTECT, related_name="requisition_links")

    class Meta:
        constraints = [
            *tenant_constraints("talent_requisitionskill", "skill", requisition="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "requisition", "skill"], name="talent_requisitionskill_once"),
        ]
        indexes = tenant_indexes("talent_requisitionskill", "skill")

    def __str__(self) -> str:
        return f"{self.requisition_id}: {self.skill_id}"


class Submission(TenantModel):
    """One candidate put forward for one requisition."""

    class State(models.TextChoices):
        NEW = "new", "New"
        SHORTLISTED = "shortlisted", "Shortlisted"
        INTERVIEW = "interview", "Interview"
        OFFERED = "offered", "Offered"
        HIRED = "hired", "Hired"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    requisition = ref(Requisition, models.CASCADE, related_name="submissions")
    freelancer = ref(Freelancer, models.PROTECT, related_name="submissions")
    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    rate = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    created_by = ref(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("talent_submission", "freelancer", "created_by", requisition="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "requisition", "freelancer"], name="talent_submission_once"),
        ]
        indexes = tenant_indexes("talent_submission", "freelancer", "created_by")

    def __str__(self) -> str:
        return f"{self.freelancer_id} for {self.requisition_id}"
