"""Definitions: what should happen, as data. A run follows one version for its whole life."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program


class Definition(TenantModel):
    """A workflow of one program, or of the company. Its triggers are those of the newest version, kept here to be found."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    # Null: the company's, whatever the program.
    program = ref(Program, models.CASCADE, null=True, blank=True, related_name="workflow_definitions")
    key = models.SlugField(max_length=60, help_text="The shipped playbook it came from")
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=400, blank=True)
    subject_type = models.CharField(
        max_length=80, help_text="Model label of what a run is about, e.g. talent.assignment"
    )
    trigger = models.CharField(max_length=80, blank=True, help_text="Event that starts a run; empty: none")
    button = models.CharField(max_length=60, blank=True, help_text="Label of the button on the subject's page")
    is_callable = models.BooleanField(default=False, help_text="May be started over the API")
    # Null: no schedule.
    next_run_at = models.DateTimeField(null=True, blank=True, help_text="When the schedule starts runs next")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_definition", program="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "program", "key"], nulls_distinct=False, name="workflows_definition_once"
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="workflows_definition_public"),
        ]
        indexes = [
            *tenant_indexes("workflows_definition", "program"),
            models.Index(
                fields=["tenant", "trigger"], condition=models.Q(is_active=True), name="workflows_definition_listens"
            ),
            # wf_scheduled asks across tenants.
            models.Index(
                fields=["next_run_at"],
                condition=models.Q(is_active=True, next_run_at__isnull=False),
                name="workflows_definition_due",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DefinitionVersion(TenantModel):
    """One published graph. Never changes (the web role may not update it): runs that began with it end with it."""

    definition = ref(Definition, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField(help_text="See workflows/graph.py and docs/workflows.md")
    note = models.CharField(max_length=300, blank=True, help_text="What is new in it")
    # Null: shipped with the program's pack.
    published_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_definitionversion", "published_by", definition="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "definition", "number"], name="workflows_version_number"),
        ]
        indexes = tenant_indexes("workflows_definitionversion", "published_by")

    def __str__(self) -> str:
        return f"{self.definition_id} v{self.number}"


class DefinitionDraft(TenantModel):
    """What somebody is building: the next version of a definition, saved as they go, run by nobody until published."""

    definition = ref(Definition, models.CASCADE, related_name="drafts")
    graph = models.JSONField()
    # Null: its editor has left.
    edited_by = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    edited_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_definitiondraft", definition="CASCADE", edited_by="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "definition"], name="workflows_draft_once"),
        ]
        indexes = tenant_indexes("workflows_definitiondraft", "edited_by")

    def __str__(self) -> str:
        return f"Draft of {self.definition_id}"
