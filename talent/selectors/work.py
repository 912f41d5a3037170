"""Reads of time and deliverables, shared by pages, API and figures."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils.text import Truncator

from freelance_hub.access import Actor
from freelance_hub.permissions import Capability
from talent.access import visible_deliverables, visible_time_lines
from talent.models import Assignment, Deliverable, TimeLine
from talent.models.work import WorkState

NOTHING = Decimal("0.00")


def short(title: str) -> str:
    """A title as a column of a list can hold it."""
    return Truncator(title).chars(60)


def shows_amounts(actor: Actor) -> bool:
    """Whether lists of work show what it costs: with rate.see, to guests (their own), to who sees only what they manage."""
    return actor.is_guest or actor.can(Capability.RATE_SEE) or not actor.can(Capability.ASSIGNMENT_SEE_ALL)


def time_rows(actor: Actor) -> QuerySet[TimeLine]:
    """Time lines as lists show them."""
    return visible_time_lines(actor).select_related("assignment__freelancer")


def deliverable_rows(actor: Actor) -> QuerySet[Deliverable]:
    """Deliverables as lists show them."""
    return visible_deliverables(actor).select_related("assignment__freelancer")


def waiting_deliverables(actor: Actor) -> QuerySet[Deliverable]:
    """Deliverables that wait for acceptance, those due first first."""
    return deliverable_rows(actor).filter(state=WorkState.SUBMITTED).order_by("due_on", "pk")


def week_lines(assignment: Assignment, days: list[date], *, actor: Actor) -> dict[date, TimeLine]:
    """The lines of some days that the actor may see, by date."""
    lines = (
        visible_time_lines(actor).filter(assignment=assignment, worked_on__in=days).select_related("decided_by__user")
    )
    return {line.worked_on: line for line in lines}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the work of an assignment stands, in its currency."""

    waiting: Decimal
    to_invoice: Decimal
    invoiced: Decimal
    lines_waiting: int

    @property
    def accepted(self) -> Decimal:
        return self.to_invoice + self.invoiced


def standing_of(assignment: Assignment) -> Standing:
    """Sums of an assignment's time and milestones by what became of them. One query."""
    time, milestones = (
        model.objects.filter(assignment=assignment).order_by().values_list("state").annotate(Sum("amount"), Count("pk"))
        for model in (TimeLine, Deliverable)
    )
    amounts: dict[str, Decimal] = {}
    lines_waiting = 0
    for state, amount, lines in time.union(milestones, all=True):
        amounts[state] = amounts.get(state, NOTHING) + (amount or NOTHING)
        if state == WorkState.SUBMITTED:
            lines_waiting += lines
    return Standing(
        waiting=amounts.get(WorkState.SUBMITTED, NOTHING),
        to_invoice=amounts.get(WorkState.ACCEPTED, NOTHING),
        invoiced=amounts.get(WorkState.INVOICED, NOTHING) + amounts.get(WorkState.PAID, NOTHING),
        lines_waiting=lines_waiting,
    )
