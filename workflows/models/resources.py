"""What somebody can be given access to, and the connections through which it is given and taken."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program


class Connection(TenantModel):
    """A system outside that a connector speaks to, with its settings and its sealed secret."""

    class Kind(models.TextChoices):
        GRAPH = "graph", "Microsoft 365"
        SCIM = "scim", "SCIM 2.0"
        WEBHOOK = "webhook", "Webhook"

    class State(models.TextChoices):
        UNTESTED = "untested", "Not tested yet"
        WORKING = "working", "Working"
        FAILING = "failing", "Failing"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict, help_text="Addresses and ids; never a secret")
    secret = models.TextField(blank=True, help_text="Sealed; written, never shown")
    is_active = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=State, default=State.UNTESTED)
    missing = models.JSONField(default=list, help_text="Permissions that the last test did not find")
    last_error = models.CharField(max_length=500, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    # Null: the use of its accesses was never asked for.
    usage_asked_at = models.DateTimeField(null=True, blank=True)
    # After throttling: no call before this.
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    audit_redact = ("secret",)
    audit_ignore = ("reconciled_at", "usage_asked_at", "paused_until")

    class Meta:
        constraints = [
            *tenant_constraints("workflows_connection"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_connection_public"),
            models.UniqueConstraint(fields=["tenant", "name"], name="workflows_connection_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ConnectorCall(TenantModel):
    """One call to a connection, for the page that shows the last ones; or of its receiver back to us (CALLBACK, each id once).

    Holds no secret and no body.
    """

    audited = False

    connection = ref(Connection, models.CASCADE, related_name="calls")
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    # Null: no answer came.
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=80, blank=True)
    milliseconds = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_connectorcall", connection="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "connection", "request_id"],
                condition=Q(method="CALLBACK"),
                name="workflows_connectorcall_back",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "connection", "-id"], name="workflows_connectorcall_last")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Resource(TenantModel):
    """One thing of the catalogue: a Teams team, a licence, a repository, a laptop, a badge."""

    class Kind(models.TextChoices):
        WORKSPACE = "workspace", "Workspace"
        TEAM = "team", "Teams team"
        SITE = "site", "SharePoint site"
        GROUP = "group", "Group"
        LICENCE = "licence", "Licence"
        REPOSITORY = "repository", "Repository"
        DEVICE = "device", "Device"
        BADGE = "badge", "Badge"
        OTHER = "other", "Other"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    # Null: by hand, a task with instructions and proof.
    connection = ref(Connection, models.PROTECT, null=True, blank=True, related_name="resources")
    external_id = models.CharField(max_length=200, blank=True, help_text="What the connection calls it")
    # Null: of every program.
    program = ref(Program, models.CASCADE, null=True, blank=True, related_name="resources")
    # Null: those who manage workflows open and close it. Does what is done by hand.
    keeper = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="resources_kept")
    open_help = models.TextField(blank=True, help_text="How it is opened, for who does it by hand")
    close_help = models.TextField(blank=True, help_text="How it is closed, for who does it by hand")
    is_given_to_all = models.BooleanField(default=False, help_text="Every new assignment of the program gets it")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_resource", "connection", program="CASCADE", keeper="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_resource_public"),
            models.UniqueConstraint(
                fields=["tenant", "connection", "external_id"],
                condition=Q(connection__isnull=False),
                name="workflows_resource_external",
            ),
            models.CheckConstraint(
                condition=Q(connection__isnull=True) | ~Q(external_id=""), name="workflows_resource_named_outside"
            ),
        ]
        indexes = [
            *tenant_indexes("workflows_resource", "program", "keeper"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="workflows_resource_recent"),
        ]

    def __str__(self) -> str:
        return self.name


class Drift(TenantModel):
    """Somebody is in a resource, or missing from it, though nothing here says so: found by the reconciler, mended by a person."""

    class Kind(models.TextChoices):
        UNKNOWN = "unknown", "Added by hand"
        MISSING = "missing", "Removed by hand"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    resource = ref(Resource, models.CASCADE, related_name="drifts")
    kind = models.CharField(max_length=20, choices=Kind)
    account = models.CharField(max_length=254, help_text="Who, as the connection names them")
    label = models.CharField(max_length=254, blank=True)
    found_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # Null: open.
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True, help_text="A person, or the reconciler when it was gone")
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("workflows_drift", resource="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_drift_public"),
            models.UniqueConstraint(
                fields=["tenant", "resource", "account"],
                condition=Q(ended_at__isnull=True),
                name="workflows_drift_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-found_at", "-id"], name="workflows_drift_recent")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display()}"
