"""Facts that several kinds of subject share."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet, Sum

from programs.models import Program
from programs.selectors import budget_left, current_budget
from talent.models import Assignment
from workflows.models import Run, Step


def is_refused(subject: models.Model) -> bool:
    """Whether an approver of an open run about it has said no, or asked for changes."""
    return _decided(subject).exclude(outcome="approved").exists()


def _decided(subject: models.Model) -> QuerySet[Step]:
    """Approvals that a person has ended; those that ended by themselves say nothing."""
    return Step.objects.filter(
        run__subject_type=subject._meta.label_lower,
        run__subject_id=subject.pk,
        run__state__in=Run.OPEN,
        kind=Step.Kind.APPROVAL,
        state=Step.State.DONE,
    ).exclude(outcome__in=("", "done"))


def fits_budget(program: Program, more: Decimal, currency: str) -> bool:
    """Whether `more` fits into what no assignment holds of the program's budget of today.

    True without a budget: there is nothing to exceed. False in another currency: nobody can say.
    """
    budget = current_budget(program)
    if budget is None:
        return True
    if currency != program.currency:
        return False
    held = Assignment.objects.filter(program=program, currency=program.currency)
    held = held.exclude(state__in=Assignment.OVER, activated_at=None)
    return more <= budget_left(budget, used=held.aggregate(sum=Sum("budget"))["sum"] or Decimal(0))


def without_open_run(rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    """Those about which no run of the definition of that key is open: a daily schedule starts no second one."""
    runs = Run.objects.filter(
        subject_type=rows.model._meta.label_lower,
        subject_id=OuterRef("pk"),
        state__in=Run.OPEN,
        version__definition__key=key,
    )
    return rows.filter(~Exists(runs))
