"""A dry run on a real object: who would be asked, which way decisions would go on today's facts, what automations would do.

Only reads. What people would answer nobody knows: `assume` says it, otherwise they approve.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from graphlib import TopologicalSorter
from operator import and_, or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from freelance_hub.access import Actor
from freelance_hub.models import Membership, Tenant
from freelance_hub.permissions import Capability
from freelance_hub.tenancy.context import required_tenant_id
from programs.models import Program
from workflows import conditions, people, whom, wording
from workflows.graph import StepSpec, read
from workflows.models import Step
from workflows.subjects import OUTCOME, SubjectKind, kind_of
from workflows.whom import Asked

Kind = Step.Kind
BEGINS, PASSED_OVER, NOT_NEEDED = "begins", "passed_over", "not_needed"
UNKNOWN = "unknown"
OBJECTS_OFFERED, MOST_WORDS = 50, 8
NUMBER = re.compile(r"\d{1,9}$")
DEFAULTS = {Kind.APPROVAL: "approved", Kind.DECISION: "yes"}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What would become of one step. `outcomes` are those one can ask "what if" about; `is_assumed`: nobody knows it yet."""

    spec: StepSpec
    verdict: str
    words: str
    asked: list[str] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    outcome: str = ""
    outcomes: tuple[str, ...] = ()
    is_assumed: bool = False
    is_problem: bool = False

    @property
    def begins(self) -> bool:
        return self.verdict == BEGINS


def dry_run(
    graph: Mapping[str, Any],
    *,
    subject_type: str,
    subject: Any,
    assume: Mapping[str, str] | None = None,
) -> list[Expected]:
    """What a run of the graph about `subject` would do, in an order in which it could happen. Writes nothing.

    Raises GraphError for a graph that cannot be run.
    """
    specs = read(graph, subject_type=subject_type)
    return _Rehearsal(specs, kind_of(subject_type), subject, assume or {}).play()


def objects_for(subject_type: str, program: Program | None, actor: Actor, *, words: str = "") -> list[Any]:
    """The newest objects that the actor sees and a run of that program could be about; with `words`, those whose texts have
    all of them, or whose number is named. One query."""
    kind = kind_of(subject_type)
    rows = _objects(kind, program, actor)
    if words.strip():
        rows = rows.filter(_searched(kind, words))
    return list(rows.order_by("-pk")[:OBJECTS_OFFERED])


def object_named(subject_type: str, program: Program | None, actor: Actor, name: str) -> Any | None:
    """The one of that name (see `name_of`), however old; None when the actor sees none in the program."""
    kind = kind_of(subject_type)
    named = {"number": name} if kind.named_by == "number" else {"public_id": name}
    try:
        return _objects(kind, program, actor).filter(**named).first()
    except (ValueError, ValidationError):
        return None


def _objects(kind: SubjectKind, program: Program | None, actor: Actor) -> QuerySet[Any]:
    rows = kind.visible(actor) if kind.visible else kind.model._default_manager.all()
    if program is not None:
        rows = rows.filter(**{kind.program_lookup: program.pk}) if kind.program_lookup else rows.none()
    return rows.select_related(*kind.related)


def _searched(kind: SubjectKind, words: str) -> Q:
    """Every word stands in one of the texts, or the last number is the object's."""
    found = Q(pk__in=[])
    if kind.searched:
        found = reduce(
            and_,
            (
                reduce(or_, (Q(**{f"{text}__icontains": word}) for text in kind.searched))
                for word in words.split()[:MOST_WORDS]
            ),
        )
    if kind.named_by == "number" and (number := NUMBER.search(words)):
        found |= Q(number=int(number[0]))
    return found


def name_of(subject: Any) -> str:
    """What stands in addresses for an object: its number or its public id."""
    return str(getattr(subject, "number", None) or subject.public_id)


class _Rehearsal:
    """One walk through the steps, parents first."""

    def __init__(self, specs: Sequence[StepSpec], kind: SubjectKind, subject: Any, assume: Mapping[str, str]) -> None:
        self.by_key = {spec.key: spec for spec in specs}
        self.titles = {spec.key: spec.title for spec in specs}
        self.kind, self.subject, self.assume = kind, subject, assume
        self.program = kind.program(subject)
        self.requester = kind.requester(subject)
        self.played: dict[str, Expected] = {}
        self.currency = Tenant.objects.get(pk=required_tenant_id("a dry run")).currency
        self._able: dict[str, frozenset[int]] = {}

    def play(self) -> list[Expected]:
        parents = {spec.key: [key for key, _ in spec.after] for spec in self.by_key.values()}
        for key in TopologicalSorter(parents).static_order():
            self.played[key] = self._step(self.by_key[key])
        return list(self.played.values())

    def _step(self, spec: StepSpec) -> Expected:
        if spec.after and not any(self._leads_on(key, outcome) for key, outcome in spec.after):
            return Expected(spec=spec, verdict=PASSED_OVER, words="Passed over: the way goes elsewhere.")
        if spec.skip_when in self.kind.facts and self._fact(spec.skip_when) is True:
            words = f"Not needed: {wording.name(spec.skip_when)} is true today."
            return Expected(spec=spec, verdict=NOT_NEEDED, words=words)
        play: dict[str, Callable[[StepSpec], Expected]] = {
            Kind.AUTOMATION: self._automation,
            Kind.DECISION: self._decision,
            Kind.WAIT: self._wait,
            Kind.WORKFLOW: self._workflow,
        }
        return play.get(spec.kind, self._people)(spec)

    def _leads_on(self, key: str, outcome: str) -> bool:
        """As `engine.activation.release`: a skipped step leads on by plain edges only, one passed over by none."""
        parent = self.played[key]
        if parent.verdict == PASSED_OVER:
            return False
        return outcome in ("", parent.outcome if parent.verdict == BEGINS else "")

    def _automation(self, spec: StepSpec) -> Expected:
        undo = [("Undone by", wording.action(spec.undo))] if spec.undo else []
        words = f"Freelance Hub would: {_first_lower(wording.action(spec.action))}."
        return Expected(spec=spec, verdict=BEGINS, words=words, details=[*wording.params(spec.params), *undo])

    def _decision(self, spec: StepSpec) -> Expected:
        asked = wording.condition(spec.condition)
        details = [(self._name(fact), self._told(fact)) for fact in conditions.facts_in(spec.condition)]
        try:
            answer = "yes" if conditions.holds(spec.condition, self._must_know) else "no"
        except LookupError as error:
            answer = self._assumed(spec)
            words = f"{_first_upper(asked)}? Nobody knows before “{error.args[0]}” is filled in; as if “{answer}”."
            outcomes = ("yes", "no")
            return Expected(
                spec=spec,
                verdict=BEGINS,
                words=words,
                details=details,
                outcome=answer,
                outcomes=outcomes,
                is_assumed=True,
            )
        except conditions.ConditionError as error:
            return Expected(
                spec=spec, verdict=BEGINS, words=f"This would fail: {error}", details=details, is_problem=True
            )
        is_assumed = any(self._ended(fact) is not None for fact in conditions.facts_in(spec.condition))
        basis = "With what is assumed" if is_assumed else "On today's facts"
        words = f"{_first_upper(asked)}? {basis}: {answer}."
        return Expected(spec=spec, verdict=BEGINS, words=words, details=details, outcome=answer)

    def _wait(self, spec: StepSpec) -> Expected:
        details = []
        if fact := spec.until.get("date"):
            details = [(wording.name(str(fact)), self._told(str(fact)))]
        return Expected(spec=spec, verdict=BEGINS, words=f"Waits {_for(spec)}{wording.wait(spec)}.", details=details)

    def _workflow(self, spec: StepSpec) -> Expected:
        words = f"Starts the workflow “{wording.name(spec.workflow)}” and waits for its end."
        return Expected(spec=spec, verdict=BEGINS, words=words)

    def _people(self, spec: StepSpec) -> Expected:
        asked, remark = self._asked(spec)
        names = whom.names({spec.key: asked}, company_currency=self.currency)[spec.key]
        details = [("Answer within", wording.hours(spec.term_hours))] if spec.term_hours else []
        if spec.kind == Kind.FORM:
            details += [("Asks for", wording.listed([str(one.get("label", "")) for one in spec.fields]))]
        if spec.kind == Kind.APPROVAL and len(names) != 1:
            details += [("Needed", wording.mode(spec))]
        verb = {Kind.APPROVAL: "decide", Kind.FORM: "fill in the form", Kind.DOCUMENT: "hand in the document"}
        does = verb.get(Kind(spec.kind), "do this")
        words = f"Would be asked to {does}{remark}." if names else f"Nobody could {does}{remark}."
        outcome = self._assumed(spec) if spec.kind == Kind.APPROVAL else "done"
        outcomes = tuple(one for one in ("approved", "rejected", "changes") if one in spec.outcomes)
        return Expected(
            spec=spec,
            verdict=BEGINS,
            words=words,
            asked=names,
            details=details,
            outcome=outcome,
            outcomes=outcomes,
            is_assumed=bool(outcomes),
            is_problem=not names,
        )

    def _asked(self, spec: StepSpec) -> tuple[Asked, str]:
        """Who would be asked, and a remark: as `people.resolve` and `people.stand_ins_of` decide it in a real run."""
        capability, remark = spec.who.get("capability", ""), ""
        if person := spec.who.get("person"):
            found = self.kind.people[person](self.subject)
            if found is not None and (found.state == Membership.State.ACTIVE or people.successor_of(found)):
                places = frozenset({found.pk})
                return self._about(spec, places), f", as {wording.PEOPLE.get(person, wording.name(person))}"
            capability = Capability.WORKFLOW_MANAGE
            remark = f", because nobody is {wording.PEOPLE.get(person, wording.name(person))} today"
        return self._about(spec, self._who_can(capability)), remark

    def _about(self, spec: StepSpec, places: frozenset[int]) -> Asked:
        """Nobody approves their own request; limits of delegates look at the amount."""
        if spec.kind != Kind.APPROVAL:
            return Asked(places)
        barred = frozenset({self.requester.pk} if self.requester else ())
        amount, currency = self.kind.amount(self.subject) or (None, "")
        return Asked(places, barred, True, amount, currency)

    def _who_can(self, capability: str) -> frozenset[int]:
        if capability not in self._able:
            rows = people.members_who_can(capability, self.program.pk if self.program else None)
            self._able[capability] = frozenset(rows.values_list("pk", flat=True))
        return self._able[capability]

    def _assumed(self, spec: StepSpec) -> str:
        wanted = self.assume.get(spec.key, "")
        return wanted if wanted in spec.outcomes else DEFAULTS[Kind(spec.kind)]

    def _fact(self, name: str) -> Any:
        return self.kind.facts[name](self.subject)

    def _must_know(self, name: str) -> Any:
        """A fact of today, or how a step before it ended; LookupError with the title of the form that would tell it."""
        if name in self.kind.facts:
            return self._fact(name)
        ended = self._ended(name)
        if ended is None:
            raise LookupError(self.titles.get(name.partition(".")[0], name))
        return ended

    def _ended(self, name: str) -> str | None:
        """How a step of people ended that was played already, as the engine would keep it; None when nobody can say."""
        key, _, asked = name.partition(".")
        one = self.played.get(key)
        if one is None or asked != OUTCOME or one.spec.kind not in Step.FOR_PEOPLE:
            return None
        if any(field.get("key") == OUTCOME for field in one.spec.fields):
            return None
        return one.outcome if one.begins else PASSED_OVER if one.verdict == PASSED_OVER else ""

    def _name(self, fact: str) -> str:
        key, _, asked = fact.partition(".")
        return f"how “{self.titles[key]}” ended" if asked == OUTCOME and key in self.titles else wording.name(fact)

    def _told(self, name: str) -> str:
        ended = self._ended(name)
        if ended is not None:
            return wording.OUTCOME_WORDS.get(ended, wording.name(ended)) or "not needed"
        return wording.value(self._fact(name)) if name in self.kind.facts else "not known yet"


def _for(spec: StepSpec) -> str:
    return "" if {"date", "event"} & set(spec.until) else "for "


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
