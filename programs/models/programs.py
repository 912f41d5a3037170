"""Programs and what is left to do before they go live."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property

from freelance_hub.models import LegalEntity, Membership, MembershipRole, OrgUnit
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes


class Program(TenantModel):
    """A managed freelance initiative, launched from a template pack."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being set up"
        LIVE = "live", "Live"
        CLOSED = "closed", "Closed"

    number = models.PositiveIntegerField(help_text="PRG-<number>")
    name = models.CharField(max_length=120)
    purpose = models.TextField(blank=True)
    pack_key = models.SlugField(max_length=60)
    pack_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    owner = ref(Membership, models.PROTECT, related_name="programs_owned")
    legal_entity = ref(LegalEntity, models.PROTECT, related_name="programs")
    # Null: cost is carried by each requisition's own unit.
    org_unit = ref(OrgUnit, models.PROTECT, null=True, blank=True, related_name="programs")
    currency = models.CharField(max_length=3)
    settings = models.JSONField(default=dict, help_text="Answers of the launch wizard: approval limits and the like")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    live_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            *tenant_constraints("programs_program", "owner", "legal_entity", "org_unit"),
            models.UniqueConstraint(fields=["tenant", "number"], name="programs_program_number"),
            models.UniqueConstraint(fields=["tenant", "name"], name="programs_program_name"),
        ]
        indexes = tenant_indexes("programs_program", "owner", "legal_entity", "org_unit")

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        return f"PRG-{self.number}"

    @cached_property
    def periods(self) -> list[Any]:
        """Its budgets, the latest period first. One query for all who ask this instance; who may see them, `access` says."""
        return list(self.budgets.order_by("-starts_on"))

    @cached_property
    def role_links(self) -> list[MembershipRole]:
        """The roles that active employees have in this program, by person. One query for all who ask this instance."""
        everywhere_or_here = Q(program_ids=[]) | Q(program_ids__contains=[self.pk])
        links = MembershipRole.objects.filter(
            everywhere_or_here,
            membership__state=Membership.State.ACTIVE,
            membership__kind=Membership.Kind.STAFF,
            role__is_guest=False,
        )
        return list(
            links.select_related("role", "membership__user").order_by(
                "membership__user__name", "membership_id", "role__name"
            )
        )


class LaunchItem(TenantModel):
    """One line of the launch checklist. Items with a `check` tick themselves when the fact is there."""

    program = ref(Program, models.CASCADE, related_name="launch_items")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    help = models.CharField(max_length=400, blank=True)
    position = models.PositiveSmallIntegerField()
    route = models.CharField(max_length=60, blank=True, help_text="Name of the page where it is done")
    is_required = models.BooleanField(default=True, help_text="Must be done before the program goes live")
    check_key = models.CharField(max_length=60, blank=True, help_text="A registered check; empty: ticked by a person")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="+")

    # Not stored: what the registered check says today (`launch_checks.answered`).
    is_automatic: bool = False
    is_done: bool = False
    note: str = ""

    class Meta:
        constraints = [
            *tenant_constraints("programs_launchitem", program="CASCADE", done_by="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "program", "key"], name="programs_launchitem_once"),
        ]
        indexes = tenant_indexes("programs_launchitem", "done_by")

    def __str__(self) -> str:
        return self.title
