"""The outbox: facts stored with the rows they speak of, and their delivery after commit."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints


class Event(TenantModel):
    """Something that happened, named `noun.verb` in the past tense."""

    audited = False

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80, help_text="Model label, e.g. talent.requisition")
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    actor = models.CharField(max_length=200, help_text="Who, and as whom, in words.")
    actor_membership_id = models.BigIntegerField(null=True, help_text="Null for automations and operators.")
    occurred_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = tenant_constraints("hub_event")
        indexes = [
            models.Index(fields=["tenant", "subject_type", "subject_id", "id"], name="hub_event_subject"),
            models.Index(fields=["tenant", "kind", "occurred_at"], name="hub_event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class Delivery(TenantModel):
    """One event for one asynchronous listener: at least once, in a few seconds, retried with back-off."""

    audited = False

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Given up"

    event = ref(Event, models.CASCADE, related_name="deliveries")
    listener = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            *tenant_constraints("hub_delivery", event="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "event", "listener"], name="hub_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_at"], condition=models.Q(state="waiting"), name="hub_delivery_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.listener}"
