"""The graph of a definition, read from its JSON and checked: a version that passes here can be run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from freelance_hub.permissions import Capability
from workflows import conditions
from workflows.actions.registry import ActionError, check_params
from workflows.models import Step
from workflows.subjects import SubjectKind, kind_of

Kind = Step.Kind
# What an edge may ask of the parent it comes from.
OUTCOMES: dict[str, frozenset[str]] = {
    Kind.APPROVAL: frozenset({"approved", "rejected"}),
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
    term_hours: int | None = None  # a person is late after this
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
    fields: tuple[Mapping[str, Any], ...] = ()  # {"key", "label", "type", "required", "choices", "help"}
    # Waits
    until: Mapping[str, Any] = field(
        default_factory=dict
    )  # {"date": fact, "offset_days": n} | {"event": kind} | {"working_days": n}
    # Another workflow
    workflow: str = ""  # key of the definition

    def as_params(self) -> dict[str, Any]:
        """What the step row keeps of it."""
        kept: dict[str, Any] = {
            "who": dict(self.who),
            "help": self.help,
            "term_hours": self.term_hours,
            "skip_when": self.skip_when,
            "params": dict(self.params),
            "condition": dict(self.condition),
            "delay_hours": self.delay_hours,
        }
        return {name: value for name, value in kept.items() if value not in (None, "", {})}


def read(graph: Mapping[str, Any], *, subject_type: str) -> list[StepSpec]:
    """The steps of a graph, in the order of the data. Raises GraphError with everything that is wrong."""
    try:
        specs = [_spec(raw) for raw in graph["steps"]]
    except (KeyError, TypeError, ValueError) as error:
        raise GraphError([f"The definition cannot be read: {error}."]) from error
    problems = _problems(specs, subject_type)
    if problems:
        raise GraphError(problems)
    parents = {spec.key: [key for key, _ in spec.after] for spec in specs}
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        raise GraphError([f"The steps wait for each other in a circle: {' → '.join(error.args[1])}."]) from error
    return specs


def _spec(raw: Mapping[str, Any]) -> StepSpec:
    after = []
    for entry in raw.get("after", ()):
        key, _, outcome = entry.partition(":")
        after.append((key, outcome))
    return StepSpec(**{**raw, "after": tuple(after)})


def _problems(specs: Sequence[StepSpec], subject_type: str) -> list[str]:
    subject = kind_of(subject_type)
    kinds = {spec.key: spec.kind for spec in specs}
    problems = [] if specs else ["There are no steps."]
    if len(kinds) < len(specs):
        problems.append("Two steps have the same key.")
    for spec in specs:
        problems += [f"{spec.key}: {problem}" for problem in _problems_of(spec, kinds, subject)]
    return problems


def _problems_of(spec: StepSpec, kinds: Mapping[str, str], subject: SubjectKind) -> list[str]:
    problems = []
    if spec.kind not in Kind.values:
        problems.append(f"there is no kind “{spec.kind}”.")
    if len({key for key, _ in spec.after}) < len(spec.after):
        problems.append("it names a parent twice.")
    for key, outcome in spec.after:
        if key not in kinds:
            problems.append(f"it comes after “{key}”, which is not a step.")
        elif outcome and outcome not in OUTCOMES.get(kinds[key], frozenset()):
            problems.append(f"“{key}” never ends with “{outcome}”.")
    if spec.on_failure and spec.on_failure not in Step.OnFailure.values:
        problems.append(f"there is no “on_failure” {spec.on_failure}.")
    if spec.skip_when and spec.skip_when not in subject.facts:
        problems.append(f"there is no fact “{spec.skip_when}”.")
    return problems + _problems_of_kind(spec, subject)


def _problems_of_kind(spec: StepSpec, subject: SubjectKind) -> list[str]:
    problems = []
    for name in (spec.action, spec.undo):
        try:
            if name:
                check_params(name, spec.params if name == spec.action else {}, subject_type=subject.label)
        except ActionError as error:
            problems.append(str(error))
    if (spec.kind == Kind.AUTOMATION) != bool(spec.action):
        problems.append("an automation, and nothing else, names an action.")
    if (spec.kind == Kind.WAIT) != (spec.delay_hours is not None):
        problems.append("a wait, and nothing else, names “delay_hours”.")
    if spec.kind == Kind.DECISION:
        try:
            conditions.check(spec.condition, set(subject.facts))
        except conditions.ConditionError as error:
            problems.append(str(error))
    if spec.kind in Step.FOR_PEOPLE:
        problems += _problems_of_who(spec, subject)
    return problems


def _problems_of_who(spec: StepSpec, subject: SubjectKind) -> list[str]:
    person, capability = spec.who.get("person", ""), spec.who.get("capability", "")
    if bool(person) == bool(capability):
        return ["say who: either a “person” or a “capability”."]
    if person and person not in subject.people:
        return [f"nobody is “{person}” of this; known are {', '.join(sorted(subject.people))}."]
    if capability and capability not in Capability.values:
        return [f"there is no capability “{capability}”."]
    if spec.kind == Kind.APPROVAL and person == "requester":
        return ["nobody approves their own request."]
    return []
