"""Definitions: installed from shipped playbooks, published in versions, switched on and off."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, Refused, require
from freelance_hub.worktime import calendar_of
from programs.models import Program
from workflows import graph, triggers
from workflows.calls import problems_of_calls
from workflows.engine import clock
from workflows.models import Definition, DefinitionVersion
from workflows.playbooks import shipped

ALWAYS = ("requisition_approval",)  # nobody is engaged without approval, whatever a pack lists
KEPT = ("steps", "on_failure", "triggers")


@transaction.atomic
def install_playbooks(*, program: Program, keys: Iterable[str], actor: Actor) -> list[Definition]:
    """Give a program the shipped playbooks of those keys; what it has already stays, unknown keys are passed over.

    Side effects: definitions with their first version, event `workflow.published` for each new one.
    """
    wanted = dict.fromkeys([*ALWAYS, *keys])
    found = [shipped()[key] for key in wanted if key in shipped()]
    return [install(program, playbook, actor=actor) for playbook in found if not is_of_company(playbook)]


@transaction.atomic
def install(program: Program | None, playbook: Mapping[str, Any], *, actor: Actor) -> Definition:
    """The definition of a shipped playbook in a program, or of the company; made when it is not there yet.

    Side effects: as `install_playbooks`.
    """
    definition, is_new = Definition.objects.get_or_create(
        program=program,
        key=playbook["key"],
        defaults={
            "title": playbook["title"],
            "description": playbook.get("description", ""),
            "subject_type": playbook["subject_type"],
            "trigger": event_of(playbook),
        },
    )
    if is_new:
        _publish(definition, playbook, actor=actor)
    return definition


@transaction.atomic
def install_company_playbooks(*, actor: Actor) -> list[Definition]:
    """Give the current company the shipped playbooks that belong to no program; what it has already stays.

    Returns the new ones. Side effects: as `install_playbooks`.
    """
    wanted = {key: playbook for key, playbook in shipped().items() if is_of_company(playbook)}
    known = set(Definition.objects.filter(program=None, key__in=wanted).values_list("key", flat=True))
    return [install(None, playbook, actor=actor) for key, playbook in wanted.items() if key not in known]


def is_of_company(playbook: Mapping[str, Any]) -> bool:
    """Whether a shipped playbook is the company's, whatever the program."""
    return bool(playbook.get("scope") == "company")


def event_of(playbook: Mapping[str, Any]) -> str:
    """The event that starts a shipped playbook: `trigger`, or `event` among its `triggers`; empty: none."""
    named: str = playbook.get("trigger") or playbook.get("triggers", {}).get("event", "")
    return named


@transaction.atomic
def publish(
    *, definition: Definition, graph_data: Mapping[str, Any], actor: Actor, note: str = ""
) -> DefinitionVersion:
    """Publish a new version; running runs finish on theirs. Without “triggers” in it, those of the definition stay.

    Raises Refused without workflow.manage in the program, GraphError with everything that is wrong: then nothing is
    published. Side effects: the triggers of the definition follow the version, event `workflow.published`.
    """
    require_manager(definition, actor)
    return _publish(definition, graph_data, actor=actor, note=note)


def require_manager(definition: Definition, actor: Actor) -> None:
    """Raises Refused without workflow.manage in the program; the company's are for those who manage all programs."""
    require(actor, Capability.WORKFLOW_MANAGE)
    if actor.programs is not None and definition.program_id not in actor.programs:
        raise Refused(Capability.WORKFLOW_MANAGE)


def problems_of(definition: Definition, graph_data: Mapping[str, Any]) -> list[str]:
    """Everything that keeps a graph from being published, each in a sentence."""
    found = graph.problems(graph_data, subject_type=definition.subject_type)
    return found or problems_of_calls(definition, graph_data)


def _publish(
    definition: Definition, graph_data: Mapping[str, Any], *, actor: Actor, note: str = ""
) -> DefinitionVersion:
    kept = {name: graph_data[name] for name in KEPT if name in graph_data}
    if problems := problems_of(definition, kept):
        raise graph.GraphError(problems)
    Definition.objects.select_for_update(no_key=True).get(pk=definition.pk)  # two publishers, two numbers
    last = definition.versions.aggregate(last=models.Max("number"))["last"] or 0
    person = Membership.objects.filter(pk=actor.membership_id).first() if actor.membership_id else None
    version = DefinitionVersion.objects.create(
        definition=definition, number=last + 1, graph=kept, published_by=person, note=note[:300]
    )
    if "triggers" in kept:
        _follow(definition, triggers.read(kept))
    events.announce("workflow.published", definition, actor=actor, number=version.number)
    return version


def _follow(definition: Definition, found: triggers.Triggers) -> None:
    """Keep the triggers where they are looked for. An instant that is due already is not forgotten."""
    definition.refresh_from_db(fields=["next_run_at"])
    definition.trigger, definition.button, definition.is_callable = found.event, found.button, found.api
    now = clock.now()
    due = definition.next_run_at
    if found.schedule is None:
        definition.next_run_at = None
    elif due is None or due > now:
        definition.next_run_at = found.schedule.next_after(now, calendar_of(definition.tenant))
    definition.save(update_fields=["trigger", "button", "is_callable", "next_run_at"])


@transaction.atomic
def switch(*, definition: Definition, is_active: bool, actor: Actor) -> Definition:
    """Let a definition start runs, or no more; runs that are there go on. A schedule begins anew: nothing is caught up.

    Raises Refused without workflow.manage in the program. Event `workflow.switched`.
    """
    require_manager(definition, actor)
    definition.is_active = is_active
    schedule = triggers.read(latest(definition).graph).schedule
    definition.next_run_at = schedule.next_after(clock.now(), calendar_of(definition.tenant)) if schedule else None
    definition.save(update_fields=["is_active", "next_run_at"])
    events.announce("workflow.switched", definition, actor=actor, is_active=is_active)
    return definition


def latest(definition: Definition) -> DefinitionVersion:
    """The version that new runs follow."""
    return definition.versions.select_related("definition").order_by("-number")[0]
