"""Steps of a run, the edges between them, and the log of every transition."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from workflows.models.runs import Run


class Step(TenantModel):
    """One thing to be done, by a worker or by a person. This row is the truth; messages only hint at it."""

    class Kind(models.TextChoices):
        AUTOMATION = "automation", "Automation"
        DECISION = "decision", "Decision"
        APPROVAL = "approval", "Approval"
        TASK = "task", "Task"
        FORM = "form", "Form"
        DOCUMENT = "document", "Document"
        WAIT = "wait", "Wait"
        WORKFLOW = "workflow", "Another workflow"

    class State(models.TextChoices):
        PENDING = "pending", "Later"  # its parents are not done
        READY = "ready", "Queued"  # for a worker
        WAITING = "waiting", "Waiting"  # for a person, an event or a date
        HELD = "held", "On hold"  # the run is paused
        RUNNING = "running", "Running"  # a worker holds the lease
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        ATTENTION = "attention", "Needs attention"  # a person must say what happened

    class OnFailure(models.TextChoices):
        ATTENTION = "attention", "Ask a person"
        COMPENSATE = "compensate", "Undo what was done"

    LEASE = ("lease_token", "lease_until", "worker")
    FOR_WORKERS = (Kind.AUTOMATION, Kind.DECISION, Kind.WORKFLOW)  # who begins it
    FOR_PEOPLE = (Kind.APPROVAL, Kind.TASK, Kind.FORM, Kind.DOCUMENT)
    ENDED = (State.DONE, State.SKIPPED, State.FAILED, State.CANCELLED)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    run = ref(Run, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on screen")
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    since = models.DateTimeField(default=timezone.now, db_default=Now(), help_text="In this state since")
    moved_by = models.CharField(max_length=200, blank=True, db_default="", help_text="Who brought it into this state")
    moved_why = models.CharField(max_length=500, blank=True, db_default="")
    params = models.JSONField(default=dict, help_text="The step as its definition says it")
    deps_left = models.PositiveSmallIntegerField(default=0, help_text="Parents that have not ended")
    deps_taken = models.PositiveSmallIntegerField(default=0, help_text="Ended parents whose edge leads here")

    # Work
    action = models.CharField(max_length=80, blank=True, help_text="Key in workflows.actions")
    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    on_failure = models.CharField(max_length=20, choices=OnFailure, default=OnFailure.ATTENTION)
    # Null: now. A ready step is not claimed before, a waiting one ends then: a wait, a limit of time, another workflow.
    run_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    compensator = models.CharField(max_length=80, blank=True, help_text="Action that undoes this step")
    compensates = ref("workflows.Step", models.CASCADE, null=True, blank=True, related_name="undo_steps")

    # People. Either one person, or everybody with a capability in the run's program.
    assignee = ref(Membership, models.PROTECT, null=True, blank=True, related_name="workflow_steps")
    capability = models.CharField(max_length=60, blank=True)
    # Null: one answer ends the step. Otherwise an approval ends when so many of the asked people have approved.
    needed = models.PositiveSmallIntegerField(null=True, blank=True)
    # Null: no money is asked for, or the subject says none. As it was when the step began; limits of delegates look at it.
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    wait_event = models.CharField(max_length=80, blank=True, help_text="Kind of the event that ends a wait")
    remind_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    # Null: nobody answers in place of who is asked. The manager of an approver who is late.
    escalated_to = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=40, blank=True, help_text="approved, rejected, yes, no: edges ask for it")
    decided_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)

    # StepEvent tells of the machinery; the audit of what people decided.
    audit_ignore = (
        "state",
        "since",
        "moved_by",
        "moved_why",
        "deps_left",
        "deps_taken",
        "attempt",
        "run_at",
        "remind_at",
        *LEASE,
        "result",
        "error",
    )

    class Meta:
        constraints = [
            *tenant_constraints(
                "workflows_step",
                "assignee",
                "decided_by",
                run="CASCADE",
                compensates="CASCADE",
                escalated_to="SET NULL",
            ),
            models.UniqueConstraint(fields=["tenant", "run", "key"], name="workflows_step_key"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_step_public"),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True, lease_until__isnull=True)),
                name="workflows_step_lease",
            ),
            models.CheckConstraint(condition=Q(attempt__lte=F("max_attempts")), name="workflows_step_attempts"),
            models.CheckConstraint(
                condition=~Q(kind="wait", state="waiting") | Q(run_at__isnull=False) | ~Q(wait_event=""),
                name="workflows_step_timer",
            ),
        ]
        indexes = [
            *tenant_indexes("workflows_step", "compensates", "decided_by", "escalated_to"),
            # wf_claim walks tenants by the first column, and finds what is due in each by the others.
            models.Index(
                F("tenant"),
                F("run_at").asc(nulls_first=True),
                F("id"),
                condition=Q(state="ready"),
                name="workflows_step_ready",
            ),
            # wf_due asks across tenants.
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="workflows_step_running"),
            models.Index(
                fields=["run_at"], condition=Q(state="waiting", run_at__isnull=False), name="workflows_step_timers"
            ),
            models.Index(
                fields=["run_at"], condition=Q(state="ready", run_at__isnull=False), name="workflows_step_retries"
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(state="waiting", escalated_at__isnull=True, due_at__isnull=False),
                name="workflows_step_terms",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(state="waiting", remind_at__isnull=False),
                name="workflows_step_reminders",
            ),
            models.Index(
                fields=["tenant", "wait_event"],
                condition=Q(state="waiting") & ~Q(wait_event=""),
                name="workflows_step_events",
            ),
            # The inbox.
            models.Index(fields=["tenant", "assignee"], condition=Q(state="waiting"), name="workflows_step_mine"),
            models.Index(
                fields=["tenant", "capability"],
                condition=Q(state="waiting") & ~Q(capability=""),
                name="workflows_step_anyones",
            ),
            models.Index(fields=["tenant", "since"], condition=Q(state="attention"), name="workflows_step_attention"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_for_people(self) -> bool:
        return self.kind in self.FOR_PEOPLE

    @property
    def ends_by_itself(self) -> bool:
        """Whether nobody ends it by saying so: a task with a fact is done when that comes true. Approvals are answered."""
        return self.kind == self.Kind.TASK and bool(self.params.get("skip_when"))


class Edge(TenantModel):
    """`child` comes after `parent`; with an `outcome` only if the parent ended with it."""

    audited = False

    parent = ref(Step, models.CASCADE, related_name="edges_out")
    child = ref(Step, models.CASCADE, related_name="edges_in")
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_edge", parent="CASCADE", child="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "parent", "child"], name="workflows_edge_once"),
        ]
        indexes = tenant_indexes("workflows_edge", "child")

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"


class StepEvent(TenantModel):
    """One transition: what became of a step, by whom, in which attempt. Never changed (the web role may not update it)."""

    audited = False

    run = ref(Run, models.CASCADE, related_name="step_events")
    step = ref(Step, models.CASCADE, related_name="events")
    old_state = models.CharField(max_length=20, choices=Step.State)
    new_state = models.CharField(max_length=20, choices=Step.State)
    attempt = models.PositiveSmallIntegerField(default=0)
    actor = models.CharField(max_length=200, help_text="A person, a worker, the sweeper or the engine")
    detail = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = tenant_constraints("workflows_stepevent", run="CASCADE", step="CASCADE")
        indexes = tenant_indexes("workflows_stepevent", "run", "step")

    def __str__(self) -> str:
        return f"{self.step_id}: {self.old_state} → {self.new_state}"
