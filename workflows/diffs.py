"""What changed between two versions of a definition, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import wording
from workflows.graph import StepSpec


@dataclass(frozen=True)
class StepChange:
    """One step that differs. `lines` say what, for a step that is in both."""

    key: str
    title: str
    what: str  # added, removed, changed
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Diff:
    """`general` is about the whole: triggers, what a failure leads to, the order of the list."""

    steps: list[StepChange]
    general: list[str]

    @property
    def is_empty(self) -> bool:
        return not self.steps and not self.general

    @property
    def summary(self) -> str:
        """“2 steps added, 1 changed”."""
        counts = {what: sum(change.what == what for change in self.steps) for what in ("added", "removed", "changed")}
        parts = [f"{number} {what}" for what, number in counts.items() if number]
        if not parts:
            return "Only what is around the steps changed" if self.general else "Nothing changed"
        first, *others = parts
        number, what = first.split(" ")
        return ", ".join([f"{number} {'step' if number == '1' else 'steps'} {what}", *others])


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Diff:
    """What to tell somebody who knows `old` about `new`. Steps are the same when their keys are."""
    before = {spec.key: spec for spec in wording.steps_of(old)}
    now = {spec.key: spec for spec in wording.steps_of(new)}
    titles = {key: spec.title for key, spec in {**before, **now}.items()}
    steps = []
    for key, spec in now.items():
        if key not in before:
            told = [wording.note(spec), _capital(wording.after(spec, titles))]
            steps.append(StepChange(key, spec.title, "added", told))
        elif lines := _changes(before[key], spec, titles):
            steps.append(StepChange(key, spec.title, "changed", lines))
    steps += [
        StepChange(key, spec.title, "removed", [wording.note(spec)]) for key, spec in before.items() if key not in now
    ]
    return Diff(steps, _general(old, new))


def _changes(old: StepSpec, new: StepSpec, titles: Mapping[str, str]) -> list[str]:
    told_old, told_new = _told(old, titles), _told(new, titles)
    return [
        f"{label}: {told_old.get(label) or 'nothing'} → {told_new.get(label) or 'nothing'}"
        for label in dict.fromkeys([*told_old, *told_new])
        if told_old.get(label) != told_new.get(label)
    ]


def _told(spec: StepSpec, titles: Mapping[str, str]) -> dict[str, str]:
    """Everything of a step by the name under which the builder shows it."""
    told = {
        "Title": spec.title,
        "Kind": wording.KIND_WORDS.get(spec.kind, spec.kind),
        "After": wording.after(spec, titles).removeprefix("after "),
        "Who": wording.who(spec) if spec.who else "",
        "Help": spec.help,
        "Term": wording.hours(spec.term_hours) if spec.term_hours else "",
        "Not needed when": wording.name(spec.skip_when),
        "Action": wording.action(spec.action) if spec.action else "",
        "Undone by": wording.action(spec.undo) if spec.undo else "",
        "When it fails": wording.name(spec.on_failure),
        "Attempts": str(spec.max_attempts),
        "Condition": wording.condition(spec.condition) if spec.condition else "",
        "Waits": wording.wait(spec) if spec.until or spec.delay_hours is not None else "",
        "Approvals needed": wording.mode(spec),
        "Decided about": wording.listed([wording.name(one) for one in spec.material]),
        "Tolerance": f"{spec.tolerance_percent:g} %" if spec.tolerance_percent else "",
        "Fields": wording.listed([_field(one) for one in spec.fields]),
        "Workflow": wording.name(spec.workflow),
    }
    return told | {f"Parameter “{label}”": value for label, value in wording.params(spec.params)}


def _field(data: Mapping[str, Any]) -> str:
    optional = "" if data.get("required") else ", optional"
    return f"{data.get('label') or data.get('key', '')} ({data.get('type', 'text')}{optional})"


GENERAL = {
    "triggers": "What starts it",
    "on_failure": "When a step fails",
    "title": "Title",
    "description": "Description",
}


def _general(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, label in GENERAL.items():
        before, now = wording.general(name, old.get(name)), wording.general(name, new.get(name))
        if before != now:
            lines.append(f"{label}: {before or 'nothing'} → {now or 'nothing'}")
    shared = [spec.key for spec in wording.steps_of(new)]
    kept = [spec.key for spec in wording.steps_of(old) if spec.key in shared]
    if kept != [key for key in shared if key in kept]:
        lines.append("The steps stand in another order.")
    return lines


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
