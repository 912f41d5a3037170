"""What starts runs: an event, a due instant of a schedule, a person who presses the button, the API."""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from freelance_hub.access import Actor, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import Event, Membership
from freelance_hub.permissions import Capability, Refused, require
from freelance_hub.tenancy.context import Context, use
from freelance_hub.worktime import calendar_of
from workflows import conditions, triggers
from workflows.engine import clock, hints, runs, sweeper, transitions
from workflows.models import Definition, DefinitionVersion, Run, Step
from workflows.playbooks import shipped
from workflows.services.definitions import event_of, install, is_of_company, latest
from workflows.services.runs import follow_dates
from workflows.subjects import SubjectKind, facts_of, kind_of, kinds

log = logging.getLogger(__name__)
BATCH = 200  # runs that one sweep starts of one definition; the next sweep goes on


@transaction.atomic
def start_triggered(
    *, trigger: str, subject: models.Model, key: str, actor: Actor, payload: dict[str, Any]
) -> list[Run]:
    """Start a run of every active definition that listens to the event and whose condition holds; `key` makes it once.

    Those of the subject's program and those of the company. A program or company that was never given a shipped playbook
    of this trigger gets it now: work must not stand still because it is older than the playbook. Side effects: those of
    `runs.start`.
    """
    kind = kind_of(subject._meta.label_lower)
    program = kind.program(subject)
    wanted = [playbook for playbook in shipped().values() if _fits(playbook, trigger, kind)]
    for place in dict.fromkeys([program, None]):
        missing = {playbook["key"]: playbook for playbook in wanted if is_of_company(playbook) == (place is None)}
        if missing:
            known = Definition.objects.filter(program=place, key__in=missing).values_list("key", flat=True)
            for key_of_one in sorted(set(missing) - set(known)):
                install(place, missing[key_of_one], actor=actor)
    places = models.Q(program=None) | models.Q(program=program) if program else models.Q(program=None)
    listening = Definition.objects.filter(places, trigger=trigger, is_active=True, subject_type=kind.label)
    started = []
    for definition in listening.order_by("pk"):
        version = latest(definition)
        if _holds(version, kind, subject):
            started.append(
                runs.start(
                    version=version,
                    subject=subject,
                    idempotency_key=f"{key}:{definition.pk}",
                    actor=actor,
                    context={"event": trigger, **payload},
                )
            )
    return started


def _fits(playbook: dict[str, Any], trigger: str, kind: SubjectKind) -> bool:
    return event_of(playbook) == trigger and playbook["subject_type"] == kind.label


def _holds(version: DefinitionVersion, kind: SubjectKind, subject: Any) -> bool:
    """Whether the trigger's condition holds. One that cannot be computed is logged and counts as no: the event itself stands."""
    when = triggers.read(version.graph).when
    try:
        return not when or conditions.holds(when, facts_of(kind, subject))
    except conditions.ConditionError:
        log.exception("trigger_condition_failed", extra={"version": version.pk, "subject": subject.pk})
        return False


def hear(event: Event) -> None:
    """Start what listens to an event, and end the waits for it, in the event's transaction."""
    kind = kinds().get(event.subject_type)
    if kind is not None and _is_heard(event.kind):
        for subject in kind.load([event.subject_id]).values():
            start_triggered(
                trigger=event.kind,
                subject=subject,
                key=str(event.public_id),
                actor=actor_behind(event),
                payload={"payload": event.payload},
            )
    if kind is not None:
        follow_dates(subject_type=kind.label, subject_id=event.subject_id)
    for run_id, step_id in _waiting_for(event):
        hints.after_commit(transitions.happen(run_id, step_id, event.kind) or 0)


def _is_heard(kind: str) -> bool:
    named = any(event_of(playbook) == kind for playbook in shipped().values())
    return named or Definition.objects.filter(trigger=kind, is_active=True).exists()


def _waiting_for(event: Event) -> list[tuple[int, int]]:
    """(run, step) of the waits for an event: about its subject, or about one that its payload names as `assignment_id`."""
    about = models.Q(run__subject_type=event.subject_type, run__subject_id=event.subject_id)
    for kind in kinds().values():
        named = event.payload.get(f"{kind.noun}_id")
        if isinstance(named, int):
            about |= models.Q(run__subject_type=kind.label, run__subject_id=named)
    states = (Step.State.WAITING, Step.State.HELD)
    steps = Step.objects.filter(about, wait_event=event.kind, state__in=states, outcome="")
    return list(steps.order_by("run_id", "pk").values_list("run_id", "pk"))


def actor_behind(event: Event) -> Actor:
    """The automation on behalf of whoever made the event happen."""
    person = Membership.objects.select_related("user").filter(pk=event.actor_membership_id or 0).first()
    return automation(tenant_id=event.tenant_id, on_behalf_of=person)


@transaction.atomic
def start_by_hand(*, definition: Definition, subject: models.Model, actor: Actor, is_api: bool = False) -> Run:
    """Start a run because a person says so: by the button on the subject's page, or over the API.

    Raises Refused without workflow.start in the subject's program, Refusal when the definition has no button (or is not
    callable), is switched off, is about something else, or when such a run about the subject is open already: pressing
    twice starts one. Side effects: those of `runs.start`.
    """
    require(actor, Capability.WORKFLOW_START)
    kind = kind_of(subject._meta.label_lower)
    program = kind.program(subject)
    if actor.programs is not None and (program is None or program.pk not in actor.programs):
        raise Refused(Capability.WORKFLOW_START)
    definition = Definition.objects.select_for_update(no_key=True).get(pk=definition.pk)  # two clicks, one run
    if not definition.is_active or not (definition.is_callable if is_api else definition.button):
        raise Refusal(f"“{definition.title}” is not started by hand.", code="not_callable")
    if definition.subject_type != kind.label or definition.program_id not in (None, program and program.pk):
        raise Refusal(f"“{definition.title}” is not about this {kind.noun}.", field="subject", code="other_subject")
    is_open = Run.objects.filter(
        version__definition=definition, subject_type=kind.label, subject_id=subject.pk, state__in=Run.OPEN
    )
    if is_open.exists():
        raise Refusal(f"“{definition.title}” is on its way for this {kind.noun} already.", code="already_open")
    return runs.start(
        version=latest(definition),
        subject=subject,
        idempotency_key=f"hand:{uuid.uuid4()}",
        actor=actor,
        context={"by": "api" if is_api else "button"},
    )


def buttons_for(subject: models.Model, actor: Actor) -> list[Definition]:
    """The definitions that the actor may start about a subject by hand, and of which no run is open."""
    kind = kinds().get(subject._meta.label_lower)
    if kind is None or not actor.can(Capability.WORKFLOW_START):
        return []
    program = kind.program(subject)
    if actor.programs is not None and (program is None or program.pk not in actor.programs):
        return []
    places = models.Q(program=None) | models.Q(program=program) if program else models.Q(program=None)
    under_way = Run.objects.filter(subject_type=kind.label, subject_id=subject.pk, state__in=Run.OPEN)
    found = Definition.objects.filter(places, is_active=True, subject_type=kind.label).exclude(button="")
    return list(found.exclude(versions__runs__in=under_way).order_by("button", "pk"))


def sweep_schedules() -> int:
    """Start what schedules say, each definition in a transaction and tenant of its own. Returns how many were due.

    A definition that cannot be handled is logged and left for the next time; it does not hold up the others.
    """
    due = sweeper.scheduled()
    for tenant_id, slug, definition_id in due:
        with use(Context(tenant_id=tenant_id, tenant_slug=slug, actor="Workflow engine")):
            try:
                start_scheduled(definition_id)
            except Exception:
                log.exception("schedule_failed", extra={"definition": definition_id})
                sweeper.raise_if_database_is_away()
    return len(due)


@transaction.atomic
def start_scheduled(definition_id: int) -> int:
    """Start the runs of an instant that is due, up to `BATCH`; returns how many. When all are started, the next instant follows.

    After an outage it catches up once: the first instant that was missed, then the next one that lies ahead. The instant
    and the subject are the key, so nothing starts twice.
    """
    rows = Definition.objects.select_for_update(no_key=True, of=("self",)).select_related("tenant", "program")
    definition = rows.get(pk=definition_id)
    now, due = clock.now(), definition.next_run_at
    if not definition.is_active or due is None or due > now:
        return 0
    version = latest(definition)
    found = triggers.read(version.graph)
    started = 0
    if found.schedule is not None:
        key = f"schedule:{definition.pk}:{due.isoformat()}"
        for subject in _scheduled_subjects(definition, version, found, key):
            if started == BATCH:
                return started
            actor = automation(tenant_id=definition.tenant_id)
            context = {"schedule": due.isoformat()}
            runs.start(
                version=version, subject=subject, idempotency_key=f"{key}:{subject.pk}", actor=actor, context=context
            )
            started += 1
    following = found.schedule.next_after(now, calendar_of(definition.tenant)) if found.schedule else None
    Definition.objects.filter(pk=definition.pk).update(next_run_at=following)
    return started


def _scheduled_subjects(
    definition: Definition, version: DefinitionVersion, found: triggers.Triggers, key: str
) -> Iterable[Any]:
    """The subjects of a due instant that have no run of it yet, in order."""
    kind = kind_of(definition.subject_type)
    begun = Run.objects.filter(version__definition=definition, idempotency_key__startswith=f"{key}:")
    rows = kind.model._default_manager.select_related(*kind.related).exclude(pk__in=begun.values("subject_id"))
    for subject in kind.selections[found.each](rows).order_by("pk").iterator(chunk_size=500):
        program = kind.program(subject)
        is_mine = definition.program_id is None or (program is not None and program.pk == definition.program_id)
        if is_mine and _holds(version, kind, subject):
            yield subject
