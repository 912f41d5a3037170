"""What a run can be about: for each kind its program, its people, its facts and how it is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import QuerySet

from freelance_hub.access import Actor
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from programs.models import Program
from workflows import fields
from workflows.models import Run, Step

OUTCOME = "outcome"  # `step.outcome`: how a step of people ended
KNOWN = "is_known"  # `form.is_known`: the run was started with the answers of that form


@dataclass(frozen=True)
class Material:
    """One field that decisions are about: its label, and its value as people read it. `is_amount`: the money that is asked
    for; a step may tolerate that it grows a little."""

    label: str
    text: Callable[[Any], str]
    is_amount: bool = False


@dataclass(frozen=True, kw_only=True)
class SubjectKind:
    """One kind of subject. Every function gets the object; `related` is loaded with it."""

    model: type[models.Model]
    noun: str
    program: Callable[[Any], Program | None] = lambda _subject: None
    requester: Callable[[Any], Membership | None] = lambda _subject: None
    people: Mapping[str, Callable[[Any], Membership | None]] = field(default_factory=dict)
    facts: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    # What can happen to one, as words that follow "when"; and what happens to others that names one in its payload.
    events: Mapping[str, str] = field(default_factory=dict)
    events_naming: Mapping[str, str] = field(default_factory=dict)
    # Named sets of subjects for schedules; each narrows a queryset of them.
    selections: Mapping[str, Callable[[QuerySet[Any]], QuerySet[Any]]] = field(default_factory=dict)
    amount: Callable[[Any], tuple[Decimal, str] | None] = lambda _subject: None
    material: Mapping[str, Material] = field(default_factory=dict)
    material_prefetch: tuple[str, ...] = ()  # what `material` reads over relations, for lists
    program_lookup: str = ""  # the way to its program in a query; empty: it belongs to none
    searched: tuple[str, ...] = ()  # texts in which one is searched, beside its number
    # For starting a workflow about one: what the actor sees of them, and the field that names one in an address.
    visible: Callable[[Actor], QuerySet[Any]] | None = None
    named_by: str = "pk"
    route: tuple[str, Callable[[Any], dict[str, Any]]] | None = None
    portal_route: tuple[str, Callable[[Any], dict[str, Any]]] | None = None  # its page for the freelancer
    related: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    def url(self, subject: Any) -> str:
        """The page of the subject; empty when it has none."""
        return tenant_url(self.route[0], **self.route[1](subject)) if self.route else ""

    def portal_url(self, subject: Any) -> str:
        """The page of the subject in the portal; empty when it has none."""
        return tenant_url(self.portal_route[0], **self.portal_route[1](subject)) if self.portal_route else ""

    def load(self, ids: Iterable[int] | QuerySet[Any, Any]) -> dict[int, Any]:
        """Subjects by id, in one query; `ids` may be a subquery."""
        rows = self.model._default_manager.select_related(*self.related).filter(pk__in=ids)
        return {subject.pk: subject for subject in rows}


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Make a model something that a run can be about. Called in `apps.ready()`."""
    _kinds[kind.label] = kind


def kinds() -> Mapping[str, SubjectKind]:
    """Every kind by its model label."""
    return _kinds


def event_words(event: str) -> str:
    """An event as words that follow "when"; its bare name when no kind declares it."""
    declared = [kind.events for kind in _kinds.values()] + [kind.events_naming for kind in _kinds.values()]
    said = next((words[event] for words in declared if event in words), "")
    return said or f"“{event.replace('_', ' ').replace('.', ' ')}” happens"


def kind_of(subject_type: str) -> SubjectKind:
    """The kind of a model label; raises LookupError for one that nobody registered."""
    try:
        return _kinds[subject_type]
    except KeyError:
        msg = f"Workflows cannot be about {subject_type}: no SubjectKind is registered for it."
        raise LookupError(msg) from None


def subject_of(run: Run) -> Any:
    """What the run is about. One query."""
    return kind_of(run.subject_type).load([run.subject_id])[run.subject_id]


def facts_of(kind: SubjectKind, subject: Any) -> Callable[[str], Any]:
    """Facts of a subject by name, computed when asked for."""
    return lambda name: kind.facts[name](subject)


def fact_of(run: Run, subject: Any) -> Callable[[str], Any]:
    """Facts of the subject by name, answers to forms of the run as `step.field`, and how its steps of people ended as
    `step.outcome`; computed when asked for. Answers with which the run was started count until a person says otherwise."""
    facts = kind_of(run.subject_type).facts
    return lambda name: facts[name](subject) if name in facts else _answer(run, name)


def _asks(step: Step, field: str) -> bool:
    return any(one["key"] == field for one in step.params.get("fields", ()))


def _answer(run: Run, name: str) -> Any:
    """What a person put into a field of a form step; None while nobody has. Raises LookupError for no such field."""
    key, _, asked = name.partition(".")
    known: Mapping[str, Any] = run.context.get("answers", {}).get(key, {})
    if asked == KNOWN:
        return bool(known)
    step = Step.objects.filter(run=run, key=key).first()
    if step is not None and asked == OUTCOME and step.kind in Step.FOR_PEOPLE and not _asks(step, asked):
        return step.outcome
    one = next((one for one in step.params.get("fields", ()) if one["key"] == asked), None) if step else None
    if step is None or one is None:
        msg = f"There is no fact “{name}”."
        raise LookupError(msg)
    values = (step.result or {}).get("values", known)
    return fields.as_fact(one, values.get(asked))
