"""The facts that the builder offers: how people call them, the type of their answers, and the answers when they are few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows import wording
from workflows.facts import ANY, TEXT, types_of
from workflows.graph import StepSpec, fact_types
from workflows.models import Step
from workflows.subjects import OUTCOME, SubjectKind


@dataclass(frozen=True)
class Askable:
    """One fact. `choices`: (value, words) of the only answers there are; `group`: under which heading it stands."""

    label: str
    type: str = ANY
    choices: tuple[tuple[str, str], ...] = ()
    group: str = ""


def fact_label(fact: str, subject: SubjectKind, specs: Sequence[StepSpec] = ()) -> str:
    """A fact for people: its label; the step and its field, or how the step ended; else its name."""
    key, _, asked = fact.partition(".")
    for spec in specs:
        for one in spec.fields:
            if spec.key == key and asked and one.get("key") == asked:
                return f"{spec.title}: {one.get('label') or asked}"
        if spec.key == key and asked == OUTCOME:
            return f"{spec.title}: how it ended"
    return getattr(subject.facts.get(fact), "label", "") or wording.name(fact).capitalize()


def askable_facts(subject: SubjectKind, specs: Sequence[StepSpec] = ()) -> Mapping[str, Askable]:
    """What a condition may ask: facts of the subject and of the steps, each under its heading."""
    types = fact_types(specs, subject) if specs else types_of(subject.facts)
    return {
        name: Askable(
            fact_label(name, subject, specs),
            kind,
            _choices(name, specs) if kind == TEXT else (),
            f"The {subject.noun}" if name in subject.facts else "Steps of this workflow",
        )
        for name, kind in types.items()
    }


def _choices(name: str, specs: Sequence[StepSpec]) -> tuple[tuple[str, str], ...]:
    """The answers to a form's choice, or the ends of a step; nothing where anything may be written."""
    key, _, asked = name.partition(".")
    spec = next((spec for spec in specs if spec.key == key and asked), None)
    if spec is None:
        return ()
    field = next((one for one in spec.fields if one.get("key") == asked), None)
    if field is not None:
        return tuple((str(one), str(one)) for one in field.get("choices") or ())
    ends = [*([] if spec.kind == Step.Kind.APPROVAL else ["done"]), *sorted(spec.outcomes)]
    return tuple((one, wording.OUTCOME_WORDS.get(one, wording.name(one))) for one in ends)
