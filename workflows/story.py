"""A run as its page tells it: the picture with live states, who is waited for, and what each attempt got and gave."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.safestring import SafeString

from freelance_hub import presentation
from workflows import people, picture, whom, wording
from workflows.engine.activation import PASSED_OVER
from workflows.masking import mask, mask_text
from workflows.models import Edge, Effect, Run, Step, StepEvent
from workflows.picture import KIND_ICONS, Arrow, Node
from workflows.whom import Asked

State = Step.State
NOW = (State.READY, State.WAITING, State.HELD, State.RUNNING, State.ATTENTION)
FADED = (State.PENDING, State.SKIPPED, State.CANCELLED)
NAMED = 4  # people named of those who may answer
INPUTS = ("params", "condition", "until", "delay_hours", "workflow", "fields")
OUTCOMES = {"approved": "Approved", "rejected": "Rejected", "changes": "Changes asked", "timed_out": "Out of time"}


@dataclass(frozen=True)
class Attempt:
    """One try of a worker. `state` is what it ended in, empty while it runs; `words` is its error or remark, masked."""

    number: int
    began: datetime
    ended: datetime | None
    state: str
    words: str

    @property
    def took(self) -> str:
        """How long it took; empty while it runs."""
        return wording.span(self.ended - self.began) if self.ended else ""


@dataclass(frozen=True, kw_only=True)
class StepStory:
    """Everything about one step. Input, output and effects are texts in which secrets are masked."""

    step: Step
    look: presentation.Look
    note: str
    asked: list[str]
    more_asked: int
    attempts: list[Attempt]
    input: str
    output: str
    error: str
    effects: list[tuple[str, str, str]]  # provider, state in words, answer
    sub_runs: list[Run]
    answers: list[Any] = field(default_factory=list)  # decisions, newest first

    @property
    def is_now(self) -> bool:
        return self.step.state in NOW

    @property
    def is_passed_over(self) -> bool:
        return self.step.outcome == PASSED_OVER

    @property
    def is_late(self) -> bool:
        return self.step.escalated_at is not None and self.step.state == State.WAITING

    @property
    def is_skippable(self) -> bool:
        """Approvals are decided and decisions follow facts: neither is passed by."""
        return self.step.state in (State.READY, State.WAITING, State.HELD) and self.step.kind not in (
            Step.Kind.APPROVAL,
            Step.Kind.DECISION,
        )

    @property
    def is_pausing(self) -> bool:
        """Whether it waits for its next attempt."""
        return self.step.state == State.READY and self.step.run_at is not None

    @property
    def icon(self) -> str:
        return KIND_ICONS.get(self.step.kind, "circle-dot")

    @property
    def kind(self) -> str:
        return wording.KIND_WORDS.get(self.step.kind, self.step.kind)


@dataclass(frozen=True)
class Story:
    """One run. `mark` changes whenever anything of it has moved."""

    run: Run
    steps: list[StepStory]
    arrows: list[Arrow]
    mark: str

    @property
    def now(self) -> list[StepStory]:
        return [told for told in self.steps if told.is_now]

    @property
    def done(self) -> int:
        return sum(told.step.state == State.DONE for told in self.on_the_way)

    @property
    def on_the_way(self) -> list[StepStory]:
        return [told for told in self.steps if not told.is_passed_over]

    def picture(self, chosen: str = "") -> SafeString:
        """The graph; each step leads to what the page tells about it."""
        nodes = [_node(told, is_chosen=told.step.key == chosen) for told in self.steps]
        return picture.draw(nodes, self.arrows, label=f"Steps of {self.run.title} as a picture")


def mark_of(run: Run) -> str:
    """Changes with every transition of a step and of the run. One query."""
    last = StepEvent.objects.filter(run=run).order_by("-pk").values_list("pk", flat=True).first()
    return f"{last or 0}-{run.state}"


def story_of(run: Run, *, runs: QuerySet[Run], mark: str) -> Story:
    """Tell a run. `runs`: those the reader may see, for links to parts of it.

    The number of queries does not grow with its steps, only with the capabilities that waiting steps ask for.
    """
    steps = list(
        Step.objects.filter(run=run)
        .select_related("assignee__user", "decided_by__user", "escalated_to__user", "compensates")
        .prefetch_related(
            Prefetch("effects", Effect.objects.order_by("pk")),
            Prefetch("sub_runs", runs.select_related("version__definition").order_by("pk")),
            "decisions__decided_by__user",
            "decisions__in_place_of__user",
            "asks",
        )
        .order_by("position", "pk")
    )
    events: dict[int, list[StepEvent]] = defaultdict(list)
    for event in StepEvent.objects.filter(run=run).order_by("pk"):
        events[event.step_id].append(event)
    asked = _asked(run, steps)
    told = [_tell(step, events[step.pk], asked.get(step.pk, [])) for step in steps]
    return Story(run, told, _arrows(steps), mark)


def _tell(step: Step, events: list[StepEvent], names: list[str]) -> StepStory:
    look = presentation.look(step.outcome if step.outcome in OUTCOMES else step.state, "step")
    answers = sorted(step.decisions.all(), key=lambda decision: decision.pk, reverse=True)
    given = {name: step.params[name] for name in INPUTS if step.params.get(name) not in (None, "", {}, [])}
    return StepStory(
        step=step,
        look=look,
        note=_note(step, names, answers),
        asked=names[:NAMED],
        more_asked=max(0, len(names) - NAMED),
        attempts=attempts_of(events),
        input=pretty(given),
        output=pretty(step.result),
        error=mask_text(step.error),
        effects=[(one.provider, one.get_state_display(), pretty(one.response)) for one in step.effects.all()],
        sub_runs=list(step.sub_runs.all()),
        answers=answers,
    )


def _note(step: Step, names: list[str], answers: list[Any]) -> str:
    """Who acts or acted, in a few words."""
    if step.outcome == PASSED_OVER:
        return "not on the way taken"
    if step.state == State.WAITING and step.is_for_people:
        said = sum(answer.voided_at is None for answer in answers)
        count = f"{said} of {step.needed} said yes, " if step.needed and step.needed > 1 else ""
        return f"{count}waits for {_names(names) or people.who_acts(step).lower() or 'nobody'}"
    if step.decided_by:
        word = {"approved": "approved", "rejected": "rejected"}.get(step.outcome, "done")
        return f"{word} by {step.decided_by.user}"
    if step.kind == Step.Kind.DECISION and step.outcome:
        return f"the answer is {step.outcome}"
    if step.state == State.PENDING:
        return wording.asked(step.params.get("who", {})) if step.is_for_people else ""
    return ""


def _names(names: list[str]) -> str:
    if len(names) <= 2:
        return " or ".join(names)
    return f"{names[0]} or {len(names) - 1} others"


def _asked(run: Run, steps: list[Step]) -> dict[int, list[str]]:
    """Who may answer each waiting step, by name. Two queries, and one for each capability that is asked for."""
    able: dict[str, frozenset[int]] = {}
    asked: dict[int, Asked] = {}
    standing = [answer for step in steps for answer in step.decisions.all() if answer.voided_at is None]
    barred = {run.requested_by_id, run.started_by_id}
    barred |= {pk for answer in standing for pk in (answer.decided_by_id, answer.in_place_of_id)}
    for step in steps:
        if step.state != State.WAITING or not step.is_for_people:
            continue
        if step.needed is not None:
            places = frozenset(ask.member_id for ask in step.asks.all())
        elif step.assignee_id:
            places = frozenset({step.assignee_id})
        else:
            if step.capability not in able:
                rows = people.members_who_can(step.capability, run.program_id)
                able[step.capability] = frozenset(rows.values_list("pk", flat=True))
            places = able[step.capability]
        is_approval = step.kind == Step.Kind.APPROVAL
        out = frozenset(pk for pk in barred if pk is not None) if is_approval else frozenset()
        if step.escalated_to_id:
            places |= {step.escalated_to_id}
        asked[step.pk] = Asked(places, out, is_approval, step.amount, step.currency)
    return whom.names(asked, company_currency=run.tenant.currency) if asked else {}


def attempts_of(events: Iterable[StepEvent]) -> list[Attempt]:
    """The tries of a step from its transitions in order, newest first."""
    found: list[Attempt] = []
    for event in events:
        if event.new_state == State.RUNNING:
            found.append(Attempt(event.attempt or len(found) + 1, event.at, None, "", ""))
        elif event.old_state == State.RUNNING and found and found[-1].ended is None:
            last = found[-1]
            found[-1] = Attempt(last.number, last.began, event.at, event.new_state, mask_text(event.detail))
    return found[::-1]


def pretty(data: Any) -> str:
    """JSON to be read, secrets masked; empty for nothing."""
    if data in (None, "", {}, []):
        return ""
    return json.dumps(mask(data), indent=2, ensure_ascii=False, default=str)


def _arrows(steps: list[Step]) -> list[Arrow]:
    by_pk = {step.pk: step for step in steps}
    edges = Edge.objects.filter(parent__in=by_pk).order_by("pk")
    arrows = [
        Arrow(
            by_pk[edge.parent_id].key,
            by_pk[edge.child_id].key,
            wording.OUTCOME_WORDS.get(edge.outcome, edge.outcome),
            _is_taken(by_pk[edge.parent_id], edge.outcome),
        )
        for edge in edges
        if edge.child_id in by_pk
    ]
    undone = [Arrow(step.compensates.key, step.key, "undone", True) for step in steps if step.compensates]
    return arrows + undone


def _is_taken(parent: Step, outcome: str) -> bool | None:
    if parent.state in (State.DONE, State.SKIPPED):
        return parent.outcome != PASSED_OVER and outcome in ("", parent.outcome)
    return False if parent.state in (State.CANCELLED, State.FAILED) else None


def _node(told: StepStory, *, is_chosen: bool) -> Node:
    step = told.step
    note = f", {told.note}" if told.note else ""
    return Node(
        key=step.key,
        title=step.title,
        kind=step.kind,
        href=f"?step={step.key}#step-{step.key}",
        label=f"{step.title}. {told.kind}: {told.look.word}{note}",
        word=_word(told),
        icon=told.look.icon,
        tone=str(told.look.tone),
        is_faded=step.state in FADED,
        is_now=step.state in NOW,
        is_chosen=is_chosen,
    )


def _word(told: StepStory) -> str:
    """What stands in the box: the state, and in a waiting one who is waited for."""
    if told.asked:
        more = f" +{len(told.asked) + told.more_asked - 1}" if len(told.asked) > 1 else ""
        return f"{told.look.word} · {told.asked[0]}{more}"
    return told.look.word
