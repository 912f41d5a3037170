"""The builder: the steps of a draft in a form beside their picture. One address; each act is a POST that says what to do."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, is_fragment, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from workflows import wording
from workflows.access import access_definition
from workflows.builder_forms import StepForm, enliven
from workflows.definition_forms import FrameForm
from workflows.models import Definition, DefinitionDraft, Step
from workflows.picture import KIND_ICONS
from workflows.services import drafts
from workflows.sketch import sketch
from workflows.subjects import kind_of

C = Capability
SIDE = "builder-side"  # the part that is exchanged when a field was saved as one goes
KIND_HELP = {
    "approval": "People say yes or no",
    "task": "Somebody does something",
    "form": "Somebody answers questions",
    "document": "Somebody hands in a file",
    "automation": "Freelance Hub does it",
    "decision": "Facts decide the way",
    "wait": "The clock or an event",
    "workflow": "Starts another one",
}


class ActForm(forms.Form):
    """What to do with the draft."""

    do = forms.ChoiceField(
        choices=[(name, name) for name in ("step", "add", "remove", "up", "down", "frame", "discard")]
    )
    step = forms.CharField(max_length=80, required=False)
    kind = forms.ChoiceField(choices=Step.Kind.choices, required=False)


class BuilderQuery(forms.Form):
    """Which step is open; "frame": what is around the steps."""

    step = forms.CharField(max_length=80, required=False)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def definition_builder(request: HubRequest, public_id: object) -> HttpResponseBase:
    """GET shows the draft (or what it would begin with), POST changes one thing of it."""
    definition = access_definition(request.actor, public_id, to=C.WORKFLOW_MANAGE)
    drafts.require_manager(definition.program, request.actor)
    if request.method == "POST":
        return _act(request, definition)
    asked = BuilderQuery(request.GET)
    chosen = asked.cleaned_data["step"] if asked.is_valid() else ""
    return _page(request, definition, chosen)


def _act(request: HubRequest, definition: Definition) -> HttpResponseBase:
    act = ActForm(request.POST)
    if not act.is_valid():
        messages.error(request, "Nothing was changed: what to do was not said. Use the buttons of this page.")
        return redirect_to(request, _address(definition))
    do, key = act.cleaned_data["do"], act.cleaned_data["step"]
    if do == "step":
        return _save_step(request, definition, key)
    if do == "frame":
        return _save_frame(request, definition)
    try:
        shown = _do(request, definition, do, key, act.cleaned_data["kind"])
    except Refusal as refusal:
        messages.error(request, str(refusal))
        shown = key
    if shown is None:
        return redirect_to(request, tenant_url("definition_list"))
    return _answer(request, definition, shown)


def _do(request: HubRequest, definition: Definition, do: str, key: str, kind: str) -> str | None:
    """Do it; returns the step to show next, None when there is nothing left to show."""
    actor = request.actor
    if do == "add":
        return drafts.add_step(definition=definition, kind=kind or Step.Kind.TASK, after=key, actor=actor)
    if do == "remove":
        drafts.remove_step(definition=definition, key=key, actor=actor)
        return ""
    if do == "discard":
        drafts.discard_draft(definition=definition, actor=actor)
        messages.success(request, "The draft is thrown away.")
        return "" if definition.pk and definition.versions.exists() else None
    drafts.move_step(definition=definition, key=key, by=-1 if do == "up" else 1, actor=actor)
    return key


def _save_step(request: HubRequest, definition: Definition, key: str) -> HttpResponseBase:
    graph = drafts.current_graph(definition)
    raw = _raw(graph, key)
    if raw is None:
        messages.error(request, "Somebody has removed this step.")
        return redirect_to(request, _address(definition))
    form = _step_form(definition, graph, raw, request)
    if form.is_valid():
        with refusals_at(form):
            drafts.save_step(definition=definition, key=key, step=form.step(), actor=request.actor)
            return _answer(request, definition, key, focus=_focus(form))
    return _page(request, definition, key, form=form, status=422)


def _save_frame(request: HubRequest, definition: Definition) -> HttpResponseBase:
    graph = drafts.current_graph(definition)
    form = FrameForm(
        request.POST,
        graph=graph,
        title=definition.title,
        subject=kind_of(definition.subject_type),
        is_strict=_is_finished(request),
    )
    if form.is_valid():
        with refusals_at(form):
            drafts.save_frame(
                definition=definition,
                title=form.cleaned_data["title"],
                triggers=form.triggers(),
                on_failure=form.cleaned_data["on_failure"],
                actor=request.actor,
            )
            return _answer(request, definition, "frame", focus=_focus(form))
    return _page(request, definition, "frame", form=form, status=422)


def _is_finished(request: HubRequest) -> bool:
    """Whether somebody says that it is finished: not while it is saved as they go, nor by a button that changes the form."""
    return not is_fragment(request) and "reshape" not in request.POST


def _focus(form: Any) -> str:
    """The part of a condition that was just added, or from which one was taken."""
    return form.conditions.focus if form.conditions is not None else ""


def _answer(request: HubRequest, definition: Definition, key: str, *, focus: str = "") -> HttpResponseBase:
    """After a change: the part that was asked for, or the page anew."""
    if is_fragment(request):
        return _page(request, definition, key, focus=focus)
    return redirect_to(request, _address(definition, key))


def _address(definition: Definition, key: str = "") -> str:
    url = tenant_url("definition_builder", public_id=definition.public_id)
    return f"{url}?{urlencode({'step': key})}" if key else url


def _raw(graph: dict[str, Any], key: str) -> dict[str, Any] | None:
    return next((step for step in graph["steps"] if step["key"] == key), None)


def _step_form(
    definition: Definition, graph: dict[str, Any], raw: dict[str, Any], request: HubRequest | None = None
) -> StepForm:
    """The form of a step: as stored, or as a request sends it."""
    others: list[tuple[str, str]] = []
    if raw.get("kind") == Step.Kind.WORKFLOW:
        rows = Definition.objects.filter(
            Q(program=definition.program) | Q(program=None), subject_type=definition.subject_type
        )
        others = list(rows.exclude(pk=definition.pk).order_by("title").values_list("key", "title"))
    subject = kind_of(definition.subject_type)
    return StepForm(
        request.POST if request else None,
        step=raw,
        graph=graph,
        subject=subject,
        workflows=others,
        is_strict=request is None or _is_finished(request),
    )


def _page(
    request: HubRequest, definition: Definition, key: str, *, form: Any = None, status: int = 200, focus: str = ""
) -> HttpResponseBase:
    draft = DefinitionDraft.objects.filter(definition=definition).select_related("edited_by__user").first()
    last = definition.versions.order_by("-number").first()
    graph = draft.graph if draft else drafts.graph_of_version(definition, last)
    raw = _raw(graph, key)
    subject = kind_of(definition.subject_type)
    if form is None and raw is not None:
        form = _step_form(definition, graph, raw)
    elif form is None and key == "frame":
        form = FrameForm(graph=graph, title=definition.title, subject=subject)
    if form is not None:
        enliven(form, _address(definition))
        if focus and form.conditions is not None:
            form.conditions.put_focus(focus)
    specs = wording.steps_of(graph)
    findings = drafts.findings_of(definition, graph)
    counted = Counter((found.key, found.severity) for found in findings if found.key)
    wrong = {step for step, severity in counted if severity == "error"}
    base = draft.graph.get("base", 0) if draft else 0
    context = {
        "definition": definition,
        "draft": draft,
        "last": last,
        "is_outdated": bool(draft and last and base and last.number > base),
        "base": base,
        "chosen": key if raw is not None or key == "frame" else "",
        "spec": wording.step_of(raw) if raw else None,
        "kind_words": wording.KIND_WORDS.get(raw.get("kind", ""), "") if raw else "",
        "form": form,
        "specs": [(spec, wording.note(spec), spec.key in wrong) for spec in specs],
        "picture": sketch(
            specs,
            label=f"Steps of {definition.title}",
            href=lambda step: f"{_address(definition, step)}#form",
            chosen=key,
            wrong=wrong,
            warned={step for step, _ in counted} - wrong,
        ),
        "findings": findings,
        "errors": sum(found.is_error for found in findings),
        "triggers": wording.general("triggers", graph.get("triggers")),
        "kinds": [(value, label, KIND_ICONS[value], KIND_HELP[value]) for value, label in Step.Kind.choices],
        "address": _address(definition),
        "back": tenant_url("definition_detail", public_id=definition.public_id),
        "is_side": is_fragment(request) and request.htmx.target == SIDE,
    }
    return render(request, _template(request), context, status=status)


def _template(request: HubRequest) -> str:
    if not is_fragment(request):
        return "workflows/builder.html"
    return "workflows/_builder_side.html" if request.htmx.target == SIDE else "workflows/_builder.html"
