"""Figures about runs: how many, how long, what is late, what fails, what stands still. Callers say which runs they may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import TruncDate
from django.utils import timezone

from freelance_hub.charts import Bars
from freelance_hub.formats import day_text
from workflows import wording
from workflows.engine import clock
from workflows.masking import mask_text
from workflows.models import Run, Step, StepEvent

State = Step.State
DAYS, CHART_DAYS = 30, 14
SHOWN = 50
STUCK = (State.READY, State.ATTENTION)


class Percentile(Aggregate):
    """`percentile_cont` of a duration; Postgres interpolates between rows."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field: Any = DurationField()

    def __init__(self, expression: Any, *, share: float) -> None:
        super().__init__(expression, share=share)


@dataclass(frozen=True)
class StepTime:
    """How long one step of one workflow takes, from its beginning to its end, of those that ended in the window."""

    definition: str
    step: str
    kind: str
    number: int
    median: timedelta
    p90: timedelta


@dataclass(frozen=True)
class ActionFailures:
    """Failed attempts of one action, and how many of its steps ended up with a person."""

    action: str
    title: str
    attempts: int
    given_up: int
    last: datetime
    error: str


def throughput(runs: QuerySet[Run], *, days: int = CHART_DAYS) -> Bars:
    """Runs that ended on each of the last days, well or otherwise. One query."""
    today = timezone.localdate()
    span = [today - timedelta(days=days - 1 - number) for number in range(days)]
    is_done = Q(state=Run.State.DONE)
    rows = runs.filter(finished_at__date__gte=span[0]).order_by().annotate(day=TruncDate("finished_at")).values("day")
    counted = {
        row["day"]: (row["well"], row["otherwise"])
        for row in rows.annotate(well=Count("pk", filter=is_done), otherwise=Count("pk", filter=~is_done))
    }
    figures = [counted.get(day, (0, 0)) for day in span]
    return Bars(
        title="Workflows that ended, per day",
        summary=f"{sum(map(sum, figures))} ended in {days} days.",
        labels=[day_text(day, today=today) for day in span],
        series={"Done": [well for well, _ in figures], "Cancelled or undone": [other for _, other in figures]},
        unit="workflows",
    )


def figures(runs: QuerySet[Run], *, days: int = DAYS) -> dict[str, int]:
    """How many are on the way, and how many began and ended in the last days. One query."""
    since = clock.after(timedelta(days=-days))
    found = runs.aggregate(
        on_the_way=Count("pk", filter=Q(state__in=Run.OPEN)),
        began=Count("pk", filter=Q(started_at__gte=since)),
        ended=Count("pk", filter=Q(finished_at__gte=since)),
    )
    return {name: number or 0 for name, number in found.items()}


def times_in_steps(runs: QuerySet[Run], *, days: int = DAYS) -> list[StepTime]:
    """Median and ninth decile of each step that ended in the last days, slowest first. One query."""
    began = StepEvent.objects.filter(step=OuterRef("pk"), old_state=State.PENDING).order_by("pk").values("at")[:1]
    ended = Step.objects.filter(
        run__in=runs, state=State.DONE, since__gte=clock.after(timedelta(days=-days)), compensates=None
    )
    took = ExpressionWrapper(F("since") - Subquery(began), output_field=DurationField())
    rows = (
        ended.annotate(took=took)
        .filter(took__isnull=False)
        .order_by()
        .values("run__version__definition", "run__version__definition__title", "key", "title", "kind")
        .annotate(number=Count("pk"), median=Percentile("took", share=0.5), p90=Percentile("took", share=0.9))
        .order_by("-p90", "key")[:SHOWN]
    )
    return [
        StepTime(
            row["run__version__definition__title"],
            row["title"],
            wording.KIND_WORDS.get(row["kind"], row["kind"]),
            row["number"],
            row["median"],
            row["p90"],
        )
        for row in rows
    ]


def overdue(runs: QuerySet[Run]) -> QuerySet[Step]:
    """What people should have answered by now, latest first."""
    return (
        Step.objects.filter(run__in=runs, run__state__in=Run.OPEN, state=State.WAITING, due_at__lt=clock.Now())
        .select_related("run__program", "run__version__definition", "assignee__user")
        .order_by("due_at", "pk")
    )


def failures(runs: QuerySet[Run], *, days: int = DAYS) -> list[ActionFailures]:
    """Attempts that failed in the last days by action, most first. Two queries."""
    failed = StepEvent.objects.filter(
        run__in=runs,
        at__gte=clock.after(timedelta(days=-days)),
        old_state=State.RUNNING,
        new_state__in=(State.READY, State.ATTENTION, State.FAILED),
    ).exclude(step__action="")
    given_up = Q(new_state__in=(State.ATTENTION, State.FAILED))
    rows = failed.order_by().values("step__action").annotate(number=Count("pk"), lost=Count("pk", filter=given_up))
    most = list(rows.order_by("-number", "step__action")[:SHOWN])
    newest = {
        event.step.action: event
        for event in failed.filter(step__action__in=[row["step__action"] for row in most])
        .order_by("step__action", "-pk")
        .distinct("step__action")
        .select_related("step")
    }
    return [
        ActionFailures(
            row["step__action"],
            wording.action(row["step__action"]),
            row["number"],
            row["lost"],
            newest[row["step__action"]].at,
            mask_text(newest[row["step__action"]].detail),
        )
        for row in most
    ]


def stuck(runs: QuerySet[Run], *, hours: float | None = None) -> QuerySet[Run]:
    """Open runs that stand still: a step is queued or needs a person and nothing has moved for so many hours, or somebody is
    late by as many hours after their term. Paused runs stand still on purpose."""
    hours = settings.WORKFLOW_STUCK_HOURS if hours is None else hours
    since = clock.after(timedelta(hours=-hours))
    steps = Step.objects.filter(run=OuterRef("pk"))
    halted = Exists(steps.filter(state__in=STUCK)) & ~Exists(steps.filter(since__gt=since))
    # A retry that lies ahead is a pause, not a halt.
    pausing = Exists(steps.filter(state=State.READY, run_at__gt=clock.Now()))
    forgotten = Exists(steps.filter(state=State.WAITING, due_at__lt=since))
    return runs.filter((Q(halted) & ~Q(pausing)) | Q(forgotten), state__in=(Run.State.RUNNING, Run.State.COMPENSATING))
