"""How well the work arrives."""

from typing import Any

from django.db.models import Case, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils import timezone

from analytics.kpis.base import BETTER, KPI, Unit, register
from talent.models import Deliverable
from talent.models.work import WorkState


def _due() -> QuerySet[Any]:
    """Deliverables that were handed in, or should have been by today."""
    today = timezone.localdate()
    return (
        Deliverable.objects.filter(due_on__isnull=False)
        .filter(Q(first_submitted_at__isnull=False) | Q(due_on__lt=today))
        .annotate(submitted_on=TruncDate("first_submitted_at"))
        .annotate(
            fact_at=Coalesce(F("submitted_on"), Cast(F("due_on"), DateField())),
            fact_value=Case(When(submitted_on__lte=F("due_on"), then=Value(1.0)), default=Value(0.0)),
            fact_program=F("assignment__program_id"),
        )
    )


def _decided() -> QuerySet[Any]:
    """Deliverables that were accepted, or are back with the freelancer."""
    accepted = (WorkState.ACCEPTED, WorkState.INVOICED, WorkState.PAID)
    return Deliverable.objects.filter(
        Q(state__in=accepted) | Q(returned_count__gt=0), decided_at__isnull=False
    ).annotate(
        fact_at=F("decided_at"),
        fact_value=Case(When(returned_count=0, then=Value(1.0)), default=Value(0.0)),
        fact_program=F("assignment__program_id"),
    )


on_time_delivery = register(
    KPI(
        key="on_time_delivery",
        label="On-time delivery",
        question="How much arrives when it was promised?",
        formula="deliverables first handed in by their due date ÷ deliverables due",
        unit=Unit.RATE,
        better=BETTER.HIGH,
        sources={"talent.deliverable": _due},
    )
)
first_pass_acceptance = register(
    KPI(
        key="first_pass_acceptance",
        label="First-pass acceptance",
        question="How much is right the first time?",
        formula="deliverables accepted without rework ÷ deliverables decided",
        unit=Unit.RATE,
        better=BETTER.HIGH,
        sources={"talent.deliverable": _decided},
    )
)
