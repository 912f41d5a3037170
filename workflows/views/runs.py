"""Runs: the list, the page of one, and what those who manage workflows do with it."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, show_refusal
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, when
from workflows.access import access_run, access_step, visible_runs
from workflows.forms import CancelForm, ResolveForm
from workflows.models import Run
from workflows.selectors import checklist_of, history_of, with_steps
from workflows.services.runs import cancel_run, resolve_step
from workflows.subjects import kind_of, subject_of

EVENTS_SHOWN = 100


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
    empty=Empty(
        "No workflows yet", "They start by themselves, for example when somebody submits a request.", icon="workflow"
    ),
)


@console
@list_methods
def run_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.TASK_SEE_ALL)
    return list_page(request, RUNS, visible_runs(request.actor).select_related("version__definition", "program"))


@console
@require_safe
def run_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """All steps with their state, who acts next, what happened."""
    run = access_run(request.actor, public_id)
    kind = kind_of(run.subject_type)
    subject = subject_of(run)
    context = {
        "run": run,
        "subject_url": kind.url(subject),
        "checklist": checklist_of(with_steps(Run.objects.filter(pk=run.pk)).get()),
        "history": Paginator(history_of(run), EVENTS_SHOWN).get_page(request.GET.get("page")),
        "back": tenant_url("run_list") if request.actor.can(Capability.TASK_SEE_ALL) else tenant_url("inbox"),
        "may_manage": request.actor.can(Capability.WORKFLOW_MANAGE) and run.state in Run.OPEN,
    }
    return render(request, "workflows/run_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def step_resolve(request: HubRequest, public_id: object) -> HttpResponseBase:
    """A step needs attention: try again, say that it happened, or go on without it."""
    step = access_step(request.actor, public_id)
    require(request.actor, Capability.WORKFLOW_MANAGE)
    form = ResolveForm(request.POST or None)
    back = tenant_url("run_detail", public_id=step.run.public_id)
    if request.method == "POST" and form.is_valid():
        try:
            resolve_step(step=step, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
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
        try:
            cancel_run(run=run, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The workflow is cancelled.")
            return redirect_to(request, back)
    checklist = checklist_of(with_steps(Run.objects.filter(pk=run.pk)).get())
    context = {"run": run, "form": form, "back": back, "open": checklist.total - checklist.done}
    return render(request, "workflows/run_cancel.html", context, status=422 if form.errors else 200)
