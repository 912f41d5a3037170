"""How fast a need becomes a working person."""

from typing import Any

from django.db.models import F, QuerySet

from analytics.kpis.base import BETTER, KPI, Unit, days_between, register
from talent.models import Assignment


def _filled() -> QuerySet[Any]:
    """Assignments that came from an approved requisition; the offer is accepted when the assignment is made."""
    return Assignment.objects.filter(requisition__approved_at__isnull=False).annotate(
        fact_at=F("created_at"),
        fact_value=days_between("requisition__approved_at", "created_at"),
        fact_program=F("program_id"),
    )


def _onboarded() -> QuerySet[Any]:
    """Assignments that went live: all mandatory steps done and access open."""
    return Assignment.objects.filter(activated_at__isnull=False).annotate(
        fact_at=F("activated_at"),
        fact_value=days_between("created_at", "activated_at"),
        fact_program=F("program_id"),
    )


time_to_fill = register(
    KPI(
        key="time_to_fill",
        label="Time to fill",
        question="How long from an approved request to an accepted offer?",
        formula="offer accepted − requisition approved, calendar days, median",
        unit=Unit.DAYS,
        better=BETTER.LOW,
        sources={"talent.assignment": _filled},
    )
)
time_to_onboard = register(
    KPI(
        key="time_to_onboard",
        label="Time to onboard",
        question="How long from an accepted offer until the person can work?",
        formula="all onboarding steps done and access live − offer accepted, calendar days, median",
        unit=Unit.DAYS,
        better=BETTER.LOW,
        sources={"talent.assignment": _onboarded},
    )
)
