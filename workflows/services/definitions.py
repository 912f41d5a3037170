"""Definitions: installed from shipped playbooks, published in versions."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from programs.models import Program
from workflows import graph
from workflows.engine import runs
from workflows.models import Definition, DefinitionVersion, Run
from workflows.playbooks import shipped
from workflows.subjects import kind_of

ALWAYS = ("requisition_approval",)  # nobody is engaged without approval, whatever a pack lists


@transaction.atomic
def install_playbooks(*, program: Program, keys: Iterable[str], actor: Actor) -> list[Definition]:
    """Give a program the shipped playbooks of those keys; what it has already stays, unknown keys are passed over.

    Side effects: definitions with their first version, event `workflow.published` for each new one.
    """
    wanted = dict.fromkeys([*ALWAYS, *keys])
    return [_install(program, shipped()[key], actor=actor) for key in wanted if key in shipped()]


def _install(program: Program, playbook: Mapping[str, Any], *, actor: Actor) -> Definition:
    definition, is_new = Definition.objects.get_or_create(
        program=program,
        key=playbook["key"],
        defaults={name: playbook[name] for name in ("title", "subject_type", "trigger")},
    )
    if is_new:
        _publish(definition, playbook, actor=actor)
    return definition


@transaction.atomic
def publish(*, definition: Definition, graph_data: Mapping[str, Any], actor: Actor) -> DefinitionVersion:
    """Publish a new version; running runs finish on theirs. Event `workflow.published`.

    Raises Refused without workflow.manage, GraphError with everything that is wrong: then nothing is published.
    """
    require(actor, Capability.WORKFLOW_MANAGE)
    return _publish(definition, graph_data, actor=actor)


def _publish(definition: Definition, graph_data: Mapping[str, Any], *, actor: Actor) -> DefinitionVersion:
    kept = {name: graph_data[name] for name in ("steps", "on_failure") if name in graph_data}
    graph.read(kept, subject_type=definition.subject_type)
    Definition.objects.select_for_update(no_key=True).get(pk=definition.pk)  # two publishers, two numbers
    last = definition.versions.aggregate(last=models.Max("number"))["last"] or 0
    person = Membership.objects.filter(pk=actor.membership_id).first() if actor.membership_id else None
    version = DefinitionVersion.objects.create(definition=definition, number=last + 1, graph=kept, published_by=person)
    events.announce("workflow.published", definition, actor=actor, number=version.number)
    return version


def latest(definition: Definition) -> DefinitionVersion:
    """The version that new runs follow."""
    return definition.versions.select_related("definition").order_by("-number")[0]


def start_triggered(
    *, trigger: str, subject: models.Model, key: str, actor: Actor, payload: dict[str, Any]
) -> list[Run]:
    """Start a run of every active definition of the subject's program that listens to the event; `key` makes it once.

    A program that was never given a shipped playbook of this trigger gets it now: work must not stand still because a
    program is older than the playbook. Side effects: those of `runs.start`.
    """
    program = kind_of(subject._meta.label_lower).program(subject)
    if program is None:
        return []
    keys = [name for name, playbook in shipped().items() if playbook["trigger"] == trigger]
    known = set(Definition.objects.filter(program=program, key__in=keys).values_list("key", flat=True))
    for name in set(keys) - known:
        _install(program, shipped()[name], actor=actor)
    listening = Definition.objects.filter(
        program=program, trigger=trigger, is_active=True, subject_type=subject._meta.label_lower
    ).order_by("pk")
    return [
        runs.start(
            version=latest(definition),
            subject=subject,
            idempotency_key=f"{key}:{definition.pk}",
            actor=actor,
            context={"event": trigger, **payload},
        )
        for definition in listening
    ]
