"""Give the demo a past: rows that the services made just now are moved back together, so that figures have a year.

Only the demo may do this; the audit log keeps both times.
"""

from datetime import timedelta

from django.db.models import DateTimeField, F
from django.db.models.functions import Cast
from django.utils import timezone

from talent.models import Assignment, Deliverable, Invoice, Requisition, TimeLine


def move_back(assignment: Assignment, *, days: int, fill: float, onboard: float, pay: float) -> None:
    """Move one assignment's story `days` into the past.

    `fill` days lie between the approval of its request and the offer, `onboard` between the offer and its first day,
    `pay` between an invoice and finance's approval.
    """
    shift = timedelta(days=days)
    Requisition.objects.filter(assignments=assignment).update(
        created_at=F("created_at") - shift - timedelta(days=fill + onboard + 2),
        submitted_at=F("submitted_at") - shift - timedelta(days=fill + onboard + 1.5),
        approved_at=F("approved_at") - shift - timedelta(days=fill + onboard),
        filled_at=F("filled_at") - shift,
    )
    Assignment.objects.filter(pk=assignment.pk).update(
        created_at=F("created_at") - shift - timedelta(days=onboard), activated_at=F("activated_at") - shift
    )
    rest = shift * 0.6
    Deliverable.objects.filter(assignment=assignment).update(
        created_at=F("created_at") - shift,
        first_submitted_at=F("first_submitted_at") - rest,
        submitted_at=F("submitted_at") - rest,
        decided_at=F("decided_at") - rest + timedelta(days=1),
    )
    next_day = Cast(F("worked_on"), DateTimeField()) + timedelta(days=1, hours=8)
    TimeLine.objects.filter(assignment=assignment, decided_at__isnull=False).update(
        submitted_at=next_day, decided_at=next_day + timedelta(days=1)
    )
    # Made on the Thursday after the last accepted day, which is a Wednesday (story.py): no invoice is older than its lines.
    age = timedelta(days=timezone.localdate().weekday() + 4)
    Invoice.objects.filter(assignment=assignment).update(
        created_at=F("created_at") - age,
        submitted_at=F("submitted_at") - age,
        manager_approved_at=F("manager_approved_at") - age + timedelta(days=pay / 2),
        approved_at=F("approved_at") - age + timedelta(days=pay),
        issued_on=F("issued_on") - age,
        due_on=F("due_on") - age,
    )
