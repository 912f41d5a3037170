"""Access grants: what a guest may open for one assignment, since when, until when."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Workspace
from talent.models import Assignment


class AccessGrant(TenantModel):
    """One access of one person for one assignment. A guest gets in only while it is active."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"

    class System(models.TextChoices):
        PORTAL = "portal", "Portal"
        WORKSPACE = "workspace", "Workspace"

    OPEN = (State.PENDING, State.ACTIVE, State.SUSPENDED)

    assignment = ref(Assignment, models.PROTECT, related_name="access_grants")
    membership = ref(Membership, models.PROTECT, related_name="access_grants")
    system = models.CharField(max_length=40, choices=System)
    # Null for systems that are not a workspace.
    workspace = ref(Workspace, models.PROTECT, null=True, blank=True, related_name="access_grants")
    provider = models.CharField(max_length=40, default="hub", help_text="Who opens and closes it")
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    granted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_accessgrant", "assignment", "membership", "workspace"),
            models.UniqueConstraint(
                fields=["tenant", "assignment", "system"],
                condition=Q(state__in=("pending", "active", "suspended")),
                name="workflows_accessgrant_open",
            ),
            models.CheckConstraint(
                condition=~Q(system="workspace") | Q(workspace__isnull=False), name="workflows_accessgrant_room"
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked") | Q(revoked_at__isnull=False), name="workflows_accessgrant_closed"
            ),
        ]
        indexes = [
            *tenant_indexes("workflows_accessgrant", "assignment"),
            models.Index(fields=["tenant", "membership", "state"], name="workflows_accessgrant_member"),
            models.Index(fields=["tenant", "workspace", "membership"], name="workflows_accessgrant_who"),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} for {self.membership_id}"
