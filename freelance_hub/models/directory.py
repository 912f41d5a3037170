"""What a company's directory (Entra ID, Okta) says about its employees, as it came in over SCIM."""

from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone

from freelance_hub.models.accounts import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints


class DirectoryPerson(TenantModel):
    """An employee whom the company's directory keeps. What it says stays here; accounts are shared between companies."""

    membership = ref(Membership, models.CASCADE, related_name="directory_people")
    user_name = models.CharField(max_length=254, help_text="By which the directory finds the person")
    external_id = models.CharField(max_length=254, blank=True)
    said = models.JSONField(default=dict, help_text="The attributes of SCIM as the directory gave them")
    has_made_account = models.BooleanField(default=False, help_text="The account came into being by the directory")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    audit_redact = ("user_name", "external_id", "said")
    audit_ignore = ("changed_at",)

    class Meta:
        constraints = [
            *tenant_constraints("hub_directoryperson", membership="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "membership"], name="hub_directoryperson_once"),
            models.UniqueConstraint("tenant", Lower("user_name"), name="hub_directoryperson_name"),
        ]

    def __str__(self) -> str:
        return self.user_name
