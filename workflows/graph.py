"""The graph of a definition, read from its JSON and checked: a version that passes here can be run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from workflows import fields, graph_checks, triggers
from workflows.facts import TEXT, types_of
from workflows.models import Step
from workflows.subjects import OUTCOME, SubjectKind, kind_of

Kind = Step.Kind
KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
MOST_STEPS = 200
TIMED_OUT = "timed_out"
# What an edge may ask of the parent it comes from.
OUTCOMES: dict[str, frozenset[str]] = {
    Kind.APPROVAL: frozenset({"approved", "rejected", "changes"}),
    Kind.DECISION: frozenset({"yes", "no"}),
}


class GraphError(ValueError):
    """The definition cannot work. `problems` says each thing that is wrong, in a sentence with the step's key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """One step as the definition says it. `after` names parents, each with the outcome asked of it ("" for any)."""

    key: str
    title: str
    kind: str
    after: tuple[tuple[str, str], ...] = ()
    who: Mapping[str, str] = field(default_factory=dict)  # {"capability": …} or {"person": …}
    help: str = ""
    term_hours: float | None = None  # a person is late after this
    time_limit_hours: float | None = None  # after this nobody is waited for any more, and nothing is tried again
    skip_when: str = ""  # a fact that makes the step needless, or ends it when it comes true
    action: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    undo: str = ""  # action that undoes this one
    on_failure: str = ""  # attention or compensate; empty: as the definition says
    max_attempts: int = 8
    condition: Mapping[str, Any] = field(default_factory=dict)
    delay_hours: float | None = None
    # Approvals
    mode: str = "any"  # any, all, quorum
    quorum: int | None = None
    material: tuple[str, ...] = ()  # material fields of the subject that the decision is about; empty: all
    tolerance_percent: float | None = None  # an amount that grows by no more than this keeps the decision
    # Forms and documents
    fields: tuple[Mapping[str, Any], ...] = ()  # see workflows/fields.py
    # Waits: {"date": fact, "offset_days": n, "at": "09:00"} or {"event": kind} or {"working_days": n}
    until: Mapping[str, Any] = field(default_factory=dict)
    # Another workflow
    workflow: str = ""  # key of the definition

    @property
    def outcomes(self) -> frozenset[str]:
        """What edges may ask of this step."""
        return OUTCOMES.get(self.kind, frozenset()) | ({TIMED_OUT} if self.may_time_out else frozenset())

    @property
    def may_time_out(self) -> bool:
        """Whether its time limit ends a waiting; that of an automation ends its attempts."""
        return self.time_limit_hours is not None and self.kind != Kind.AUTOMATION

    def as_params(self) -> dict[str, Any]:
        """What the step row keeps of it."""
        kept: dict[str, Any] = {
            "who": dict(self.who),
            "help": self.help,
            "term_hours": self.term_hours,
            "time_limit_hours": self.time_limit_hours,
            "skip_when": self.skip_when,
            "params": dict(self.params),
            "condition": dict(self.condition),
            "delay_hours": self.delay_hours,
            "mode": self.mode if self.kind == Kind.APPROVAL else "",
            "quorum": self.quorum,
            "material": list(self.material),
            "tolerance_percent": self.tolerance_percent,
            "fields": [dict(one) for one in self.fields],
            "until": dict(self.until),
            "workflow": self.workflow,
        }
        return {name: value for name, value in kept.items() if value not in (None, "", {}, [])}


def read(graph: Mapping[str, Any], *, subject_type: str) -> list[StepSpec]:
    """The steps of a graph, in the order of the data. Raises GraphError with everything that is wrong."""
    specs, problems = _read(graph, subject_type)
    if problems:
        raise GraphError(problems)
    return specs


def problems(graph: Mapping[str, Any], *, subject_type: str) -> list[str]:
    """Everything that is wrong with a graph, each in a sentence; empty: it can be published."""
    return _read(graph, subject_type)[1]


def fact_types(specs: Sequence[StepSpec], subject: SubjectKind) -> dict[str, str]:
    """What conditions may ask: facts of the subject, what people put into forms as `step.field`, and how steps of people
    ended as `step.outcome`."""
    outcomes = {f"{spec.key}.{OUTCOME}": TEXT for spec in specs if spec.kind in Step.FOR_PEOPLE}
    answers = {
        f"{spec.key}.{one['key']}": fields.FACT_TYPES[one["type"]]
        for spec in specs
        if spec.kind == Kind.FORM
        for one in spec.fields
        if fields.is_readable(one)
    }
    return types_of(subject.facts) | outcomes | answers


def _read(graph: Mapping[str, Any], subject_type: str) -> tuple[list[StepSpec], list[str]]:
    if not isinstance(graph, Mapping) or not isinstance(graph.get("steps"), list):
        return [], ["The definition cannot be read: “steps” is a list of steps."]
    specs: list[StepSpec] = []
    found: list[str] = []
    for number, raw in enumerate(graph["steps"], start=1):
        try:
            specs.append(_spec(raw))
        except (AttributeError, TypeError, ValueError) as error:
            name = raw.get("key", "") if isinstance(raw, Mapping) else ""
            found.append(f"Step {number}{f' ({name})' if name else ''} cannot be read: {_in_words(error)}.")
    if found:
        return [], found
    return specs, _problems(graph, specs, kind_of(subject_type))


def _in_words(error: Exception) -> str:
    return re.sub(r"^StepSpec\.__init__\(\) ", "", str(error)).rstrip(".")


def _spec(raw: Any) -> StepSpec:
    if not isinstance(raw, Mapping):
        raise TypeError("a step is an object with “key”, “title” and “kind”")
    graph_checks.check_types(raw)
    after = []
    for entry in raw.get("after", ()):
        key, _, outcome = entry.partition(":")
        after.append((key, outcome))
    listed = {name: tuple(raw[name]) for name in ("material", "fields") if name in raw}
    return StepSpec(**{**raw, **listed, "after": tuple(after)})


def _problems(graph: Mapping[str, Any], specs: Sequence[StepSpec], subject: SubjectKind) -> list[str]:
    by_key = {spec.key: spec for spec in specs}
    found = [] if specs else ["There are no steps."]
    if len(specs) > MOST_STEPS:
        found.append(f"There are {len(specs)} steps; {MOST_STEPS} at most. Move some into a workflow of their own.")
    if len(by_key) < len(specs):
        found.append("Two steps have the same key.")
    if graph.get("on_failure", "") not in ("", *Step.OnFailure.values):
        found.append(f"There is no “on_failure” {graph['on_failure']}.")
    types = fact_types(specs, subject)
    for spec in specs:
        said = _problems_of_edges(spec, by_key) + graph_checks.problems_of(spec, subject, types)
        found += [f"{spec.key}: {problem}" for problem in said]
    found += triggers.problems(graph.get("triggers", {}), subject)
    return found + _circle(specs, by_key)


def _problems_of_edges(spec: StepSpec, by_key: Mapping[str, StepSpec]) -> list[str]:
    found = []
    if not KEY.fullmatch(spec.key):
        found.append("a key is made of letters, digits, “_” and “-”, 60 at most.")
    if len({key for key, _ in spec.after}) < len(spec.after):
        found.append("it names a parent twice.")
    for key, outcome in spec.after:
        if key not in by_key:
            found.append(f"it comes after “{key}”, which is not a step.")
        elif outcome and outcome not in by_key[key].outcomes:
            found.append(f"“{key}” never ends with “{outcome}”.")
    return found


def _circle(specs: Sequence[StepSpec], by_key: Mapping[str, StepSpec]) -> list[str]:
    parents = {spec.key: [key for key, _ in spec.after if key in by_key] for spec in specs}
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        return [f"The steps wait for each other in a circle: {' → '.join(error.args[1])}."]
    return []
