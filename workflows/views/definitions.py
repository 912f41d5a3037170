"""Workflows as they are defined: the list, the page of one with its versions and what changed, making and publishing them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import program_limit
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, when
from programs.models import Program
from workflows import diffs, wording
from workflows.access import access_definition, visible_definitions
from workflows.definition_forms import NewDefinitionForm, PublishForm
from workflows.models import Definition, DefinitionDraft, DefinitionVersion, Run
from workflows.services import drafts
from workflows.sketch import sketch
from workflows.subjects import kinds

C = Capability


class DefinitionFilters(ListFilters):
    on = forms.ChoiceField(label="State", required=False, choices=[("", "All"), ("1", "On"), ("0", "Off")])
    search_fields = ("title", "key")

    def conditions(self) -> Q:
        wanted = self.cleaned_data.get("on")
        return super().conditions() & (Q(is_active=wanted == "1") if wanted else Q())


def _starts(definition: Definition) -> str:
    said = {"event": definition.trigger, "button": definition.button}
    words = wording.triggers(said) or ("by its schedule" if definition.next_run_at else "")
    return words[:1].upper() + words[1:]


def _state(definition: Definition) -> str:
    if definition.last_number is None:  # type: ignore[attr-defined]  # annotated by the list
        return chip("draft")
    return chip("active", word="On") if definition.is_active else chip("closed", word="Off")


DEFINITIONS = ListPage(
    key="definitions",
    title="Workflow definitions",
    lead="What happens by itself, step by step, in versions.",
    noun=("workflow", "workflows"),
    columns=(
        Column("title", "Workflow", sort="title"),
        Column("program__name", "Program", value=lambda one: one.program.name if one.program else "All programs"),
        Column("trigger", "Starts", value=_starts, cell="extra"),
        Column("last_number", "Version", value=lambda one: one.last_number or "–", class_="number"),
        Column("open_runs", "Running", value=lambda one: one.open_runs, class_="number"),
        Column("is_active", "State", value=_state, cell="state"),
        Column("last_published", "Published", value=lambda one: when(one.last_published), cell="extra"),
    ),
    filters=DefinitionFilters,
    sorts={"title": ("title", "Title")},
    default_sort="title",
    row_link=lambda one: tenant_url("definition_detail", public_id=one.public_id),
    tabs=(Tab("All"), Tab("On", "on=1"), Tab("Off", "on=0")),
    actions=(
        PageAction("Monitoring", "workflow_monitoring", C.TASK_SEE_ALL, icon="activity", is_aside=True),
        PageAction("New workflow", "definition_create", icon="plus", capability=C.WORKFLOW_MANAGE),
    ),
    empty=Empty(
        "No workflows yet",
        "A program gets its workflows when it is launched. You can also build one of your own.",
        icon="workflow",
    ),
)


@console
@list_methods
def definition_list(request: HubRequest) -> HttpResponseBase:
    """Every workflow of one's programs."""
    require(request.actor, C.TASK_SEE_ALL)
    return list_page(request, DEFINITIONS, _with_figures(visible_definitions(request.actor)))


def _with_figures(rows: QuerySet[Definition]) -> QuerySet[Definition]:
    open_runs = Q(versions__runs__state__in=Run.OPEN)
    return rows.select_related("program").annotate(
        last_number=Max("versions__number"),
        last_published=Max("versions__published_at"),
        open_runs=Count("versions__runs", filter=open_runs, distinct=True),
    )


class CompareForm(forms.Form):
    """Which versions the page compares."""

    old = forms.IntegerField(min_value=0, required=False)
    new = forms.IntegerField(min_value=1, required=False)
    version = forms.IntegerField(min_value=1, required=False)


@console
@require_safe
def definition_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """The picture, what starts it, its versions, and what changed between two of them."""
    definition = access_definition(request.actor, public_id)
    versions = list(
        definition.versions.select_related("published_by__user")
        .annotate(open_runs=Count("runs", filter=Q(runs__state__in=Run.OPEN)))
        .order_by("-number")
    )
    draft = DefinitionDraft.objects.filter(definition=definition).select_related("edited_by__user").first()
    form = CompareForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    shown = _version(versions, said.get("version")) or (versions[0] if versions else None)
    graph = draft.graph if draft and not shown else drafts.graph_of_version(definition, shown)
    specs = wording.steps_of(graph)
    titles = {spec.key: spec.title for spec in specs}
    may_manage = _may_manage(request, definition)
    context = {
        "definition": definition,
        "versions": versions,
        "draft": draft,
        "shown": shown,
        "picture": sketch(specs, label=f"Steps of {definition.title}", href=lambda key: f"#step-{key}"),
        "lines": [
            {"spec": spec, "note": wording.note(spec), "after": wording.after(spec, titles), "told": told(spec)}
            for spec in specs
        ],
        "triggers": wording.general("triggers", graph.get("triggers")),
        "on_failure": wording.general("on_failure", graph.get("on_failure")),
        "comparison": _comparison(definition, versions, draft, said),
        "changes": _changes(definition, versions),
        "may_manage": may_manage,
        "back": tenant_url("definition_list"),
    }
    return render(request, "workflows/definition_detail.html", context)


def told(spec: Any) -> list[tuple[str, str]]:
    """What a step says besides its first line."""
    pairs = [
        ("Term", wording.hours(spec.term_hours) if spec.term_hours else ""),
        ("Needed", wording.mode(spec) if spec.kind == "approval" and spec.mode != "any" else ""),
        ("Not needed when", wording.name(spec.skip_when)),
        ("Undone by", wording.action(spec.undo) if spec.undo else ""),
        *wording.params(spec.params),
    ]
    return [(label, value) for label, value in pairs if value]


def _version(versions: Sequence[DefinitionVersion], number: int | None) -> DefinitionVersion | None:
    return next((version for version in versions if version.number == number), None)


def _changes(definition: Definition, versions: Sequence[DefinitionVersion]) -> list[tuple[DefinitionVersion, str]]:
    """Each version with what it changed, in a few words."""
    graphs = [drafts.graph_of_version(definition, version) for version in versions]
    summaries = [diffs.compare(before, after).summary for after, before in pairwise(graphs)]
    return list(zip(versions, [*summaries, "The first version"], strict=True)) if versions else []


def _comparison(
    definition: Definition, versions: Sequence[DefinitionVersion], draft: DefinitionDraft | None, said: dict[str, Any]
) -> dict[str, Any] | None:
    """Two versions side by side; `new` empty: the draft."""
    old = _version(versions, said.get("old"))
    if old is None:
        return None
    new = _version(versions, said.get("new"))
    if new is None and draft is None:
        return None
    graph = drafts.graph_of_version(definition, new) if new else drafts.published_part(draft.graph if draft else {})
    return {"old": old, "new": new, "diff": diffs.compare(drafts.graph_of_version(definition, old), graph)}


def _may_manage(request: HubRequest, definition: Definition) -> bool:
    actor = request.actor
    return actor.can(C.WORKFLOW_MANAGE) and (actor.programs is None or definition.program_id in actor.programs)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def definition_create(request: HubRequest) -> HttpResponseBase:
    """A new workflow: empty, from a shipped playbook, or a copy."""
    require(request.actor, C.WORKFLOW_MANAGE)
    form = _new_form(request)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusals_at(form):
            subject_type, source = _source(said)
            definition = drafts.create_definition(
                program=said["program"],
                title=said["title"],
                subject_type=subject_type,
                source=source,
                actor=request.actor,
            )
            return redirect_to(request, tenant_url("definition_builder", public_id=definition.public_id))
    context = {"form": form, "back": tenant_url("definition_list")}
    return render(request, "workflows/definition_form.html", context, status=422 if form.errors else 200)


def _new_form(request: HubRequest) -> NewDefinitionForm:
    form = NewDefinitionForm(request.POST or None)
    programs = Program.objects.filter(program_limit(request.actor, "pk")).order_by("name")
    program: Any = form.fields["program"]
    program.queryset = programs
    if request.actor.programs is not None:
        program.required, program.empty_label = True, None
    visible = visible_definitions(request.actor).filter(versions__isnull=False).distinct().order_by("title", "pk")
    copies = [
        (f"copy:{one.public_id}", f"A copy of {one.title} ({one.program.name if one.program else 'all programs'})")
        for one in visible.select_related("program")
    ]
    source: Any = form.fields["source"]
    source.choices = [("", "Nothing: build it step by step"), *drafts.starting_points(), *copies]
    about: Any = form.fields["subject_type"]
    about.choices = [("", "As its model"), *((kind.label, kind.noun.capitalize()) for kind in kinds().values())]
    return form


def _source(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if said["source"]:
        return drafts.source_of(said["source"])
    if not said["subject_type"]:
        raise Refusal("Say what a run is about.", field="subject_type", code="required")
    return said["subject_type"], {"steps": []}


@console
@require_http_methods(["GET", "HEAD", "POST"])
def definition_publish(request: HubRequest, public_id: object) -> HttpResponseBase:
    """GET tells what changes and what is wrong, POST publishes."""
    definition = access_definition(request.actor, public_id, to=C.WORKFLOW_MANAGE)
    drafts.require_manager(definition.program, request.actor)
    form = PublishForm(request.POST or None)
    back = tenant_url("definition_builder", public_id=definition.public_id)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            version = drafts.publish_draft(definition=definition, actor=request.actor, **form.cleaned_data)
            messages.success(
                request, f"Version {version.number} is published. What runs already ends with its own version."
            )
            return redirect_to(request, tenant_url("definition_detail", public_id=definition.public_id))
    graph = drafts.current_graph(definition)
    last = (
        definition.versions.annotate(open_runs=Count("runs", filter=Q(runs__state__in=Run.OPEN)))
        .order_by("-number")
        .first()
    )
    context = {
        "definition": definition,
        "form": form,
        "findings": drafts.findings_of(definition, graph),
        "diff": diffs.compare(drafts.graph_of_version(definition, last), drafts.published_part(graph))
        if last
        else None,
        "last": last,
        "back": back,
    }
    return render(request, "workflows/definition_publish.html", context, status=422 if form.errors else 200)


@console
@require_POST
def definition_switch(request: HubRequest, public_id: object) -> HttpResponseBase:
    """On or off."""
    definition = access_definition(request.actor, public_id, to=C.WORKFLOW_MANAGE)
    is_active = request.POST.get("on") == "1"
    with refusals_told(request):
        drafts.switch(definition=definition, is_active=is_active, actor=request.actor)
        messages.success(request, "It is on." if is_active else "It starts nothing new; what runs goes on.")
    return redirect_to(request, tenant_url("definition_detail", public_id=definition.public_id))
