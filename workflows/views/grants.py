"""Accesses: the list, one access with what happened, and what people do with it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.models import Event
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import file_items
from freelance_hub.templatetags.hub import when
from programs.access import visible_programs
from programs.models import Program
from talent.access import access_assignment
from workflows.access import access_grant, changing, valid_grants, visible_grants
from workflows.access_forms import GiveForm, ProofForm, ReasonForm
from workflows.grant_looks import LATE, delay_text, grant_chip, person_cell, shown_state, why_not_open, with_validity
from workflows.models import AccessGrant, Resource, Step
from workflows.people import answerable_by
from workflows.services import by_hand, grants

C = Capability


class GrantFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=AccessGrant.State)
    kind = forms.MultipleChoiceField(
        choices=[("portal", "Portal"), ("workspace", "Workspace"), *Resource.Kind.choices[1:]], label="To what"
    )
    program = forms.ModelChoiceField(Program.objects.none(), empty_label="All programs")
    closing = forms.BooleanField(label="Being closed")
    late = forms.BooleanField(label="Late")
    lookups = {"state": "state__in", "program": "assignment__program"}
    search_fields = ("membership__user__name", "resource__name", "assignment__title", "account")
    search_hint = "Person, access or work"

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, actor=actor)
        self.fields["program"].queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]

    def conditions(self) -> Q:
        found = super().conditions()
        if kinds := self.cleaned_data.get("kind"):
            found &= Q(system__in=kinds) | Q(resource__kind__in=kinds)
        if self.cleaned_data.get("closing"):
            found &= Q(state__in=AccessGrant.OPEN, close_by__isnull=False)
        if self.cleaned_data.get("late"):
            found &= Q(state__in=AccessGrant.OPEN, close_by__lte=timezone.now() - LATE)
        return found


GRANTS = ListPage(
    key="grants",
    title="Accesses",
    lead="Who may open what, for which work, and until when.",
    noun=("access", "accesses"),
    columns=(
        Column("membership__user__name", "Who", value=person_cell),
        Column("resource__name", "Access to", value=lambda grant: grant.what),
        Column("state", "State", value=grant_chip, cell="state"),
        Column("assignment__program__name", "Program", cell="extra"),
        Column(
            "sponsor__user__name",
            "Answers for it",
            value=lambda grant: str((grant.sponsor or grant.assignment.manager).user),
            cell="extra",
        ),
        Column("created_at", "Since", value=lambda grant: when(grant.created_at), sort="since"),
        Column("revoked_at", "Closed", value=lambda grant: when(grant.revoked_at), cell="extra"),
        Column(
            "close_by", "Delay", value=lambda grant: delay_text(grant) or "–", csv=None, cell="extra", optional=True
        ),
    ),
    filters=GrantFilters,
    sorts={"since": ("created_at", "Newest")},
    default_sort="-since",
    row_link=lambda grant: tenant_url("grant_detail", public_id=grant.public_id),
    tabs=(
        Tab("Open", "state=pending&state=active&state=suspended"),
        Tab("Being closed", "closing=on"),
        Tab("Late", "late=on"),
        Tab("All"),
    ),
    actions=(PageAction("Catalogue", "resource_list", C.ACCESS_SEE, icon="library", is_aside=True),),
    empty=Empty(
        "No accesses yet",
        "They come with onboarding: the portal, the workspace, and what the catalogue gives to everybody.",
        icon="key-round",
    ),
)


@console
@list_methods
def grant_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, C.ACCESS_SEE)
    rows = with_validity(visible_grants(request.actor), request.actor).select_related(
        "membership__user",
        "assignment__program",
        "assignment__manager__user",
        "sponsor__user",
        "resource",
        "workspace",
    )
    return list_page(request, GRANTS, rows)


@console
@require_safe
def grant_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """What it opens, for whom and why; what holds it back; what happened, and what can be done."""
    actor = request.actor
    grant = access_grant(actor, public_id)
    vars(grant)["is_valid"] = valid_grants(actor).filter(pk=grant.pk).exists()
    is_open = grant.state in AccessGrant.OPEN and grant.close_by is None
    may = _may_change(actor, grant)
    waits = grant.step if grant.step and grant.step.state == Step.State.WAITING else None
    context = {
        "grant": grant,
        "shown": shown_state(grant),
        "why": why_not_open(grant),
        "delay": delay_text(grant),
        "waits": waits,
        "is_mine": waits is not None and Step.objects.filter(answerable_by(actor), pk=waits.pk).exists(),
        "may_hold": may and is_open and grant.state != AccessGrant.State.SUSPENDED,
        "may_resume": may and is_open and grant.state == AccessGrant.State.SUSPENDED and bool(grant.hold_reason),
        "may_end": may and is_open,
        "proof": file_items([grant.proof], actor) if grant.proof else [],
        "history": _history(grant),
    }
    return render(request, "workflows/grant_detail.html", context)


WORDS = {
    "access.asked": "asked for it",
    "access.granted": "opened it",
    "access.reopened": "opened it again",
    "access.held_back": "closed it for the time being",
    "access.suspended": "held it back",
    "access.resumed": "let it open again",
    "access.closing": "asked to close it",
    "access.revoked": "closed it",
}


def _history(grant: AccessGrant) -> list[tuple[str, datetime, str, str]]:
    events = Event.objects.filter(subject_type=grant._meta.label_lower, subject_id=grant.pk, kind__in=WORDS)
    return [
        (event.actor, event.occurred_at, WORDS[event.kind], event.payload.get("reason", ""))
        for event in events.order_by("-pk")[:50]
    ]


def _may_change(actor: Actor, grant: AccessGrant) -> bool:
    if actor.can(C.ACCESS_MANAGE):
        return True
    return actor.can(C.ACCESS_ASK) and grant.assignment.manager_id == actor.person_id


@console
@require_http_methods(["GET", "HEAD", "POST"])
def grant_create(request: HubRequest, number: int) -> HttpResponseBase:
    """Give the freelancer of one assignment one thing of the catalogue."""
    assignment = access_assignment(request.actor, number, to=changing(request.actor))
    form = GiveForm(request.POST or None, assignment=assignment, actor=request.actor)
    back = tenant_url("assignment_detail", number=assignment.number)
    if form.is_valid():
        with refusals_at(form):
            grant = grants.give_access(assignment=assignment, actor=request.actor, **form.values())
            messages.success(request, f"{assignment.freelancer.name} gets {grant.what}.")
            return redirect_to(request, tenant_url("grant_detail", public_id=grant.public_id))
    context = {
        "form": form,
        "title": f"Give {assignment.freelancer.name} access",
        "lead": f"{assignment.ref} {assignment.title}. Whatever you give ends with the assignment at the latest.",
        "submit": "Give access",
        "back": back,
        "back_label": assignment.title,
    }
    return _form_page(request, form, context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def grant_hold(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Close it until somebody lets it open again."""
    grant = access_grant(request.actor, public_id, to=C.ACCESS_ASK)
    grants.require_for(grant.assignment, request.actor)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        if grants.suspend_grant(grant=grant, actor=request.actor, **form.cleaned_data):
            messages.success(request, f"{grant.what} is held back.")
            return redirect_to(request, tenant_url("grant_detail", public_id=grant.public_id))
        form.add_error(None, "It is not open any more. Reload the page.")
    text = f"{grant.membership.user} cannot open it until somebody lets it open again. Nothing is deleted."
    return _ask_page(request, grant, form, title=f"Hold {grant.what} back?", text=text, submit="Hold it back")


@console
@require_POST
def grant_resume(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Let what was held back open again."""
    grant = access_grant(request.actor, public_id, to=C.ACCESS_ASK)
    grants.require_for(grant.assignment, request.actor)
    if grants.resume_grant(grant=grant, actor=request.actor):
        messages.success(request, "It opens again.")
    return redirect_to(request, tenant_url("grant_detail", public_id=grant.public_id))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def grant_end(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Close one access before its assignment ends."""
    grant = access_grant(request.actor, public_id, to=C.ACCESS_ASK)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with refusals_at(form):
            grants.end_access(grant=grant, actor=request.actor, **form.cleaned_data)
            messages.success(request, f"{grant.what} is being closed.")
            return redirect_to(request, tenant_url("grant_detail", public_id=grant.public_id))
    text = f"Closes 1 access of {grant.membership.user} for good. To give it back, give it anew."
    return _ask_page(request, grant, form, title=f"End {grant.what}?", text=text, submit="End it", danger=True)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def grant_done(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """The keeper says that it is open, or closed, and shows it."""
    grant = access_grant(request.actor, public_id)
    is_post = request.method == "POST"
    form = ProofForm(request.POST if is_post else None, request.FILES if is_post else None)
    here = tenant_url("grant_detail", public_id=grant.public_id)
    if form.is_valid():
        with refusals_at(form):
            by_hand.complete_by_hand(grant=grant, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Done, thank you.")
            return redirect_to(request, here)
    step = grant.step
    context = {
        "form": form,
        "title": f"{step.title if step else 'Nothing to do'}: {grant.what}",
        "lead": str(grant.membership.user),
        "help": step.params.get("help", "") if step else "",
        "submit": "Done",
        "back": here,
        "back_label": grant.what,
    }
    return _form_page(request, form, context)


def _ask_page(
    request: HubRequest,
    grant: AccessGrant,
    form: forms.Form,
    *,
    title: str,
    text: str,
    submit: str,
    danger: bool = False,
) -> HttpResponseBase:
    context = {
        "form": form,
        "title": title,
        "text": text,
        "submit": submit,
        "danger": danger,
        "back": tenant_url("grant_detail", public_id=grant.public_id),
    }
    return render(request, "workflows/access_confirm.html", context, status=422 if form.errors else 200)


def _form_page(request: HubRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponseBase:
    return render(request, "workflows/access_form.html", context, status=422 if form.errors else 200)
