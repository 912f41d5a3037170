"""What people are told, in the app and by mail."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models.accounts import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints


class Notification(TenantModel):
    """One thing that one person is told. The link is checked again when it is opened."""

    audited = False

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    membership = ref(Membership, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60, help_text="An entry of the notification registry")
    title = models.CharField(max_length=200)
    body = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=300, blank=True, help_text="Path within the application")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    read_at = models.DateTimeField(null=True)
    # Null while it has not been mailed: also for those whose person wants no mail (then `mail` is never).
    mailed_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=10, default="now", help_text="now, daily or never, decided when it was made")
    dedupe_key = models.CharField(max_length=120, blank=True, help_text="The same key tells a person only once.")

    class Meta:
        constraints = [
            *tenant_constraints("hub_notification", membership="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "membership", "dedupe_key"],
                condition=~models.Q(dedupe_key=""),
                name="hub_notification_once",
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="hub_notification_public"),
        ]
        indexes = [
            models.Index(fields=["tenant", "membership", "-created_at", "id"], name="hub_notification_recent"),
            models.Index(
                fields=["tenant", "membership"], condition=models.Q(read_at=None), name="hub_notification_unread"
            ),
            models.Index(
                fields=["tenant", "mail", "id"], condition=models.Q(mailed_at=None), name="hub_notification_unmailed"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationPreference(TenantModel):
    """How one person wants to hear of one kind. No row: the kind's own default."""

    class Mail(models.TextChoices):
        NOW = "now", "At once"
        DAILY = "daily", "In a daily digest"
        NEVER = "never", "Not by mail"

    membership = ref(Membership, models.CASCADE, related_name="notification_preferences")
    kind = models.CharField(max_length=60)
    in_app = models.BooleanField(default=True)
    mail = models.CharField(max_length=10, choices=Mail, default=Mail.NOW)

    class Meta:
        constraints = [
            *tenant_constraints("hub_notificationpreference", membership="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "membership", "kind"], name="hub_notificationpref_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"
