"""What each kind of step needs, and what it may not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from freelance_hub.permissions import Capability
from workflows import conditions, fields, schedules, triggers
from workflows.actions.registry import ActionError, check_params
from workflows.facts import ANY, DATE, YES_NO
from workflows.models import Step
from workflows.subjects import KNOWN

if TYPE_CHECKING:
    from workflows.graph import StepSpec
    from workflows.subjects import SubjectKind

Kind = Step.Kind
MODES = ("any", "all", "quorum")
TEXTS = ("key", "title", "kind", "help", "skip_when", "action", "undo", "on_failure", "mode", "workflow")
OBJECTS = ("who", "params", "condition", "until")
LISTS = ("after", "material", "fields")
HOURS = ("term_hours", "time_limit_hours", "delay_hours")
LENGTHS = {"title": 160, "help": 2000}
MOST_HOURS = 24 * 366 * 5
MOST_ATTEMPTS = 100
# What only steps of these kinds say, and whether they must.
ONLY: dict[str, tuple[tuple[str, ...], str]] = {
    "quorum": ((Kind.APPROVAL,), "an approval"),
    "material": ((Kind.APPROVAL,), "an approval"),
    "tolerance_percent": ((Kind.APPROVAL,), "an approval"),
    "fields": ((Kind.FORM,), "a form"),
    "workflow": ((Kind.WORKFLOW,), "a step of the kind workflow"),
    "until": ((Kind.WAIT,), "a wait"),
    "delay_hours": ((Kind.WAIT,), "a wait"),
    "condition": ((Kind.DECISION,), "a decision"),
    "term_hours": (Step.FOR_PEOPLE, "a step of people"),
}


def check_types(raw: Mapping[str, Any]) -> None:
    """Raises TypeError in words when a part of a step is of another type than it must be."""
    for names, wanted, word in (
        (TEXTS, str, "text"),
        (OBJECTS, Mapping, "an object"),
        (LISTS, list | tuple, "a list"),
        (("max_attempts", "quorum"), int, "a whole number"),
        ((*HOURS, "tolerance_percent"), int | float, "a number"),
    ):
        for name in names:
            value = raw.get(name)
            if value is not None and (not isinstance(value, wanted) or isinstance(value, bool)):
                raise TypeError(f"“{name}” is {word}, not {value!r}")
    if any(not isinstance(entry, str) for name in ("after", "material") for entry in raw.get(name) or ()):
        raise TypeError("“after” and “material” list texts")


def problems_of(spec: StepSpec, subject: SubjectKind, types: Mapping[str, str]) -> list[str]:
    """What is wrong with one step, each in a sentence."""
    found = _problems_of_numbers(spec)
    if spec.kind not in Kind.values:
        found.append(f"there is no kind “{spec.kind}”.")
    if spec.on_failure and spec.on_failure not in Step.OnFailure.values:
        found.append(f"there is no “on_failure” {spec.on_failure}.")
    is_own = spec.kind == Kind.FORM and spec.skip_when == f"{spec.key}.{KNOWN}"
    if spec.skip_when and spec.skip_when not in subject.facts and not is_own:
        found.append(f"there is no fact “{spec.skip_when}”.")
    elif spec.skip_when and not is_own and types[spec.skip_when] not in (ANY, YES_NO):
        found.append(f"“skip_when” asks for yes or no, but “{spec.skip_when}” is a {types[spec.skip_when]}.")
    for name, (kinds, word) in ONLY.items():
        if getattr(spec, name) not in (None, "", (), {}) and spec.kind not in kinds:
            found.append(_only(name, word))
    return found + _problems_of_kind(spec, subject, types)


def _only(name: str, word: str) -> str:
    if name == "delay_hours":
        return "a wait, and nothing else, says “delay_hours” or “until”."
    return f"“{name}” is only for {word}."


def _problems_of_numbers(spec: StepSpec) -> list[str]:
    found = [
        f"“{name}” has {LENGTHS[name]} characters at most."
        for name in LENGTHS
        if len(getattr(spec, name)) > LENGTHS[name]
    ]
    if not spec.title.strip():
        found.append("it needs a “title”.")
    if not 1 <= spec.max_attempts <= MOST_ATTEMPTS:
        found.append(f"“max_attempts” is between 1 and {MOST_ATTEMPTS}.")
    for name in HOURS:
        hours = getattr(spec, name)
        if hours is not None and not 0 < hours <= MOST_HOURS:
            found.append(f"“{name}” is more than 0 and at most {MOST_HOURS} hours.")
    if spec.time_limit_hours is not None and not _may_have_limit(spec):
        found.append("“time_limit_hours” is for automations, for steps of people, and for waiting for an event.")
    return found


def _may_have_limit(spec: StepSpec) -> bool:
    return spec.kind in (Kind.AUTOMATION, *Step.FOR_PEOPLE) or "event" in spec.until


def _problems_of_kind(spec: StepSpec, subject: SubjectKind, types: Mapping[str, str]) -> list[str]:
    found = []
    for name in (spec.action, spec.undo):
        try:
            if name:
                check_params(name, spec.params if name == spec.action else {}, subject_type=subject.label)
        except ActionError as error:
            found.append(str(error))
    if (spec.kind == Kind.AUTOMATION) != bool(spec.action):
        found.append("an automation, and nothing else, names an action.")
    if spec.kind in Step.FOR_PEOPLE:
        found += _problems_of_who(spec, subject)
    if own := OWN.get(spec.kind):
        found += own(spec, types)
    return found


def _problems_of_decision(spec: StepSpec, types: Mapping[str, str]) -> list[str]:
    try:
        conditions.check(spec.condition, types)
    except conditions.ConditionError as error:
        return [str(error)]
    return []


def _problems_of_wait(spec: StepSpec, types: Mapping[str, str]) -> list[str]:
    if (spec.delay_hours is None) == (not spec.until):
        return ["a wait, and nothing else, says “delay_hours” or “until”, one of them."]
    until = spec.until
    if not until:
        return []
    if set(until) == {"event"}:
        return triggers.problems_of_event(until["event"])
    if set(until) == {"working_days"}:
        return [] if _is_whole(until["working_days"], 1, 500) else ["“working_days” is a whole number from 1 to 500."]
    if "date" not in until or set(until) - {"date", "offset_days", "at"}:
        return ["“until” is an “event”, “working_days”, or a “date” with perhaps “offset_days” and “at”."]
    found = []
    fact = until["date"]
    if fact not in types:
        found.append(f"there is no fact “{fact}”.")
    elif types[fact] not in (ANY, DATE):
        found.append(f"“{fact}” is a {types[fact]}, not a date.")
    if not _is_whole(until.get("offset_days", 0), -3660, 3660):
        found.append("“offset_days” is a whole number; before the date it is negative.")
    if not schedules.is_time(until.get("at", "00:00")):
        found.append("“at” is a time such as “09:00”.")
    return found


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _problems_of_approval(spec: StepSpec, _types: Mapping[str, str]) -> list[str]:
    found = []
    if spec.mode not in MODES:
        found.append(f"there is no mode “{spec.mode}”; use {', '.join(MODES)}.")
    if (spec.mode == "quorum") != (spec.quorum is not None):
        found.append("the mode “quorum”, and no other, says how many: “quorum”.")
    if spec.quorum is not None and not 1 <= spec.quorum <= 100:
        found.append("“quorum” is a whole number from 1 to 100.")
    if spec.mode == "quorum" and "person" in spec.who and (spec.quorum or 1) > 1:
        found.append("one person is asked, so a quorum of more can never be reached.")
    if spec.tolerance_percent is not None and not 0 <= spec.tolerance_percent <= 100:
        found.append("“tolerance_percent” is between 0 and 100.")
    return found


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


OWN: dict[str, Callable[[StepSpec, Mapping[str, str]], list[str]]] = {
    Kind.WAIT: _problems_of_wait,
    Kind.DECISION: _problems_of_decision,
    Kind.APPROVAL: _problems_of_approval,
    Kind.FORM: lambda spec, _types: fields.problems(spec.fields),
    Kind.WORKFLOW: lambda spec, _types: [] if spec.workflow else ["it names the “workflow” that it starts."],
}
