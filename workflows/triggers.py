"""What starts runs of a definition, as data in its graph.

`"triggers": {"event": "requisition.submitted", "when": {condition}, "button": "Extend it", "api": true,
"schedule": {"every": "month", "on": 1, "at": "07:00", "each": "active"}}`
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows import conditions, schedules
from workflows.facts import types_of

if TYPE_CHECKING:
    from workflows.subjects import SubjectKind

EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
OWN = ("run.", "step.", "workflow.")
PARTS = {"event", "when", "schedule", "button", "api"}
LONGEST_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class Triggers:
    """What starts runs. `when` must hold for runs that nobody starts by hand; empty: always."""

    event: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    schedule: schedules.Schedule | None = None
    each: str = ""  # which subjects a schedule starts runs about
    button: str = ""
    api: bool = False


def read(graph: Mapping[str, Any]) -> Triggers:
    """The triggers of a graph that has passed `problems`."""
    raw = graph.get("triggers") or {}
    schedule = raw.get("schedule")
    return Triggers(
        event=raw.get("event", ""),
        when=raw.get("when") or {},
        schedule=schedules.read(schedule) if schedule else None,
        each=schedule["each"] if schedule else "",
        button=raw.get("button", ""),
        api=raw.get("api", False),
    )


def problems(raw: Any, subject: "SubjectKind") -> list[str]:
    """What is wrong with the triggers, each in a sentence."""
    if not isinstance(raw, Mapping):
        return ["“triggers” is an object."]
    found = [
        f"There is no trigger “{extra}”; known are {', '.join(sorted(PARTS))}." for extra in sorted(set(raw) - PARTS)
    ]
    event, button = raw.get("event", ""), raw.get("button", "")
    found += [f"The trigger: {problem}" for problem in problems_of_event(event)] if event != "" else []
    if not isinstance(button, str) or len(button) > LONGEST_LABEL:
        found.append(f"The label of the button is a text of {LONGEST_LABEL} characters at most.")
    if not isinstance(raw.get("api", False), bool):
        found.append("The trigger “api” is true or false.")
    if raw.get("when"):
        try:
            conditions.check(raw["when"], types_of(subject.facts))
        except conditions.ConditionError as error:
            found.append(f"The condition of the trigger: {error}")
    if raw.get("schedule"):
        found += [f"The schedule: {problem}" for problem in _problems_of_schedule(raw["schedule"], subject)]
    return found


def problems_of_event(event: Any) -> list[str]:
    """What is wrong with the name of an event that starts a run or ends a wait."""
    if not (isinstance(event, str) and len(event) <= 80 and EVENT.fullmatch(event)):
        return [f"“{event}” is no event; one looks like “requisition.submitted”."]
    if event.startswith(OWN):
        return [f"“{event}” is the engine's own event; use the kind of step “workflow” to wait for another run."]
    return []


def _problems_of_schedule(raw: Any, subject: "SubjectKind") -> list[str]:
    if not isinstance(raw, Mapping):
        return ["it is an object with “every”, “at” and “each”."]
    found = schedules.problems(raw)
    if raw.get("each") not in subject.selections:
        known = ", ".join(sorted(subject.selections)) or "none"
        found.append(f"“each” says for which {subject.noun}s; known are: {known}.")
    return found
