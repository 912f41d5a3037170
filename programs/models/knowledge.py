"""Knowledge pages: how this company works with freelancers."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from programs.models.programs import Program


class KnowledgePage(TenantModel):
    """One page, in Markdown; its text lives in versions that never change."""

    # Null: a page of the whole company.
    program = ref(Program, models.CASCADE, null=True, blank=True, related_name="pages")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    required_roles = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, help_text="Must have read it"
    )
    review_on = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    owner = ref(Membership, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("programs_knowledgepage", "owner", program="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "slug"], name="programs_knowledgepage_slug"),
        ]
        indexes = tenant_indexes("programs_knowledgepage", "owner", "program")

    def __str__(self) -> str:
        return self.title


class PageVersion(TenantModel):
    """The text of a page at one time. Never changed: migration 0002 takes the right to UPDATE from the application."""

    audited = False

    page = ref(KnowledgePage, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField(help_text="Markdown")
    author = ref(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("programs_pageversion", "author", page="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "page", "number"], name="programs_pageversion_once"),
        ]
        indexes = tenant_indexes("programs_pageversion", "author")

    def __str__(self) -> str:
        return f"{self.page_id} v{self.number}"


class PageRead(TenantModel):
    """A person says they have read a version of a page."""

    page = ref(KnowledgePage, models.CASCADE, related_name="reads")
    membership = ref(Membership, models.CASCADE, related_name="page_reads")
    version = models.PositiveIntegerField()
    read_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("programs_pageread", page="CASCADE", membership="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "page", "membership", "version"], name="programs_pageread_once"),
        ]
        indexes = tenant_indexes("programs_pageread", "membership")

    def __str__(self) -> str:
        return f"{self.membership_id} read {self.page_id} v{self.version}"
