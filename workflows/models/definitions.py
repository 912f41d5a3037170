"""Definitions: what should happen, as data. A run follows one version for its whole life."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models import Program


class Definition(TenantModel):
    """A workflow of one program, started by an event or by hand."""

    program = ref(Program, models.CASCADE, related_name="workflow_definitions")
    key = models.SlugField(max_length=60, help_text="The shipped playbook it came from")
    title = models.CharField(max_length=120)
    subject_type = models.CharField(
        max_length=80, help_text="Model label of what a run is about, e.g. talent.assignment"
    )
    trigger = models.CharField(max_length=80, blank=True, help_text="Event that starts a run; empty: started by hand")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("workflows_definition", program="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "program", "key"], name="workflows_definition_once"),
        ]

    def __str__(self) -> str:
        return self.title


class DefinitionVersion(TenantModel):
    """One published graph. Never changes (the web role may not update it): runs that began with it end with it."""

    definition = ref(Definition, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField(help_text="See workflows/graph.py and docs/workflows.md")
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
