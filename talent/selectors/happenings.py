"""What happened to a thing, in words, from its stored events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from freelance_hub.models import Event

LIMIT = 50


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline. `note` is what somebody wrote: show it as text."""

    who: str
    words: str
    when: datetime
    icon: str = "circle-dot"
    tone: str = "neutral"
    note: str = ""


# kind: (words, tone); what is missing here is not shown.
WORDS: dict[str, tuple[str, str]] = {
    "freelancer.created": ("added this entry", "neutral"),
    "freelancer.updated": ("changed this entry", "neutral"),
    "freelancer.joined": ("linked the guest's account", "good"),
    "payout_account.changed": ("changed where to be paid", "warn"),
    "requisition.created": ("wrote this request", "neutral"),
    "requisition.updated": ("changed it", "neutral"),
    "requisition.submitted": ("sent it for approval", "busy"),
    "requisition.approved": ("approved it", "good"),
    "requisition.rejected": ("rejected it", "bad"),
    "requisition.returned": ("gave it back with what should change", "warn"),
    "requisition.held": ("put it on hold", "warn"),
    "requisition.reopened": ("opened it again", "busy"),
    "requisition.filled": ("filled it", "good"),
    "requisition.closed": ("closed it", "neutral"),
    "requisition.cancelled": ("cancelled it", "neutral"),
    "assignment.planned": ("agreed on this assignment", "neutral"),
    "assignment.onboarding_started": ("started the onboarding", "busy"),
    "assignment.workspace_attached": ("opened the workspace", "neutral"),
    "assignment.invited": ("invited the freelancer", "busy"),
    "assignment.activated": ("let the work begin", "good"),
    "assignment.suspended": ("suspended it", "warn"),
    "assignment.resumed": ("let it go on", "busy"),
    "assignment.ended": ("ended it", "warn"),
    "assignment.offboarding_started": ("started the off-boarding", "busy"),
    "assignment.access_ended": ("closed the guest's access", "neutral"),
    "assignment.closed": ("closed the file", "neutral"),
    "assignment.terms_changed": ("accepted new terms, in force from now on", "good"),
    "amendment.created": ("wrote this change of terms", "neutral"),
    "amendment.updated": ("changed it", "neutral"),
    "amendment.submitted": ("sent it for approval", "busy"),
    "amendment.offered": ("offered it to the freelancer", "busy"),
    "amendment.returned": ("gave it back with what should change", "warn"),
    "amendment.rejected": ("rejected it", "bad"),
    "amendment.agreed": ("accepted it; it is in force", "good"),
    "amendment.declined": ("declined it; what was agreed before stays", "bad"),
    "amendment.withdrawn": ("took it back", "neutral"),
    "deliverable.created": ("agreed on this", "neutral"),
    "deliverable.submitted": ("handed it in", "busy"),
    "deliverable.accepted": ("accepted it", "good"),
    "deliverable.returned": ("returned it", "warn"),
    "invoice.submitted": ("made the invoice from accepted work", "neutral"),
    "invoice.manager_approved": ("approved it as manager", "good"),
    "invoice.approved": ("released it for payment", "good"),
    "invoice.rejected": ("rejected it; its work can be invoiced again", "bad"),
    "invoice.paid": ("marked it as paid", "good"),
}
HAPPENING_ICONS = {
    "freelancer.created": "plus",
    "freelancer.updated": "pencil",
    "freelancer.joined": "log-in",
    "payout_account.changed": "landmark",
    "requisition.created": "plus",
    "requisition.updated": "pencil",
    "requisition.submitted": "send",
    "requisition.approved": "circle-check",
    "requisition.rejected": "circle-x",
    "requisition.returned": "undo-2",
    "requisition.held": "pause",
    "requisition.reopened": "play",
    "requisition.filled": "badge-check",
    "requisition.closed": "archive",
    "requisition.cancelled": "ban",
    "assignment.planned": "handshake",
    "assignment.onboarding_started": "play",
    "assignment.workspace_attached": "messages-square",
    "assignment.invited": "mail",
    "assignment.activated": "circle-check",
    "assignment.suspended": "pause",
    "assignment.resumed": "play",
    "assignment.ended": "log-out",
    "assignment.offboarding_started": "list-checks",
    "assignment.access_ended": "lock",
    "assignment.closed": "archive",
    "assignment.terms_changed": "file-check",
    "amendment.created": "plus",
    "amendment.updated": "pencil",
    "amendment.submitted": "send",
    "amendment.offered": "mail",
    "amendment.returned": "undo-2",
    "amendment.rejected": "circle-x",
    "amendment.agreed": "circle-check",
    "amendment.declined": "circle-x",
    "amendment.withdrawn": "undo-2",
    "deliverable.created": "handshake",
    "deliverable.submitted": "send",
    "deliverable.accepted": "circle-check",
    "deliverable.returned": "undo-2",
    "invoice.submitted": "receipt-text",
    "invoice.manager_approved": "check",
    "invoice.approved": "circle-check",
    "invoice.rejected": "circle-x",
    "invoice.paid": "wallet",
}


def happenings(thing: models.Model) -> list[Happening]:
    """The events of one thing, newest first; those without words are left out."""
    events = Event.objects.filter(subject_type=thing._meta.label_lower, subject_id=thing.pk, kind__in=WORDS)
    return [_happening(event) for event in events.order_by("-id")[:LIMIT]]


def _happening(event: Event) -> Happening:
    words, tone = WORDS[event.kind]
    payload: dict[str, Any] = event.payload
    return Happening(
        event.actor, words, event.occurred_at, HAPPENING_ICONS[event.kind], tone, str(payload.get("reason", ""))
    )
