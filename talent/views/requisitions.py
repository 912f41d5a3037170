"""Requisitions: the list, one request with who fits, asking, and each step of its life."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, day, money, when
from programs.access import visible_programs
from programs.models import Program
from talent.access import access_requisition, money_visible, sees_all_money, visible_assignments, visible_requisitions
from talent.forms.sourcing import ReasonForm, RequisitionForm
from talent.models import Assignment, Requisition, Submission
from talent.selectors.directory import with_money
from talent.selectors.happenings import happenings
from talent.selectors.search import matching
from talent.selectors.suggestions import suggest
from talent.services.requisitions import (
    cancel_requisition,
    close_requisition,
    create_requisition,
    hold_requisition,
    left_after,
    may_change,
    reopen_requisition,
    submit_requisition,
    update_requisition,
)

State = Requisition.State
SHOWN_SUGGESTIONS = 8
SHOWN_CANDIDATES = 50
WAY = (State.DRAFT, State.IN_APPROVAL, State.OPEN, State.FILLED)
WAY_WORDS = {
    State.DRAFT: "Written",
    State.IN_APPROVAL: "Approved",
    State.OPEN: "Somebody found",
    State.FILLED: "At work",
}


class RequisitionFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=State)
    program = forms.ModelChoiceField(Program.objects.none(), empty_label="All programs")
    mine = forms.BooleanField(label="Asked by me")
    lookups = {"state": "state__in", "program": "program"}
    search_hint = "Title or number"

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, actor=actor)
        self.fields["program"].queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]

    def search(self, text: str) -> Q:
        return matching("requisitions", text)

    def conditions(self) -> Q:
        found = super().conditions()
        return found & Q(requested_by=self.actor.person_id or 0) if self.cleaned_data.get("mine") else found


def _title(requisition: Requisition) -> SafeString:
    return format_html('<span class="ref">{}</span>{}', requisition.ref, requisition.title)


def _budget(requisition: Any) -> str:
    return money(requisition.shown_budget, requisition.currency, cents=False)


REQUISITIONS = ListPage(
    key="requisitions",
    title="Requests",
    lead="What people need done, from the first draft until somebody does it.",
    noun=("request", "requests"),
    columns=(
        Column("title", "Request", value=_title),
        Column("number", "Number", optional=True),
        Column("program__name", "Program"),
        Column("requested_by__user__name", "Asked by", cell="person"),
        Column("starts_on", "From", value=lambda one: day(one.starts_on), cell="extra"),
        Column("ends_on", "Until", value=lambda one: day(one.ends_on), cell="extra"),
        Column("shown_budget", "Budget", value=_budget, class_="number"),
        Column("currency", "Currency", optional=True),
        Column("state", "State", value=lambda one: chip(one.state, "requisition"), cell="state"),
        Column("created_at", "Asked", value=lambda one: when(one.created_at), sort="asked", cell="extra"),
    ),
    filters=RequisitionFilters,
    sorts={"asked": ("created_at", "Newest")},
    default_sort="-asked",
    row_link=lambda one: tenant_url("requisition_detail", number=one.number),
    row_key="number",
    row_label=lambda one: one.ref,
    tabs=(
        Tab("All"),
        Tab("Open", "state=open"),
        Tab("In approval", "state=in_approval"),
        Tab("Drafts", "state=draft"),
        Tab("Mine", "mine=on"),
    ),
    actions=(PageAction("New request", "requisition_create", Capability.REQUISITION_CREATE, icon="plus"),),
    empty=Empty(
        "No requests yet",
        "A request says what is needed, when and for how much. Once it is approved, people who fit are suggested.",
        icon="user-search",
    ),
)


@console
@list_methods
def requisition_list(request: HubRequest) -> HttpResponseBase:
    actor = request.actor
    require(actor, Capability.REQUISITION_SEE)
    rows = visible_requisitions(actor).select_related("program", "requested_by__user")
    rows = with_money(rows, sees_all=sees_all_money(actor), membership_id=actor.person_id)
    return list_page(request, REQUISITIONS, rows)


@console
@require_safe
def requisition_detail(request: HubRequest, number: int) -> HttpResponseBase:
    actor = request.actor
    requisition = access_requisition(actor, number)
    is_mine = may_change(requisition, actor)
    may_engage = is_mine and actor.can(Capability.ASSIGNMENT_ENGAGE)
    candidates = Submission.objects.filter(requisition=requisition).select_related("freelancer")
    assignments = list(
        Assignment.objects.filter(requisition=requisition)
        .annotate(is_seen=Exists(visible_assignments(actor).filter(pk=OuterRef("pk"))))
        .select_related("freelancer")
        .order_by("-created_at", "-pk")
    )
    skills = list(requisition.skill_links.select_related("skill").order_by("skill__name"))
    sees_rates = actor.can(Capability.RATE_SEE)
    suggestions = None
    if requisition.state == State.OPEN and is_mine and actor.can(Capability.FREELANCER_SEE):
        wanted = [link.skill_id for link in skills]
        suggestions = suggest(requisition, limit=SHOWN_SUGGESTIONS, with_rates=sees_rates, wanted=wanted)
    context = {
        "requisition": requisition,
        "skills": skills,
        "way": _way(requisition),
        "is_mine": is_mine,
        "may_engage": may_engage and requisition.state == State.OPEN,
        "sees_money": money_visible(actor, requisition),
        "sees_rates": sees_rates,
        "sees_people": actor.can(Capability.FREELANCER_SEE),
        "left": left_after(requisition, assignments),
        "suggestions": suggestions,
        "candidates": list(candidates.order_by("-created_at", "-pk")[:SHOWN_CANDIDATES]),
        "assignments": [one for one in assignments if one.is_seen],
        "happenings": happenings(requisition),
    }
    return render(request, "talent/requisition_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def requisition_create(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.REQUISITION_CREATE)
    form = RequisitionForm(request.POST if request.method == "POST" else None, actor=request.actor)
    if form.is_valid():
        with refusals_at(form):
            requisition = create_requisition(actor=request.actor, **form.details())
            messages.success(request, "Kept as a draft. Look it over, then submit it.")
            return redirect_to(request, _url(requisition))
    return _form_page(request, form, {"title": "New request", "back": tenant_url("requisition_list")})


@console
@require_http_methods(["GET", "HEAD", "POST"])
def requisition_edit(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    form = RequisitionForm(
        request.POST if request.method == "POST" else None, actor=request.actor, requisition=requisition
    )
    if form.is_valid():
        with refusals_at(form):
            update_requisition(requisition=requisition, actor=request.actor, **form.details())
            messages.success(request, "Saved.")
            return redirect_to(request, _url(requisition))
    context = {"title": f"Edit {requisition.ref}", "back": _url(requisition), "back_label": requisition.title}
    return _form_page(request, form, {**context, "is_asked": requisition.state == State.IN_APPROVAL})


@console
@require_POST
def requisition_submit(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    return _step(request, requisition, submit_requisition, "Sent to its approvers.")


@console
@require_POST
def requisition_reopen(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    return _step(request, requisition, reopen_requisition, "It is open again.")


@console
@require_POST
def requisition_close(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    return _step(request, requisition, close_requisition, "Closed. Whoever works for it goes on.")


@console
@require_http_methods(["GET", "HEAD", "POST"])
def requisition_hold(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    words = {"title": f"Put {requisition.ref} on hold?", "submit": "Put it on hold", "danger": False}
    return _with_reason(request, requisition, hold_requisition, words)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def requisition_cancel(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    words = {"title": f"Cancel {requisition.ref}?", "submit": "Cancel the request", "danger": True}
    return _with_reason(request, requisition, cancel_requisition, words)


def _step(request: HubRequest, requisition: Requisition, service: Any, done: str) -> HttpResponseBase:
    with refusals_told(request):
        service(requisition=requisition, actor=request.actor)
        messages.success(request, done)
    return redirect_to(request, _url(requisition))


def _with_reason(
    request: HubRequest, requisition: Requisition, service: Any, words: dict[str, Any]
) -> HttpResponseBase:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_at(form):
            service(requisition=requisition, reason=form.cleaned_data["reason"], actor=request.actor)
            messages.success(request, f"{requisition.ref} is {requisition.get_state_display().lower()}.")
            return redirect_to(request, _url(requisition))
    candidates = Submission.objects.filter(requisition=requisition).exclude(state=Submission.State.DECLINED).count()
    context = {"requisition": requisition, "form": form, "candidates": candidates, "back": _url(requisition), **words}
    return render(request, "talent/requisition_confirm.html", context, status=422 if form.is_bound else 200)


def _way(requisition: Requisition) -> list[tuple[str, str]]:
    """The way from draft to filled as (words, state of the step)."""
    state = State(requisition.state)
    if state not in WAY:
        at = len(WAY) if state == State.CLOSED else WAY.index(State.OPEN)
        rest = {State.ON_HOLD: "active", State.CANCELLED: "skipped"}.get(state, "done")
        return [(WAY_WORDS[step], "done" if WAY.index(step) < at else rest) for step in WAY]
    at = WAY.index(state)
    if state == State.FILLED:
        return [(WAY_WORDS[step], "done") for step in WAY]
    return [
        (WAY_WORDS[step], "done" if index < at else "active" if index == at else "waiting")
        for index, step in enumerate(WAY)
    ]


def _url(requisition: Requisition) -> str:
    return tenant_url("requisition_detail", number=requisition.number)


def _form_page(request: HubRequest, form: RequisitionForm, context: dict[str, Any]) -> HttpResponseBase:
    return render(
        request,
        "talent/requisition_form.html",
        {
            "form": form,
            "back_label": "Requests",
            "is_asked": False,
            "submit": "Save" if context.get("is_asked") else "Save the draft",
            **context,
        },
        status=422 if form.is_bound else 200,
    )
