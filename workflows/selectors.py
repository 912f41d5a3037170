"""Questions that several pages ask of runs and steps. Callers narrow the rows through `workflows.access` first."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.cache import cache
from django.db import models
from django.db.models import Prefetch, QuerySet, Sum

from programs.models import Program
from programs.selectors import budget_left, current_budget
from talent.models import Assignment
from workflows.engine.activation import PASSED_OVER
from workflows.models import Run, Step, StepEvent
from workflows.people import waiting_for, who_acts

__all__ = [
    "Checklist",
    "Line",
    "budget_left_of",
    "checklist_for",
    "checklist_of",
    "checklists_for",
    "history_of",
    "runs_about",
    "waiting_for",
    "with_steps",
]

State = Step.State
# As the component `step` names them.
LOOKS = {
    State.PENDING: "waiting",
    State.READY: "active",
    State.WAITING: "active",
    State.HELD: "waiting",
    State.RUNNING: "active",
    State.DONE: "done",
    State.SKIPPED: "skipped",
    State.FAILED: "failed",
    State.CANCELLED: "skipped",
    State.ATTENTION: "failed",
}


@dataclass(frozen=True)
class Line:
    """One line of a checklist. `who` acts, now or later; empty when it is over."""

    step: Step
    look: str
    who: str
    is_now: bool

    @property
    def is_answerable(self) -> bool:
        """Whether a person ends it by saying so; some tasks end by themselves when a fact comes true."""
        return self.step.state == State.WAITING and self.step.is_for_people and not self.step.ends_by_itself

    @property
    def note(self) -> str:
        """Who acts, or who did what, in a few words."""
        if self.step.decided_by:
            word = {"approved": "approved", "rejected": "rejected"}.get(self.step.outcome, "done")
            return f"{word} by {self.step.decided_by.user}"
        if self.step.kind == Step.Kind.DECISION and self.step.outcome:
            return self.step.outcome
        return self.who


@dataclass(frozen=True)
class Checklist:
    """The steps of one run as a person reads them: what is done, what is now, who acts."""

    run: Run
    lines: list[Line]

    @property
    def done(self) -> int:
        return sum(line.look in ("done", "refused") for line in self.lines)

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def now(self) -> list[Line]:
        return [line for line in self.lines if line.is_now]


def with_steps(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Runs with their steps, people and definition loaded: three queries."""
    steps = Step.objects.select_related("assignee__user", "decided_by__user").order_by("position", "pk")
    return runs.select_related("version__definition", "program").prefetch_related(Prefetch("steps", steps))


def checklist_of(run: Run) -> Checklist:
    """The checklist of a run loaded by `with_steps`. Steps on a way that was not taken are left out."""
    lines = []
    for step in run.steps.all():
        if step.outcome == PASSED_OVER:
            continue
        is_now = step.state in (State.READY, State.WAITING, State.RUNNING, State.ATTENTION)
        who = "" if step.state in Step.ENDED else who_acts(step)
        look = "refused" if step.outcome == "rejected" else LOOKS[State(step.state)]
        lines.append(Line(step, look, who, is_now))
    return Checklist(run, lines)


def runs_about(subject: models.Model) -> QuerySet[Run]:
    """Runs about one subject, newest first."""
    return Run.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).order_by("-pk")


def checklist_for(subject: models.Model) -> Checklist | None:
    """The checklist of the newest run about a subject; None when there is none."""
    run = with_steps(runs_about(subject)).first()
    return checklist_of(run) if run else None


def checklists_for(subjects: Iterable[models.Model]) -> dict[int, list[Checklist]]:
    """All checklists of several subjects of one kind by subject id, newest first: four queries."""
    subjects = list(subjects)
    found: dict[int, list[Checklist]] = {}
    if not subjects:
        return found
    runs = Run.objects.filter(subject_type=subjects[0]._meta.label_lower, subject_id__in=[s.pk for s in subjects])
    for run in with_steps(runs).order_by("-pk"):
        found.setdefault(run.subject_id, []).append(checklist_of(run))
    return found


def history_of(run: Run) -> QuerySet[StepEvent]:
    """What happened in a run, newest first."""
    return StepEvent.objects.filter(run=run).select_related("step").order_by("-pk")


def budget_left_of(program: Program) -> Decimal | None:
    """What of a program's budget of today no assignment holds, in its currency; None without a budget.

    An assignment that was over before it began holds nothing. Summed at most once a minute: it is a hint to who decides.
    """
    budget = current_budget(program)
    if budget is None:
        return None

    def held() -> Decimal:
        assignments = Assignment.objects.filter(program=program, currency=program.currency)
        assignments = assignments.exclude(state__in=Assignment.OVER, activated_at=None)
        total: Decimal | None = assignments.aggregate(total=Sum("budget"))["total"]
        return total or Decimal(0)

    used = cache.get_or_set(f"workflows:held:{program.tenant_id}:{program.pk}", held, 60)
    return budget_left(budget, used=used or Decimal(0))
