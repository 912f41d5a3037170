"""A company's own sign-in (OpenID Connect)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from freelance_hub.tenancy.models import TenantModel, tenant_constraints


class IdentityProvider(TenantModel):
    """An OpenID Connect provider of one company. People of its proved domains may sign in through it."""

    name = models.CharField(max_length=100, help_text="Stands on the button: Sign in with …")
    issuer = models.URLField(help_text="https://…; its /.well-known/openid-configuration is read from there.")
    client_id = models.CharField(max_length=200)
    client_secret = models.TextField(blank=True, help_text="Stored encrypted; never shown again.")
    domains = ArrayField(
        models.CharField(max_length=253), default=list, help_text="Mail domains that the company has proved."
    )
    is_enabled = models.BooleanField(default=True)

    audit_redact = ("client_secret",)

    class Meta:
        constraints = [
            *tenant_constraints("hub_identityprovider"),
            models.UniqueConstraint(fields=["tenant"], name="hub_identityprovider_one"),
        ]

    def __str__(self) -> str:
        return self.name
