"""Access grants: what a guest may open for one assignment, since when, until when, who answers for it."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership, StoredFile
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Workspace
from talent.models import Assignment
from workflows.models.resources import Resource
from workflows.models.steps import Step


class AccessGrant(TenantModel):
    """One access of one person for one assignment.

    Whether it is valid is computed at each request (`workflows.access.valid_grant`): this row, and assignment, sponsor and
    what higher apps register. `state` says what has been done about it, here and outside.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"  # wanted, not yet open
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"

    class System(models.TextChoices):
        PORTAL = "portal", "Portal"
        WORKSPACE = "workspace", "Workspace"
        RESOURCE = "resource", "Resource of the catalogue"

    class How(models.TextChoices):
        HUB = "hub", "By Freelance Hub itself"
        CONNECTOR = "connector", "By a connector"
        HAND = "hand", "By hand"

    OPEN = (State.PENDING, State.ACTIVE, State.SUSPENDED)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    assignment = ref(Assignment, models.PROTECT, related_name="access_grants")
    membership = ref(Membership, models.PROTECT, related_name="access_grants")
    system = models.CharField(max_length=40, choices=System)
    # Null for systems that are not a workspace.
    workspace = ref(Workspace, models.PROTECT, null=True, blank=True, related_name="access_grants")
    # Null for the portal and workspaces.
    resource = ref(Resource, models.PROTECT, null=True, blank=True, related_name="grants")
    # Null: the assignment's manager answers for it. An orphan when neither is active.
    sponsor = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="grants_sponsored")
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # Null: as long as the assignment.
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    granted_at = models.DateTimeField(null=True, blank=True)
    granted_how = models.CharField(max_length=12, choices=How, blank=True)
    # Null: it need not be closed. Delay is counted from here.
    close_by = models.DateTimeField(null=True, blank=True, help_text="Since when it should be closed")
    alarmed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True, help_text="A person or a connector")
    revoked_how = models.CharField(max_length=12, choices=How, blank=True)
    account = models.CharField(max_length=254, blank=True, help_text="What the connection calls the person")
    # True from before the first call that opens it until a call that closed it has come back: never too early False.
    is_open_outside = models.BooleanField(default=False, help_text="It may be open in the connected system")
    turn = models.PositiveSmallIntegerField(default=0, help_text="How often it was opened or closed; part of the key")
    hold_reason = models.CharField(
        max_length=200, blank=True, help_text="Why people hold it back. Empty: a fact does, it reopens by itself"
    )
    # Null: nothing was shown. For what is done by hand.
    proof = ref(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")
    proof_note = models.CharField(max_length=400, blank=True)
    # Null: no task of a person waits for this grant.
    step = ref(Step, models.SET_NULL, null=True, blank=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    # Null: at the next run of the reconciler.
    try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    # Empty: nothing. Else what the other side has accepted to do and works on: "open" or "close".
    awaits = models.CharField(max_length=10, blank=True, default="", help_text="What the other side works on")
    # Null with an empty `awaits`.
    awaited_since = models.DateTimeField(null=True, blank=True)
    # Null: never, or nobody knows; `usage_read_at` tells which.
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Last use, as the connection says")
    # Null: the connection has not said anything about its use yet.
    usage_read_at = models.DateTimeField(null=True, blank=True)

    audit_ignore = (
        "attempts",
        "try_at",
        "last_error",
        "turn",
        "awaits",
        "awaited_since",
        "last_used_at",
        "usage_read_at",
    )

    class Meta:
        constraints = [
            *tenant_constraints(
                "workflows_accessgrant",
                "assignment",
                "membership",
                "workspace",
                "resource",
                sponsor="SET NULL",
                proof="SET NULL",
                step="SET NULL",
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_accessgrant_public"),
            models.UniqueConstraint(
                fields=["tenant", "assignment", "system", "resource"],
                condition=Q(state__in=("pending", "active", "suspended")),
                nulls_distinct=False,
                name="workflows_accessgrant_open",
            ),
            models.CheckConstraint(
                condition=~Q(system="workspace") | Q(workspace__isnull=False), name="workflows_accessgrant_room"
            ),
            models.CheckConstraint(
                condition=Q(system="resource", resource__isnull=False)
                | (~Q(system="resource") & Q(resource__isnull=True)),
                name="workflows_accessgrant_thing",
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked") | Q(revoked_at__isnull=False), name="workflows_accessgrant_closed"
            ),
        ]
        indexes = [
            *tenant_indexes("workflows_accessgrant", "assignment", "resource", "sponsor", "step", "proof"),
            models.Index(fields=["tenant", "membership", "state"], name="workflows_accessgrant_member"),
            models.Index(fields=["tenant", "workspace", "membership"], name="workflows_accessgrant_who"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="workflows_accessgrant_recent"),
            # What the reconciler looks through: never what is long closed.
            models.Index(
                fields=["tenant", "id"],
                condition=Q(state__in=["pending", "active", "suspended"]),
                name="workflows_accessgrant_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.membership}"

    @property
    def what(self) -> str:
        """The thing in words; needs `resource` and `workspace` loaded."""
        return str(self.resource or self.workspace or self.get_system_display())


class Receipt(TenantModel):
    """Proof that an assignment's accesses are closed: a sealed PDF and the rows that it lists. A later one replaces it."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    assignment = ref(Assignment, models.PROTECT, related_name="receipts")
    number = models.PositiveSmallIntegerField(help_text="Of the assignment's receipts")
    lines = models.JSONField(
        help_text="One object a grant: what, how, when, by whom, minutes of delay, what waits for proof"
    )
    is_complete = models.BooleanField(help_text="Everything is closed and proved")
    # Null while the PDF is being made.
    file = ref(StoredFile, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_receipt", "assignment", "file"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_receipt_public"),
            models.UniqueConstraint(fields=["tenant", "assignment", "number"], name="workflows_receipt_number"),
        ]
        indexes = tenant_indexes("workflows_receipt", "file")

    def __str__(self) -> str:
        return f"Receipt {self.number} of {self.assignment_id}"
