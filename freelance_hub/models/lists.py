"""Saved views of the list page."""

import uuid

from django.db import models

from freelance_hub.models.accounts import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints


class SavedView(TenantModel):
    """A person's named filter and sort of one list."""

    audited = False

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    membership = ref(Membership, models.CASCADE, related_name="saved_views")
    list_key = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, help_text="The query string, without cursor")

    class Meta:
        constraints = [
            *tenant_constraints("hub_savedview", membership="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "membership", "list_key", "name"], name="hub_savedview_name"),
        ]

    def __str__(self) -> str:
        return self.name
