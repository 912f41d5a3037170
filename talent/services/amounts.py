"""Sums of work: amounts of lines, and what of an assignment's budget is spoken for."""

from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from freelance_hub.errors import Refusal
from freelance_hub.formats import money_text
from talent.models import Assignment, Deliverable, TimeLine
from talent.models.work import WorkState

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
# Work that the budget pays for, or will once it is accepted. Returned work counts again when it is handed in again.
COUNTED = (WorkState.SUBMITTED, WorkState.ACCEPTED, WorkState.INVOICED, WorkState.PAID)


def line_amount(quantity: Decimal, rate: Decimal) -> Decimal:
    """Quantity × rate in cents, half a cent up. An invoice adds up lines, so no cent is lost between them."""
    return (quantity * rate).quantize(CENT, ROUND_HALF_UP)


def committed(assignment: Assignment, *, without_lines: Collection[int] = ()) -> Decimal:
    """What of the budget is spoken for, in the assignment's currency: time handed in, and every agreed milestone."""
    lines = TimeLine.objects.filter(assignment=assignment, state__in=COUNTED).exclude(pk__in=without_lines)
    milestones = Deliverable.objects.filter(assignment=assignment, amount__isnull=False)
    return (lines.aggregate(sum=Sum("amount"))["sum"] or NOTHING) + (
        milestones.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    )


def refuse_above_budget(assignment: Assignment, *, more: Decimal, without_lines: Collection[int] = ()) -> None:
    """Nothing while `more` fits into the budget; raises Refusal that says by how much it does not.

    Call it with the assignment's row locked, or two people could use the same rest.
    """
    rest = assignment.budget - committed(assignment, without_lines=without_lines)
    if more <= rest:
        return
    over, left = money_text(more - rest, assignment.currency), money_text(max(rest, NOTHING), assignment.currency)
    raise Refusal(
        f"This is {over} above the budget of {assignment.ref}: {left} of it is left.",
        remedy="Ask the manager of the assignment for a larger budget, or hand in less.",
        code="budget_exceeded",
    )
