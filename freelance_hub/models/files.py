"""Uploaded files: kept outside the web root, served only through the access function of what they belong to."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models.accounts import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes


class StoredFile(TenantModel):
    """One uploaded or generated file and what it belongs to (`owner_kind` names an entry of the file registry)."""

    class Scan(models.TextChoices):
        NOT_SCANNED = "not_scanned", "Not scanned for viruses"
        CLEAN = "clean", "Scanned, clean"
        INFECTED = "infected", "Infected, locked"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField(help_text="Bytes")
    sha256 = models.CharField(max_length=64)
    storage_name = models.CharField(max_length=200, help_text="Random; never the name that was uploaded.")
    scan = models.CharField(max_length=20, choices=Scan, default=Scan.NOT_SCANNED)
    owner_kind = models.CharField(max_length=60)
    owner_id = models.BigIntegerField()
    # Null for files that the application made itself.
    uploaded_by = ref(Membership, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("hub_storedfile", "uploaded_by"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="hub_storedfile_public"),
        ]
        indexes = [
            *tenant_indexes("hub_storedfile", "uploaded_by"),
            models.Index(fields=["tenant", "owner_kind", "owner_id"], name="hub_storedfile_owner"),
        ]

    def __str__(self) -> str:
        return self.name
