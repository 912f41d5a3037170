"""API tokens and the answers kept for repeated requests."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models.accounts import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes


class ApiToken(TenantModel):
    """A token of a person, or of an integration (then `membership` is the one answerable for it)."""

    class Kind(models.TextChoices):
        PERSON = "person", "Personal"
        INTEGRATION = "integration", "Integration"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PERSON)
    membership = ref(Membership, models.CASCADE, related_name="api_tokens")
    token_hash = models.CharField(max_length=64)
    prefix = models.CharField(max_length=16, help_text="First characters, to recognise it by.")
    scopes = ArrayField(
        models.CharField(max_length=60), default=list, help_text="Capabilities; never more than the person has."
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    audit_redact = ("token_hash",)
    audit_ignore = ("last_used_at",)

    class Meta:
        constraints = [
            *tenant_constraints("hub_apitoken", membership="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="hub_apitoken_hash"),
        ]
        indexes = tenant_indexes("hub_apitoken", "membership")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyKey(TenantModel):
    """The stored answer to a POST with an Idempotency-Key: the same request gets the same answer for a day."""

    audited = False

    token = ref(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, help_text="Null while the first request is still running.")
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("hub_idempotencykey", token="CASCADE"),  # noqa: S106  a table reference, no secret
            models.UniqueConstraint(fields=["tenant", "token", "key"], name="hub_idempotencykey_once"),
        ]

    def __str__(self) -> str:
        return self.key
