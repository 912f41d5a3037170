"""Workspaces: the guest-scoped room of one project."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models.programs import Program


class Workspace(TenantModel):
    """A room with messages, files and the work itself."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ARCHIVED = "archived", "Archived"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    program = ref(Program, models.PROTECT, related_name="workspaces")
    name = models.CharField(max_length=160)
    purpose = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("programs_workspace", "program"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="programs_workspace_public"),
        ]
        indexes = [
            *tenant_indexes("programs_workspace", "program"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="programs_workspace_recent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class WorkspaceMember(TenantModel):
    """A person in a room. For a guest this row alone opens nothing: higher apps add conditions (`workspace` noun)."""

    workspace = ref(Workspace, models.CASCADE, related_name="members")
    membership = ref(Membership, models.CASCADE, related_name="workspace_links")
    added_by = ref(Membership, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints(
                "programs_workspacemember", workspace="CASCADE", membership="CASCADE", added_by="SET NULL"
            ),
            models.UniqueConstraint(fields=["tenant", "workspace", "membership"], name="programs_workspacemember_once"),
        ]
        indexes = tenant_indexes("programs_workspacemember", "membership", "added_by")

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.workspace_id}"


class Message(TenantModel):
    """Something said in a room, in Markdown. Files hang on it through the file registry (`message`)."""

    audit_redact = ("body",)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    workspace = ref(Workspace, models.CASCADE, related_name="messages")
    author = ref(Membership, models.PROTECT, related_name="messages")
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("programs_message", "author", workspace="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="programs_message_public"),
        ]
        indexes = [
            *tenant_indexes("programs_message", "author"),
            models.Index(fields=["tenant", "workspace", "-created_at", "-id"], name="programs_message_thread"),
        ]

    def __str__(self) -> str:
        return self.body[:60]
