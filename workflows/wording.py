"""Definitions in words: who, after what, on which condition. Takes drafts too, which may be incomplete."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from freelance_hub.formats import long_day_text
from freelance_hub.permissions import Capability
from workflows.actions.registry import ActionError, find
from workflows.graph import StepSpec
from workflows.masking import mask
from workflows.models import Step
from workflows.subjects import event_words

KIND_WORDS = {str(value): str(label) for value, label in Step.Kind.choices}
PEOPLE = {
    "manager": "the manager",
    "freelancer": "the freelancer",
    "program_owner": "the program's owner",
    "requester": "who asked",
    "sponsor": "the sponsor",
    "unit_approver": "the approver of the organisation unit",
}
OPERATOR_WORDS = {
    "equal_to": "is",
    "not_equal_to": "is not",
    "more_than": "is more than",
    "at_least": "is at least",
    "less_than": "is less than",
    "at_most": "is at most",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "is_true": "is true",
    "is_false": "is not true",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
}
OUTCOME_WORDS = {"approved": "approved", "rejected": "rejected", "yes": "yes", "no": "no", "changes": "changes asked"}
MODE_WORDS = {"any": "one of them is enough", "all": "all of them", "quorum": "a number of them"}
_KNOWN = {field.name for field in fields(StepSpec)}


def steps_of(graph: Mapping[str, Any]) -> list[StepSpec]:
    """The steps of a graph that nobody has checked; parts that are no part of a step are left out."""
    return [step_of(raw) for raw in graph.get("steps", ()) if isinstance(raw, Mapping) and raw.get("key")]


def step_of(raw: Mapping[str, Any]) -> StepSpec:
    """One step as it stands in the data."""
    parts = {name: value for name, value in raw.items() if name in _KNOWN}
    pairs = (str(entry).partition(":") for entry in raw.get("after") or ())
    defaults = {"title": raw["key"], "kind": ""}
    return StepSpec(**{**defaults, **parts, "after": tuple((key, outcome) for key, _, outcome in pairs)})


def name(word: str) -> str:
    """The name of a fact or a field for people: "approval_limit" reads "approval limit"."""
    return word.replace("_", " ").replace(".", " ").strip()


def who(spec: StepSpec) -> str:
    """Whom a step of people asks."""
    return asked(spec.who)


def asked(said: Mapping[str, str]) -> str:
    """One person, or whoever has a right."""
    if person := said.get("person"):
        return PEOPLE.get(person, f"the {name(person)}")
    capability = said.get("capability", "")
    if capability in Capability.values:
        return f"whoever may “{_first_lower(str(Capability(capability).label).rstrip('.'))}”"
    return f"whoever has “{capability}”" if capability else "nobody yet"


def action(action_name: str) -> str:
    """The title of a registered action; its name when nobody registered it."""
    try:
        return find(action_name).title
    except ActionError:
        return action_name


def condition(data: Mapping[str, Any]) -> str:
    """“budget is more than approval limit”, “…, and …” for several."""
    for word, joint in (("all", ", and "), ("any", ", or ")):
        if isinstance(data.get(word), list | tuple):
            return joint.join(_part(one) for one in data[word]) or "nothing yet"
    if isinstance(data.get("not"), Mapping):
        return f"not {_part(data['not'])}"
    if not data.get("fact"):
        return "no condition yet"
    operator = str(data.get("is", ""))
    parts = [name(str(data["fact"])), OPERATOR_WORDS.get(operator, name(operator))]
    if "than" in data:
        parts.append(value(data["than"]))
    return " ".join(parts)


def _part(data: Any) -> str:
    """A condition inside another; several of them stand in brackets."""
    words = condition(data) if isinstance(data, Mapping) else str(data)
    several = isinstance(data, Mapping) and any(len(data.get(word) or ()) > 1 for word in ("all", "any"))
    return f"({words})" if several else words


def value(data: Any) -> str:
    """The right side of a condition, or a parameter."""
    if isinstance(data, Mapping) and "fact" in data:
        return name(str(data["fact"]))
    if isinstance(data, bool):
        return "yes" if data else "no"
    if isinstance(data, Decimal):
        return f"{data:,.2f}".removesuffix(".00")
    if isinstance(data, date):
        return long_day_text(data)
    if isinstance(data, list | tuple):
        return ", ".join(value(one) for one in data) or "nothing"
    return "empty" if data in (None, "") else str(data)


def params(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters of an action by their names, secrets masked."""
    return [(name(key), value(one)) for key, one in mask(dict(data)).items()]


def after(spec: StepSpec, titles: Mapping[str, str]) -> str:
    """“after “Approve” (approved)”; what has no parent begins at once."""
    if not spec.after:
        return "at the beginning"
    parts = [
        f"“{titles.get(key, key)}”{f' ({OUTCOME_WORDS.get(outcome, outcome)})' if outcome else ''}"
        for key, outcome in spec.after
    ]
    return f"after {listed(parts)}"


def wait(spec: StepSpec) -> str:
    """How long or until when a wait lasts."""
    until = spec.until
    if fact := until.get("date"):
        days = until.get("offset_days") or 0
        shift = "" if not days else f"{abs(days)} {_plural(abs(days), 'day')} {'after' if days > 0 else 'before'} "
        return f"until {shift}the {name(str(fact))}"
    if event := until.get("event"):
        return f"until {event_words(str(event))}"
    if days := until.get("working_days"):
        return f"{days} working {_plural(days, 'day')}"
    if spec.delay_hours is not None:
        return hours(spec.delay_hours)
    return "no end yet"


def hours(number: float) -> str:
    """Hours as people say them: "2 days", "36 hours"."""
    if number and number % 24 == 0:
        return f"{number // 24:g} {_plural(number // 24, 'day')}"
    return f"{number:g} {_plural(number, 'hour')}"


def note(spec: StepSpec) -> str:
    """One step in a few words: its kind, and who or what does it."""
    words = KIND_WORDS.get(spec.kind, spec.kind or "No kind")
    match spec.kind:
        case "automation":
            detail = action(spec.action) if spec.action else "no action yet"
        case "decision":
            detail = condition(spec.condition)
        case "wait":
            detail = wait(spec)
        case "workflow":
            detail = f"“{name(spec.workflow)}”" if spec.workflow else "none chosen yet"
        case _:
            detail = who(spec)
    return f"{words}: {detail}"


def mode(spec: StepSpec) -> str:
    """How many of those who are asked must approve."""
    if spec.mode == "quorum":
        return f"{spec.quorum or 'some'} of them"
    return MODE_WORDS.get(spec.mode, spec.mode)


def listed(parts: list[str]) -> str:
    """“a, b and c”."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _plural(number: float, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def general(part: str, data: Any) -> str:
    """What a graph says about itself, beside its steps."""
    if part == "triggers":
        return triggers(data) if isinstance(data, Mapping) else ""
    if part == "on_failure":
        return {"attention": "ask a person", "compensate": "undo what was done"}.get(str(data or ""), "ask a person")
    return str(data or "")


def triggers(data: Mapping[str, Any]) -> str:
    """“when a request is sent for approval, if budget is more than 5000; or by the button “Extend it””."""
    parts = []
    if event := data.get("event"):
        parts.append(f"when {event_words(str(event))}")
    if schedule := data.get("schedule"):
        parts.append(_schedule(schedule))
    if data.get("when") and parts:
        parts[-1] += f", if {condition(data['when'])}"
    if button := data.get("button"):
        parts.append(f"by the button “{button}”")
    if data.get("api"):
        parts.append("by a call over the API")
    return "; or ".join(parts)


def _schedule(data: Mapping[str, Any]) -> str:
    every, on, at = str(data.get("every", "")), data.get("on", ""), data.get("at", "07:00")
    day = {"day": "every day", "working_day": "every working day", "week": f"every {str(on).capitalize()}"}.get(every)
    if day is None:
        which = "the last day" if on == "last" else f"day {on}"
        day = f"on {which} of every {every}"
    each = f", for each that is {name(str(data['each']))}" if data.get("each") else ""
    return f"{day} at {at}{each}"


def span(length: timedelta) -> str:
    """A length of time: "12 s", "3 min", "4.5 h", "2.1 days"."""
    seconds = length.total_seconds()
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"
