"""Drafts: the next version of a definition while somebody builds it. Saved as they go, run by nobody until published."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, Refused, require
from programs.models import Program
from workflows.calls import problems_of_calls
from workflows.engine.clock import Now
from workflows.lint import ERROR, Finding, lint
from workflows.models import Definition, DefinitionDraft, DefinitionVersion
from workflows.playbooks import shipped
from workflows.services import definitions
from workflows.subjects import kind_of

KEPT = ("steps", "on_failure", "triggers")
MOST_STEPS = 200
Graph = dict[str, Any]


class LintRefusal(Refusal):
    """Errors stop publishing; `findings` says each."""

    def __init__(self, findings: list[Finding]) -> None:
        errors = [found for found in findings if found.is_error]
        words = " ".join(str(found) for found in errors)
        super().__init__(f"This cannot be published yet. {words}", code="lint")
        self.findings = errors


@transaction.atomic
def create_definition(
    *, program: Program | None, title: str, subject_type: str, actor: Actor, source: Mapping[str, Any] | None = None
) -> Definition:
    """A new workflow with a draft: empty, or with the steps of `source` (a shipped playbook, a version of another one).

    It is switched off until its first version is published. Raises Refused without workflow.manage in the program,
    Refusal for a title that is taken or empty. Event `workflow.created`.
    """
    require_manager(program, actor)
    kind_of(subject_type)
    key = slugify(title)[:50]
    if not key:
        raise Refusal("Give it a title with letters or digits.", field="title", code="required")
    if Definition.objects.filter(program=program, key=key).exists():
        raise Refusal(
            f"There is a workflow like “{title.strip()}” already.", remedy="Choose another title.", field="title"
        )
    definition = Definition.objects.create(
        program=program, key=key, title=title.strip(), subject_type=subject_type, is_active=False
    )
    DefinitionDraft.objects.create(
        definition=definition, graph=_graph_of(source or {}, base=0), edited_by=_person(actor)
    )
    events.announce("workflow.created", definition, actor=actor)
    return definition


def starting_points() -> list[tuple[str, str]]:
    """(name, title) of the shipped playbooks that a new workflow can begin with."""
    return [(f"playbook:{key}", f"Shipped: {one['title']}") for key, one in shipped().items()]


def source_of(name: str) -> tuple[str, Graph]:
    """(subject type, graph) of "playbook:<key>" or "copy:<public id>"; raises Refusal when there is none.

    The caller has offered only what the person may see.
    """
    kind, _, which = name.partition(":")
    if kind == "playbook" and which in shipped():
        return shipped()[which]["subject_type"], dict(shipped()[which])
    version = DefinitionVersion.objects.filter(definition__public_id=which) if kind == "copy" else None
    newest = version.select_related("definition").order_by("-number").first() if version is not None else None
    if newest is None:
        raise Refusal("This cannot be copied.", remedy="Choose from the list.", field="source")
    return newest.definition.subject_type, newest.graph


@transaction.atomic
def open_draft(*, definition: Definition, actor: Actor) -> DefinitionDraft:
    """The draft of a definition; begun from its newest version when there is none."""
    require_manager(definition.program, actor)
    draft = DefinitionDraft.objects.filter(definition=definition).select_related("edited_by__user").first()
    if draft is not None:
        return draft
    version = definition.versions.order_by("-number").first()
    graph = _graph_of(graph_of_version(definition, version), base=version.number if version else 0)
    draft, _ = DefinitionDraft.objects.get_or_create(
        definition=definition, defaults={"graph": graph, "edited_by": _person(actor)}
    )
    return draft


def current_graph(definition: Definition) -> Graph:
    """What the builder would show: the draft, or the newest version. At most two queries."""
    draft = DefinitionDraft.objects.filter(definition=definition).first()
    if draft is not None:
        stored: Graph = draft.graph
        return stored
    return graph_of_version(definition, definition.versions.order_by("-number").first())


def graph_of_version(definition: Definition, version: DefinitionVersion | None) -> Graph:
    """The graph of a version; one that says no triggers has those of its definition."""
    graph: Graph = {"steps": [], **(version.graph if version else {})}
    if "triggers" not in graph and version is not None:
        graph["triggers"] = _triggers_of(definition)
    return graph


def _triggers_of(definition: Definition) -> Graph:
    found = {"event": definition.trigger, "button": definition.button, "api": definition.is_callable}
    return {name: value for name, value in found.items() if value}


@transaction.atomic
def add_step(*, definition: Definition, kind: str, actor: Actor, after: str = "") -> str:
    """Add a step of a kind behind the step `after` (or at the end) and connect it; returns its key."""
    draft = _lock(definition, actor)
    steps = draft.graph["steps"]
    if len(steps) >= MOST_STEPS:
        raise Refusal(f"A workflow has {MOST_STEPS} steps at most.", remedy="Move some into a workflow of their own.")
    key = _free_key(kind, {step["key"] for step in steps})
    at = next((number for number, step in enumerate(steps, start=1) if step["key"] == after), len(steps))
    new: Graph = {"key": key, "title": TITLES.get(kind, "New step"), "kind": kind, **DEFAULTS.get(kind, {})}
    if steps:
        new["after"] = [_way_on(steps[at - 1])]
    steps.insert(at, new)
    _save(draft, actor)
    return key


TITLES = {
    "approval": "New approval",
    "task": "New task",
    "form": "New form",
    "document": "New document",
    "automation": "New automation",
    "decision": "New decision",
    "wait": "New wait",
    "workflow": "Start another workflow",
}
DEFAULTS: dict[str, Graph] = {
    "approval": {"term_hours": 48},
    "task": {"term_hours": 72},
    "form": {"fields": [{"key": "answer", "label": "Your answer", "type": "text", "required": True}]},
    "wait": {"delay_hours": 24},
}


def _way_on(step: Mapping[str, Any]) -> str:
    """What the next step asks of this one, most likely."""
    outcome = {"approval": ":approved", "decision": ":yes"}.get(step.get("kind", ""), "")
    return f"{step['key']}{outcome}"


@transaction.atomic
def save_step(*, definition: Definition, key: str, step: Mapping[str, Any], actor: Actor) -> DefinitionDraft:
    """Replace one step of the draft. Its key stays, so what comes after it stays connected. Refusal when it is gone."""
    draft = _lock(definition, actor)
    at = _find(draft, key)
    kept = {name: value for name, value in step.items() if value not in (None, "", [], {}, ())}
    draft.graph["steps"][at] = {**kept, "key": key}
    return _save(draft, actor)


@transaction.atomic
def remove_step(*, definition: Definition, key: str, actor: Actor) -> DefinitionDraft:
    """Take a step out; what came after it then comes after what it came after."""
    draft = _lock(definition, actor)
    gone = draft.graph["steps"].pop(_find(draft, key))
    for step in draft.graph["steps"]:
        entries = step.get("after", [])
        if not any(_parent(entry) == key for entry in entries):
            continue
        kept = [entry for entry in entries if _parent(entry) != key]
        known = {_parent(entry) for entry in kept}
        bridged = [entry for entry in gone.get("after", []) if _parent(entry) not in known | {step["key"]}]
        step["after"] = kept + bridged
        if not step["after"]:
            del step["after"]
    return _save(draft, actor)


@transaction.atomic
def move_step(*, definition: Definition, key: str, by: int, actor: Actor) -> DefinitionDraft:
    """Move a step up (-1) or down (1) in the list; connections stay."""
    draft = _lock(definition, actor)
    steps, at = draft.graph["steps"], _find(draft, key)
    to = min(max(at + by, 0), len(steps) - 1)
    steps.insert(to, steps.pop(at))
    return _save(draft, actor)


@transaction.atomic
def save_frame(
    *, definition: Definition, title: str, triggers: Mapping[str, Any], on_failure: str, actor: Actor
) -> DefinitionDraft:
    """What is around the steps: title (at once), what starts it and what a failure leads to (with the next version)."""
    draft = _lock(definition, actor)
    if not title.strip():
        raise Refusal("Give it a title.", field="title", code="required")
    if title.strip() != definition.title:
        definition.title = title.strip()
        definition.save(update_fields=["title"])
        events.announce("workflow.renamed", definition, actor=actor, title=definition.title)
    draft.graph["triggers"] = {name: value for name, value in triggers.items() if value}
    draft.graph["on_failure"] = on_failure
    return _save(draft, actor)


@transaction.atomic
def discard_draft(*, definition: Definition, actor: Actor) -> None:
    """Throw the draft away; the published version stays as it is. A workflow that was never published goes with it.

    Event `workflow.draft_discarded`.
    """
    _lock(definition, actor)
    events.announce("workflow.draft_discarded", definition, actor=actor)
    if definition.versions.exists():
        DefinitionDraft.objects.filter(definition=definition).delete()
    else:
        definition.delete()


def findings_of(definition: Definition, graph: Mapping[str, Any]) -> list[Finding]:
    """What lint says about a graph of this definition; also that it would start itself over other workflows."""
    part = published_part(graph)
    found = lint(part, subject_type=definition.subject_type, program=definition.program, key=definition.key)
    if any(one.is_error for one in found):
        return found
    mend = "Choose another workflow in one of them."
    return [Finding("", "", ERROR, words, mend) for words in problems_of_calls(definition, part)] + found


@transaction.atomic
def publish_draft(*, definition: Definition, note: str, actor: Actor) -> DefinitionVersion:
    """The draft becomes the next version, and is gone; running runs finish on theirs.

    Raises Refusal without a note or a draft, LintRefusal with every error: then nothing is published. Event
    `workflow.published`; the first version switches the workflow on.
    """
    draft = _lock(definition, actor)
    if not note.strip():
        raise Refusal("Say what is new.", field="note", remedy="One sentence is enough.", code="required")
    findings = findings_of(definition, draft.graph)
    if any(found.is_error for found in findings):
        raise LintRefusal(findings)
    version = definitions.publish(
        definition=definition, graph_data=published_part(draft.graph), note=note.strip(), actor=actor
    )
    if version.number == 1 and not definition.is_active:
        definition.is_active = True
        definition.save(update_fields=["is_active"])
    draft.delete()
    return version


@transaction.atomic
def switch(*, definition: Definition, is_active: bool, actor: Actor) -> Definition:
    """Let a workflow start runs, or no more; those that run finish. A schedule begins anew. Event `workflow.switched`.

    Raises Refused without workflow.manage in the program, Refusal to switch on what was never published.
    """
    require_manager(definition.program, actor)
    if definition.versions.exists():
        return definitions.switch(definition=definition, is_active=is_active, actor=actor)
    if is_active:
        raise Refusal("Nothing of it is published yet.", remedy="Publish its first version.")
    return definition


def published_part(graph: Mapping[str, Any]) -> Graph:
    """The graph without what only drafts know."""
    return {name: graph[name] for name in KEPT if graph.get(name) or (name != "on_failure" and name in graph)}


def _graph_of(source: Mapping[str, Any], *, base: int) -> Graph:
    """A copy of what a draft keeps. `base`: the version it began with."""
    return {"steps": [], **published_part({"steps": [], **source}), "base": base}


def _lock(definition: Definition, actor: Actor) -> DefinitionDraft:
    """The draft, locked until the end of the transaction: two editors lose nothing of each other's steps."""
    open_draft(definition=definition, actor=actor)
    return DefinitionDraft.objects.select_for_update(no_key=True).get(definition=definition)


def _save(draft: DefinitionDraft, actor: Actor) -> DefinitionDraft:
    person = _person(actor)
    DefinitionDraft.objects.filter(pk=draft.pk).update(graph=draft.graph, edited_by=person, edited_at=Now())
    draft.edited_by = person
    return draft


def _find(draft: DefinitionDraft, key: str) -> int:
    for number, step in enumerate(draft.graph["steps"]):
        if step["key"] == key:
            return number
    raise Refusal("Somebody has removed this step.", remedy="Reload the page.", code="state_changed")


def _parent(entry: str) -> str:
    return entry.partition(":")[0]


def _free_key(kind: str, taken: set[str]) -> str:
    return next(key for number in range(1, MOST_STEPS + 2) if (key := f"{kind}_{number}") not in taken)


def _person(actor: Actor) -> Membership | None:
    return (
        Membership.objects.select_related("user").filter(pk=actor.membership_id).first()
        if actor.membership_id
        else None
    )


def require_manager(program: Program | None, actor: Actor) -> None:
    """workflow.manage in the program; for the company's workflows, in all of them."""
    require(actor, Capability.WORKFLOW_MANAGE)
    if actor.programs is not None and (program is None or program.pk not in actor.programs):
        raise Refused(Capability.WORKFLOW_MANAGE)
