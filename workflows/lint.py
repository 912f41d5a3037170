"""What is wrong or odd in a definition, before it is published: each a sentence with its step and how to mend it.

Errors stop publishing; warnings only say what somebody may not have meant. Who could decide is asked of today's people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from freelance_hub.access import actor_for
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability
from freelance_hub.selectors import units_without_approver
from programs.models import Program
from workflows import graph as graphs
from workflows import people, wording
from workflows.conditions import facts_in
from workflows.graph import StepSpec
from workflows.models import Definition, Step
from workflows.subjects import SubjectKind, kind_of

Kind = Step.Kind
ERROR, WARNING = "error", "warning"
SHOWN_UNITS = 5
PROBLEM = re.compile(r"(?P<key>[A-Za-z0-9_-]+): (?P<rest>.+)", re.DOTALL)
UNREADABLE = re.compile(r"Step \d+ \((?P<key>[^)]+)\) cannot be read: (?P<rest>.+)", re.DOTALL)
CIRCLE = re.compile(r"in a circle: (?P<keys>.+)\.$")
# How to mend what the graph's own checks find, by words of their sentences; the first that fits is told.
MENDS = (
    ("in a circle", "Open one of these steps and take the other out of what it comes after."),
    ("There are no steps", "Add the first step."),
    ("same key", "Remove one of the two and add it again."),
    ("takes no parameter", "Save the step once more: what the action does not know is dropped."),
    ("needs the parameter", "Fill in this parameter in the form of the step."),
    ("no action", "Choose one of the actions in the list; this one is not installed here."),
    ("names an action", "Choose what the automation does."),
    ("works on", "Choose an action that fits what this workflow is about."),
    ("say who", "Choose who is asked."),
    ("approves their own request", "Let somebody else decide, for example the program's owner."),
    ("nobody is", "Choose another person, or a right."),
    ("no capability", "Choose a right from the list."),
    ("not a step", "Choose another step under “Comes after”, or none."),
    ("never ends with", "Choose another outcome under “Comes after”."),
    ("names a parent twice", "Keep one of the two under “Comes after”."),
    ("“delay_hours” or “until”", "Say how long it waits, or until when."),
    ("“until”", "Say until which date, event or working day it waits."),
    ("quorum", "Say how many have to approve, or choose another way to count."),
    ("a form asks", "Add a field."),
    ("field ", "Mend this field in the form of the step."),
    ("condition", "Choose a fact, a comparison and a value."),
    ("no operator", "Choose another comparison."),
    ("no fact", "Choose a fact from the list."),
    ("cannot be compared", "Write a value of that type."),
    ("cannot be asked", "Choose another comparison."),
    ("they do not compare", "Choose another fact, or write a value."),
    ("names the “workflow”", "Choose the workflow that it starts."),
    ("trigger", "Change it under “What starts it”."),
    ("schedule", "Change it under “What starts it”."),
    ("“title”", "Give it a title that says what happens."),
    (" must be ", "Write a value of that type in the form of the step."),
)


@dataclass(frozen=True)
class Finding:
    """One thing. `key` and `title` are empty when it is about the whole."""

    key: str
    title: str
    severity: str
    words: str
    mend: str

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR

    def __str__(self) -> str:
        return f"{f'“{self.title}”: ' if self.title else ''}{self.words} {self.mend}".strip()


def lint(graph: Mapping[str, Any], *, subject_type: str, program: Program | None, key: str = "") -> list[Finding]:
    """Everything found, errors first. `key`: of the definition itself, which may not start itself."""
    specs = wording.steps_of(graph)
    titles = {spec.key: spec.title for spec in specs}
    problems = graphs.problems(graph, subject_type=subject_type)
    found = [_from_problem(problem, titles) for problem in problems]
    known_wrong = {one.key for one in found} | {key for problem in problems for key in _in_circle(problem)}
    found += _unreachable(specs, known_wrong) + _dead_ends(specs) + _cannot_be_undone(graph, specs)
    found += (
        _material(specs, kind_of(subject_type))
        + _people(specs, program)
        + _sub_workflows(specs, program, subject_type, key)
    )
    if specs and not wording.general("triggers", graph.get("triggers")):
        words = "Nothing starts this workflow: no event, schedule, button or call."
        found.append(Finding("", "", WARNING, words, "Say it under “What starts it”, unless it is a part of another."))
    return sorted(dict.fromkeys(found), key=lambda one: not one.is_error)


def _from_problem(problem: str, titles: Mapping[str, str]) -> Finding:
    """A problem of the graph's own checks, with the title of its step and a way to mend it."""
    match = UNREADABLE.match(problem) or PROBLEM.match(problem)
    key = match["key"] if match and match["key"] in titles else ""
    words = match["rest"] if match and key else problem
    if keys := _in_circle(words):
        key = keys[0]
        words = f"The steps wait for each other in a circle: {' → '.join(titles.get(one, one) for one in keys)}."
    mend = next((mend for part, mend in MENDS if part in words), "Open it and correct this.")
    return Finding(key, titles.get(key, ""), ERROR, f"{words[:1].upper()}{words[1:]}", mend)


def _in_circle(problem: str) -> list[str]:
    """The keys of the steps that wait for each other, when that is the problem."""
    circle = CIRCLE.search(problem)
    return circle["keys"].split(" → ") if circle else []


def _unreachable(specs: Sequence[StepSpec], known_wrong: set[str]) -> list[Finding]:
    """Steps that wait for one that never ends; those that stand in the circle themselves are told of already."""
    by_key = {spec.key: spec for spec in specs}
    reached: set[str] = set()
    while True:
        more = {
            spec.key
            for spec in specs
            if spec.key not in reached and all(key in reached for key, _ in spec.after if key in by_key)
        }
        if not more:
            break
        reached |= more
    mend = "Let it come after a step that can be reached, or remove it."
    return [
        Finding(spec.key, spec.title, ERROR, "This step is never reached: what it comes after never ends.", mend)
        for spec in specs
        if spec.key not in reached and spec.key not in known_wrong
    ]


def _dead_ends(specs: Sequence[StepSpec]) -> list[Finding]:
    asked: dict[str, set[str]] = {spec.key: set() for spec in specs}
    for spec in specs:
        for key, outcome in spec.after:
            asked.setdefault(key, set()).add(outcome)
    found = []
    for spec in specs:
        followed = asked[spec.key]
        if spec.kind == Kind.APPROVAL and not followed & {"rejected", ""}:
            words = "When this is rejected, nothing follows: the workflow ends and nobody is told what now."
            mend = "Add a step that comes after it when it is rejected, if something has to happen then."
            found.append(Finding(spec.key, spec.title, WARNING, words, mend))
        if spec.kind == Kind.DECISION and not followed & {"yes", "no"}:
            words = "Its answer leads nowhere: nothing comes after “yes” or after “no”."
            mend = "Let a step come after one of its answers, or remove it."
            found.append(Finding(spec.key, spec.title, WARNING, words, mend))
        if len(specs) > 1 and not spec.after and not followed:
            words = "This step stands alone: it begins at once, and nothing waits for it."
            mend = "Connect it, unless it is meant so."
            found.append(Finding(spec.key, spec.title, WARNING, words, mend))
    return found


def _cannot_be_undone(graph: Mapping[str, Any], specs: Sequence[StepSpec]) -> list[Finding]:
    undoes = {spec.on_failure or graph.get("on_failure", "") for spec in specs} & {Step.OnFailure.COMPENSATE}
    if not undoes:
        return []
    words = "After a failure what was done is undone, but this step says no action that undoes it."
    mend = "Choose an action under “Undone by”, or let a person be asked instead."
    return [
        Finding(spec.key, spec.title, WARNING, words, mend)
        for spec in specs
        if spec.kind == Kind.AUTOMATION and spec.action and not spec.undo
    ]


def _material(specs: Sequence[StepSpec], subject: SubjectKind) -> list[Finding]:
    """Approvals that are tied to fields that are not there, or tolerate growth of what they do not decide about."""
    found = []
    amounts = {name for name, one in subject.material.items() if one.is_amount}
    for spec in specs:
        if gone := [name for name in spec.material if name not in subject.material]:
            words = f"It decides about {wording.listed([wording.name(one) for one in gone])}, which a {subject.noun} has not."
            found.append(Finding(spec.key, spec.title, ERROR, words, "Choose under “Decides about”."))
        if spec.tolerance_percent and (not amounts or (spec.material and amounts.isdisjoint(spec.material))):
            words = "The tolerance has no effect: it does not decide about an amount."
            found.append(
                Finding(spec.key, spec.title, WARNING, words, "Let it decide about the amount too, or empty it.")
            )
    return found


class _Rota:
    """Who has which right in the program, asked once for each right."""

    def __init__(self, program: Program | None) -> None:
        self.program = program
        self._known: dict[str, list[Membership]] = {}

    def __getitem__(self, capability: str) -> list[Membership]:
        if capability not in self._known:
            rows = people.members_who_can(capability, self.program.pk if self.program else None)
            self._known[capability] = list(rows.prefetch_related("role_links__role"))
        return self._known[capability]


def _people(specs: Sequence[StepSpec], program: Program | None) -> list[Finding]:
    rota = _Rota(program)
    found: list[Finding] = []
    for spec in specs:
        if spec.kind in Step.FOR_PEOPLE and spec.who.get("capability") in Capability.values:
            found += _of_capability(spec, rota[spec.who["capability"]], program)
        elif spec.kind in Step.FOR_PEOPLE and spec.who.get("person"):
            found += _of_person(spec, program)
    return found + _without_unit_approver(specs) + _same_person_twice(specs, rota)


def _of_capability(spec: StepSpec, able: list[Membership], program: Program | None) -> list[Finding]:
    where = f"in “{program}”" if program else "in all programs"
    right = wording.who(spec).removeprefix("whoever may ")
    does = "decide" if spec.kind == Kind.APPROVAL else "do this"

    def say(severity: str, words: str, mend: str) -> Finding:
        return Finding(spec.key, spec.title, severity, words, mend)

    if not able:
        return [
            say(ERROR, f"Nobody can {does}: nobody may {right} {where}.", "Give somebody that right, or ask others.")
        ]
    blind = [str(member.user) for member in able if not actor_for(member).can(Capability.TASK_SEE)]
    seeing = len(able) - len(blind)
    found = []
    if blind:
        severity = ERROR if not seeing else WARNING
        verb = "has" if len(blind) == 1 else "have"
        words = f"{wording.listed(blind[:5])} would be asked but {verb} no inbox: the right to see tasks is missing."
        found.append(say(severity, words, "Give the role the right “task.see”."))
    if (
        spec.kind == Kind.APPROVAL
        and spec.mode == "quorum"
        and isinstance(spec.quorum, int)
        and 0 < seeing < spec.quorum
    ):
        words = f"{spec.quorum} have to approve, but only {seeing} can {where}."
        found.append(say(ERROR, words, "Ask for fewer, or give more people the right."))
    elif spec.kind == Kind.APPROVAL and seeing == 1:
        only = next(str(member.user) for member in able if actor_for(member).can(Capability.TASK_SEE))
        words = f"Only {only} can decide {where}: not about what they asked for themselves, and not while away."
        found.append(say(WARNING, words, "Give a second person the right, or let them delegate."))
    return found


def _without_unit_approver(specs: Sequence[StepSpec]) -> list[Finding]:
    """Steps that ask the approver of the organisation unit where a unit has none; a workflow that asks for the fact knows it."""
    asking = [spec for spec in specs if spec.kind in Step.FOR_PEOPLE and spec.who.get("person") == "unit_approver"]
    if not asking or any("has_unit_approver" in facts_in(spec.condition) for spec in specs):
        return []
    bare = [str(unit) for unit in units_without_approver()]
    if not bare:
        return []
    more = f" and {len(bare) - SHOWN_UNITS} others" if len(bare) > SHOWN_UNITS else ""
    words = f"Nobody approves for {', '.join(bare[:SHOWN_UNITS])}{more}: there this goes to whoever manages workflows."
    mend = "Give them, or a unit above them, an approver under Company, Organisation units."
    return [Finding(spec.key, spec.title, WARNING, words, mend) for spec in asking]


def _of_person(spec: StepSpec, program: Program | None) -> list[Finding]:
    person = spec.who["person"]
    if person == "freelancer" and spec.kind == Kind.APPROVAL:
        words = "The freelancer is a guest, and guests approve nothing."
        return [Finding(spec.key, spec.title, ERROR, words, "Make it a task or a form, or ask an employee.")]
    if person != "program_owner" or program is None:
        return []
    owner = program.owner
    if owner is None or owner.state != Membership.State.ACTIVE:
        words = "The program has no active owner now: this would go to whoever manages workflows."
        return [Finding(spec.key, spec.title, WARNING, words, "Give the program an owner.")]
    if not actor_for(owner).can(Capability.TASK_SEE):
        words = f"{owner.user} would be asked but has no inbox: the right to see tasks is missing."
        return [Finding(spec.key, spec.title, ERROR, words, "Give the owner a role with the right “task.see”.")]
    return []


def _same_person_twice(specs: Sequence[StepSpec], rota: _Rota) -> list[Finding]:
    """Two approvals in a row for which the same one person is left: nobody decides two steps of one run."""
    by_key = {spec.key: spec for spec in specs}
    found = []
    for spec in specs:
        if not _is_open_approval(spec):
            continue
        able = {member.pk for member in rota[spec.who["capability"]]}
        for key, _ in spec.after:
            before = by_key.get(key)
            if before is None or not _is_open_approval(before):
                continue
            earlier = {member.pk for member in rota[before.who["capability"]]}
            if len(able) == 1 and able == earlier:
                words = f"The only person who can decide this has decided “{before.title}” already, and nobody decides twice."
                found.append(Finding(spec.key, spec.title, ERROR, words, "Give a second person one of the two rights."))
    return found


def _is_open_approval(spec: StepSpec) -> bool:
    return spec.kind == Kind.APPROVAL and spec.who.get("capability") in Capability.values


def _sub_workflows(
    specs: Sequence[StepSpec], program: Program | None, subject_type: str, own_key: str
) -> list[Finding]:
    named = {spec.workflow for spec in specs if spec.kind == Kind.WORKFLOW and spec.workflow}
    if not named:
        return []
    rows = Definition.objects.filter(key__in=named, subject_type=subject_type, is_active=True, versions__isnull=False)
    ours = rows.filter(program=program) | rows.filter(program=None)
    known = set(ours.values_list("key", flat=True))
    found = []
    for spec in specs:
        if spec.kind != Kind.WORKFLOW or not spec.workflow:
            continue
        if own_key and spec.workflow == own_key:
            words = "This workflow would start itself, again and again."
            found.append(Finding(spec.key, spec.title, ERROR, words, "Choose another workflow."))
        elif spec.workflow not in known:
            words = (
                f"There is no workflow “{spec.workflow}” in this program that is switched on and about the same thing."
            )
            found.append(Finding(spec.key, spec.title, ERROR, words, "Choose another one, or publish that one first."))
    return found
