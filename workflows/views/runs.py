"""Runs: the list, the page of one, and what those who manage workflows do with it."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, console, is_fragment, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, when
from workflows import story
from workflows.access import access_run, access_step, visible_runs
from workflows.engine.moves import ENGINE, SWEEPER
from workflows.forms import CancelForm, ReasonForm, ResolveForm
from workflows.masking import mask_text
from workflows.models import Run
from workflows.selectors import checklist_of, history_of, with_steps
from workflows.services.runs import cancel_run, pause_run, resolve_step, resume_run, retry_now, skip_step
from workflows.subjects import kind_of, subject_of

EVENTS_SHOWN = 100
WORKER = re.compile(r"[\w.-]+:\d+")  # host and process


class RunFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Run.State)
    lookups = {"state": "state__in"}
    search_fields = ("title",)


RUNS = ListPage(
    key="runs",
    title="Workflows",
    lead="What is on its way: approvals, onboarding, offboarding.",
    noun=("workflow", "workflows"),
    columns=(
        Column("title", "About"),
        Column("version__definition__title", "Workflow", value=lambda run: run.version.definition.title),
        Column("program__name", "Program", value=lambda run: run.program.name if run.program else "–", cell="extra"),
        Column("state", "State", value=lambda run: chip(run.state, "run"), cell="state"),
        Column("started_at", "Started", value=lambda run: when(run.started_at), sort="started"),
        Column("finished_at", "Ended", value=lambda run: when(run.finished_at), cell="extra"),
    ),
    filters=RunFilters,
    sorts={"started": ("started_at", "Started")},
    default_sort="-started",
    row_link=lambda run: tenant_url("run_detail", public_id=run.public_id),
    tabs=(Tab("Running", "state=running&state=paused&state=compensating"), Tab("All")),
    actions=(
        PageAction("Monitoring", "workflow_monitoring", Capability.TASK_SEE_ALL, icon="activity", is_aside=True),
        PageAction("Definitions", "definition_list", Capability.TASK_SEE_ALL, icon="workflow", is_aside=True),
    ),
    empty=Empty(
        "No workflows yet", "They start by themselves, for example when somebody submits a request.", icon="workflow"
    ),
)


@console
@list_methods
def run_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.TASK_SEE_ALL)
    return list_page(request, RUNS, visible_runs(request.actor).select_related("version__definition", "program"))


class RunQuery(forms.Form):
    """What the address of a run's page may say: the step to open, the page of its history, what the reader has seen."""

    step = forms.SlugField(required=False, max_length=80)
    page = forms.IntegerField(required=False, min_value=1)
    seen = forms.CharField(required=False, max_length=60)


@console
@require_safe
def run_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """All steps with their state, who acts next, what happened. Asks for itself while the run is open: 204 when nothing moved."""
    run = access_run(request.actor, public_id)
    asked = RunQuery(request.GET)
    said = asked.cleaned_data if asked.is_valid() else {}
    mark = story.mark_of(run)
    if is_fragment(request) and said.get("seen") == mark:
        return HttpResponse(status=204)
    context = _run_context(request, run, mark, chosen=said.get("step", ""), page=said.get("page"))
    template = "workflows/_run.html" if is_fragment(request) else "workflows/run_detail.html"
    return render(request, template, context)


def _run_context(request: HubRequest, run: Run, mark: str, *, chosen: str, page: int | None) -> dict[str, Any]:
    kind, actor = kind_of(run.subject_type), request.actor
    told = story.story_of(run, runs=visible_runs(actor), mark=mark)
    history = Paginator(history_of(run), EVENTS_SHOWN).get_page(page)
    sees_all = actor.can(Capability.TASK_SEE_ALL)
    is_open = run.state in Run.OPEN
    query = urlencode({"seen": mark, **({"step": chosen} if chosen else {}), **({"page": page} if page else {})})
    return {
        "run": run,
        "story": told,
        "picture": told.picture(chosen),
        "noun": kind.noun,
        "subject_url": kind.url(subject_of(run)),
        "history": history,
        "history_lines": [(event, _who(event.actor), mask_text(event.detail)) for event in history],
        "back": tenant_url("run_list") if sees_all else tenant_url("inbox"),
        "back_label": "Workflows" if sees_all else "Inbox",
        "definition_url": tenant_url("definition_detail", public_id=run.version.definition.public_id)
        if sees_all
        else "",
        "parent_url": _parent_url(request, run),
        "may_manage": actor.can(Capability.WORKFLOW_MANAGE) and is_open,
        "chosen": chosen,
        "poll": f"{request.path}?{query}" if is_open else "",
        "is_answer": is_fragment(request),
    }


def _who(actor: str) -> str:
    """Who did it, for people: whatever of the engine it was, its name says nothing to them."""
    is_engine = actor in ("", ENGINE, SWEEPER) or WORKER.fullmatch(actor)
    return "Freelance Hub" if is_engine else actor


def _parent_url(request: HubRequest, run: Run) -> str:
    """The run of which this one is a part, for who may see it."""
    if run.parent_step is None or not visible_runs(request.actor).filter(pk=run.parent_step.run_id).exists():
        return ""
    return tenant_url("run_detail", public_id=run.parent_step.run.public_id)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def step_resolve(request: HubRequest, public_id: object) -> HttpResponseBase:
    """A step needs attention: try again, say that it happened, or go on without it."""
    step = access_step(request.actor, public_id)
    require(request.actor, Capability.WORKFLOW_MANAGE)
    form = ResolveForm(request.POST or None)
    back = tenant_url("run_detail", public_id=step.run.public_id)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            resolve_step(step=step, actor=request.actor, **form.cleaned_data)
            messages.success(request, "The workflow goes on.")
            return redirect_to(request, back)
    context = {"step": step, "run": step.run, "form": form, "back": back}
    return render(request, "workflows/step_resolve.html", context, status=422 if form.errors else 200)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def run_cancel(request: HubRequest, public_id: object) -> HttpResponseBase:
    """GET asks, POST ends the run before its time."""
    run = access_run(request.actor, public_id, to=Capability.WORKFLOW_MANAGE)
    form = CancelForm(request.POST or None)
    back = tenant_url("run_detail", public_id=run.public_id)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            cancel_run(run=run, actor=request.actor, **form.cleaned_data)
            messages.success(request, "The workflow is cancelled.")
            return redirect_to(request, back)
    checklist = checklist_of(with_steps(Run.objects.filter(pk=run.pk)).get())
    context = {"run": run, "form": form, "back": back, "open": checklist.total - checklist.done}
    return render(request, "workflows/run_cancel.html", context, status=422 if form.errors else 200)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def run_pause(request: HubRequest, public_id: object) -> HttpResponseBase:
    """GET asks, POST holds the run."""
    run = access_run(request.actor, public_id, to=Capability.WORKFLOW_MANAGE)
    return _ask_why(
        request,
        partial(pause_run, run=run),
        run=run,
        done="The workflow is paused.",
        title="Pause this workflow?",
        lead="Nothing of it begins, nobody can answer, and no term runs until it goes on.",
        submit="Pause",
    )


@console
@require_POST
def run_resume(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Let a paused run go on."""
    run = access_run(request.actor, public_id, to=Capability.WORKFLOW_MANAGE)
    return _act(request, partial(resume_run, run=run), run=run, done="The workflow goes on.")


@console
@require_http_methods(["GET", "HEAD", "POST"])
def step_skip(request: HubRequest, public_id: object) -> HttpResponseBase:
    """GET asks, POST goes on without the step."""
    step = access_step(request.actor, public_id)
    require(request.actor, Capability.WORKFLOW_MANAGE)
    return _ask_why(
        request,
        partial(skip_step, step=step),
        run=step.run,
        done="The workflow goes on without this step.",
        title=f"Skip “{step.title}”?",
        lead="What comes after it begins as if it had ended. The reason goes into the log.",
        submit="Skip",
    )


@console
@require_POST
def step_retry(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Try a queued step again now, not after its pause."""
    step = access_step(request.actor, public_id)
    require(request.actor, Capability.WORKFLOW_MANAGE)
    return _act(request, partial(retry_now, step=step), run=step.run, done="It is tried again now.")


def _act(request: HubRequest, do: Callable[..., object], *, run: Run, done: str) -> HttpResponseBase:
    """Call `do` as who asks, and tell on the run's page that it is done, or why not."""
    with refusals_told(request):
        do(actor=request.actor)
        messages.success(request, done)
    return redirect_to(request, tenant_url("run_detail", public_id=run.public_id))


def _ask_why(request: HubRequest, do: Callable[..., object], *, run: Run, done: str, **page: str) -> HttpResponseBase:
    """GET asks for a reason in the words of `page`; POST calls `do` with it, and its refusal stands at the form."""
    form = ReasonForm(request.POST or None)
    back = tenant_url("run_detail", public_id=run.public_id)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            do(actor=request.actor, **form.cleaned_data)
            messages.success(request, done)
            return redirect_to(request, back)
    context = {**page, "about": run.title, "form": form, "back": back}
    return render(request, "workflows/ask_reason.html", context, status=422 if form.errors else 200)
