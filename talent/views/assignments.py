"""Assignments: the list, one assignment with its life, and each step that a person takes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub import gates
from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, day, due, money
from programs.access import visible_programs, visible_workspaces
from programs.models import Program
from talent.access import (
    access_assignment,
    rate_visible,
    visible_assignments,
    visible_requisitions,
)
from talent.forms.engagements import EndForm
from talent.forms.sourcing import ReasonForm
from talent.models import Assignment
from talent.selectors.directory import with_rate
from talent.selectors.happenings import happenings
from talent.selectors.life import life_of
from talent.selectors.search import matching
from talent.services import assignments as services

State = Assignment.State
AT_WORK = (State.ACTIVE, State.ENDING)


class AssignmentFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=State)
    program = forms.ModelChoiceField(Program.objects.none(), empty_label="All programs")
    mine = forms.BooleanField(label="Managed by me")
    ends_before = forms.DateField(label="Ends before", widget=forms.DateInput(attrs={"type": "date"}))
    lookups = {"state": "state__in", "program": "program", "ends_before": "ends_on__lt"}
    search_hint = "Title, person, number"

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, actor=actor)
        self.fields["program"].queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]

    def search(self, text: str) -> Q:
        return matching("assignments", text)

    def conditions(self) -> Q:
        found = super().conditions()
        return found & Q(manager=self.actor.person_id or 0) if self.cleaned_data.get("mine") else found


def _title(assignment: Assignment) -> SafeString:
    return format_html('<span class="ref">{}</span>{}', assignment.ref, assignment.title)


def _until(assignment: Assignment) -> str:
    return due(assignment.ends_on) if assignment.state in AT_WORK else day(assignment.ends_on)


ASSIGNMENTS = ListPage(
    key="assignments",
    title="Assignments",
    lead="Who works for you, on what, and until when.",
    noun=("assignment", "assignments"),
    columns=(
        Column("title", "Assignment", value=_title),
        Column("number", "Number", optional=True),
        Column("freelancer__name", "Freelancer", cell="person"),
        Column("program__name", "Program", cell="extra"),
        Column("manager__user__name", "Manager", cell="extra"),
        Column("starts_on", "From", value=lambda one: day(one.starts_on), cell="extra"),
        Column("ends_on", "Until", value=_until, sort="ends"),
        Column("shown_rate", "Rate", value=lambda one: money(one.shown_rate, one.currency), class_="number"),
        Column("rate_unit", "Paid", optional=True),
        Column("currency", "Currency", optional=True),
        Column("state", "State", value=lambda one: chip(one.state, "assignment"), cell="state"),
    ),
    filters=AssignmentFilters,
    sorts={"made": ("created_at", "Newest"), "ends": ("ends_on", "Ends soonest")},
    default_sort="-made",
    row_link=lambda one: tenant_url("assignment_detail", number=one.number),
    row_key="number",
    row_label=lambda one: one.ref,
    tabs=(
        Tab("All"),
        Tab("Active", "state=active"),
        Tab("Starting", "state=planned&state=onboarding"),
        Tab("Over", "state=ended&state=offboarding&state=closed"),
    ),
    empty=Empty(
        "No assignments yet",
        "Open an approved request and engage one of the people who fit.",
        icon="briefcase",
    ),
)


@console
@list_methods
def assignment_list(request: HubRequest) -> HttpResponseBase:
    actor = request.actor
    require(actor, Capability.ASSIGNMENT_SEE)
    rows = visible_assignments(actor).select_related("freelancer", "program", "manager__user")
    rows = with_rate(rows, sees_all=actor.can(Capability.RATE_SEE), membership_id=actor.person_id)
    return list_page(request, ASSIGNMENTS, rows)


@console
@require_safe
def assignment_detail(request: HubRequest, number: int) -> HttpResponseBase:
    actor = request.actor
    assignment = access_assignment(
        actor,
        number,
        sees_requisition=Exists(visible_requisitions(actor).filter(pk=OuterRef("requisition"))),
        sees_room=Exists(visible_workspaces(actor).filter(pk=OuterRef("workspace"))),
    )
    stops = []
    if assignment.state == State.PLANNED:
        stops = gates.ask("assignment.start", assignment, actor=actor)
    context = {
        "assignment": assignment,
        "life": life_of(assignment),
        "stops": stops,
        "sees_rate": rate_visible(actor, assignment),
        "sees_person": actor.can(Capability.FREELANCER_SEE),
        "sees_requisition": vars(assignment)["sees_requisition"],
        "sees_room": vars(assignment)["sees_room"],
        "may_engage": actor.can(Capability.ASSIGNMENT_ENGAGE),
        "may_end": actor.can(Capability.ASSIGNMENT_END) and assignment.state in services.NOT_OVER,
        "may_suspend": actor.can(Capability.ASSIGNMENT_END) and assignment.state == State.ACTIVE,
        "may_resume": actor.can(Capability.ASSIGNMENT_END) and assignment.state == State.SUSPENDED,
        "happenings": happenings(assignment),
    }
    return render(request, "talent/assignment_detail.html", context)


@console
@require_POST
def assignment_start(request: HubRequest, number: int) -> HttpResponseBase:
    assignment = access_assignment(request.actor, number, to=Capability.ASSIGNMENT_ENGAGE)
    with refusals_told(request):
        services.start_onboarding(assignment=assignment, actor=request.actor)
        messages.success(request, "Onboarding has begun. Its checklist shows who does what.")
    return redirect_to(request, _url(assignment))


@console
@require_POST
def assignment_resume(request: HubRequest, number: int) -> HttpResponseBase:
    assignment = access_assignment(request.actor, number, to=Capability.ASSIGNMENT_END)
    with refusals_told(request):
        services.resume_assignment(assignment=assignment, actor=request.actor)
        messages.success(request, "The work goes on, and the workspace is open again.")
    return redirect_to(request, _url(assignment))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def assignment_suspend(request: HubRequest, number: int) -> HttpResponseBase:
    assignment = access_assignment(request.actor, number, to=Capability.ASSIGNMENT_END)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_at(form):
            services.suspend_assignment(assignment=assignment, reason=form.cleaned_data["reason"], actor=request.actor)
            messages.success(request, "Suspended. The workspace is closed to the freelancer until you resume it.")
            return redirect_to(request, _url(assignment))
    return _confirm(request, assignment, form, "talent/assignment_suspend.html")


@console
@require_http_methods(["GET", "HEAD", "POST"])
def assignment_end(request: HubRequest, number: int) -> HttpResponseBase:
    """Ask, saying in numbers what closes; then end it."""
    assignment = access_assignment(request.actor, number, to=Capability.ASSIGNMENT_END)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_at(form):
            services.request_end(
                assignment=assignment,
                reason=form.cleaned_data["reason"],
                rehire=form.rehire_answer(),
                actor=request.actor,
            )
            messages.success(request, f"{assignment.ref} has ended. The off-boarding checklist runs now.")
            return redirect_to(request, _url(assignment))
    return _confirm(request, assignment, form, "talent/assignment_end.html", ending=services.what_ends(assignment))


def _confirm(
    request: HubRequest, assignment: Assignment, form: forms.Form, template: str, **extra: Any
) -> HttpResponseBase:
    context = {"assignment": assignment, "form": form, "back": _url(assignment), **extra}
    return render(request, template, context, status=422 if form.is_bound else 200)


def _url(assignment: Assignment) -> str:
    return tenant_url("assignment_detail", number=assignment.number)
