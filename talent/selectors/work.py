"""Reads of time and deliverables, shared by pages, API and figures."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
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
    """Sums of an assignment's time and milestones by what became of them. Two queries."""
    paid = Q(state__in=(WorkState.INVOICED, WorkState.PAID))
    sums = {
        "waiting": Sum("amount", filter=Q(state=WorkState.SUBMITTED)),
        "to_invoice": Sum("amount", filter=Q(state=WorkState.ACCEPTED)),
        "invoiced": Sum("amount", filter=paid),
    }
    count = Count("pk", filter=Q(state=WorkState.SUBMITTED))
    time = TimeLine.objects.filter(assignment=assignment).aggregate(**sums, lines=count)
    milestones = Deliverable.objects.filter(assignment=assignment).aggregate(**sums, lines=count)
    sum_of = {key: (time[key] or NOTHING) + (milestones[key] or NOTHING) for key in sums}
    return Standing(
        waiting=sum_of["waiting"],
        to_invoice=sum_of["to_invoice"],
        invoiced=sum_of["invoiced"],
        lines_waiting=time["lines"] + milestones["lines"],
    )
