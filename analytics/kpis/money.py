"""What it costs, and how fast people are paid."""

from typing import Any

from django.db.models import F, QuerySet

from analytics.kpis.base import BETTER, KPI, Unit, days_between, register
from talent.models import Deliverable, Invoice, TimeLine
from talent.models.work import WorkState

ACCEPTED = (WorkState.ACCEPTED, WorkState.INVOICED, WorkState.PAID)


def _accepted_time() -> QuerySet[Any]:
    """Accepted time, in the program's own currency."""
    return TimeLine.objects.filter(state__in=ACCEPTED, currency=F("assignment__program__currency")).annotate(
        fact_at=F("worked_on"), fact_value=F("amount"), fact_program=F("assignment__program_id")
    )


def _accepted_deliverables() -> QuerySet[Any]:
    """Accepted deliverables that have a price of their own, in the program's own currency."""
    return Deliverable.objects.filter(
        state__in=ACCEPTED, amount__isnull=False, currency=F("assignment__program__currency")
    ).annotate(fact_at=F("decided_at"), fact_value=F("amount"), fact_program=F("assignment__program_id"))


def _approved() -> QuerySet[Any]:
    return Invoice.objects.filter(approved_at__isnull=False, submitted_at__isnull=False).annotate(
        fact_at=F("approved_at"),
        fact_value=days_between("submitted_at", "approved_at"),
        fact_program=F("assignment__program_id"),
    )


budget_burn = register(
    KPI(
        key="budget_burn",
        label="Budget burn",
        question="How much of the budget is used?",
        formula="accepted work ÷ budget of the period",
        unit=Unit.SHARE_OF_BUDGET,
        better=BETTER.LOW,
        sources={"talent.timeline": _accepted_time, "talent.deliverable": _accepted_deliverables},
    )
)
invoice_cycle_time = register(
    KPI(
        key="invoice_cycle_time",
        label="Invoice cycle time",
        question="How long does a freelancer wait until finance says yes?",
        formula="invoice approved by finance − invoice received, calendar days, median",
        unit=Unit.DAYS,
        better=BETTER.LOW,
        sources={"talent.invoice": _approved},
    )
)
