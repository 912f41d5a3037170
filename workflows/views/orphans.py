"""The orphan queue: what people who left answered for, and nobody has taken over yet."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import BulkAction, Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import when
from workflows.models import Handover
from workflows.review_access import access_handover, visible_handovers
from workflows.services.handovers import TOTAL, assign_successor, give_back, in_words, waiting_of

SHOWN = 50


class SuccessorForm(forms.Form):
    successor = forms.ModelChoiceField(
        Membership.objects.none(),
        to_field_name="public_id",
        label="Who takes over",
        empty_label="Choose somebody",
        help_text="An employee.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["successor"]
        active = Membership.objects.filter(kind=Membership.Kind.STAFF, state=Membership.State.ACTIVE)
        choices.queryset = active.select_related("user").order_by("user__name", "pk")


class HandoverFilters(ListFilters):
    open = forms.BooleanField(label="Without a successor")
    search_fields = ("leaver__user__name", "successor__user__name")

    def conditions(self) -> Any:
        waiting = (
            {"successor": None, "returned_at": None, f"counts__{TOTAL}__gt": 0} if self.cleaned_data.get("open") else {}
        )
        return super().conditions() & Q(**waiting)


def _assign(handover: Handover, *, successor: Membership, actor: Actor) -> str:
    done = assign_successor(handover=handover, successor=successor, actor=actor)
    return f"{successor} has {in_words(done.counts)}"


def _has_it(handover: Handover) -> str:
    if handover.given_back_at or (handover.returned_at and handover.successor is None):
        return f"{handover.leaver.user} is back"
    return str(handover.successor.user) if handover.successor else "Nobody yet"


ORPHANS = ListPage(
    key="orphans",
    title="Handovers",
    lead="Who left, and who has what they answered for. What nobody has taken over waits here.",
    noun=("handover", "handovers"),
    columns=(
        Column("leaver__user__name", "Who left", value=lambda one: str(one.leaver.user)),
        Column("counts", "What", value=lambda one: in_words(one.counts), csv=None),
        Column(
            "successor__user__name",
            "Successor",
            value=_has_it,
            cell="person",
        ),
        Column("made_at", "Since", value=lambda one: when(one.made_at), sort="since", cell="state"),
    ),
    filters=HandoverFilters,
    sorts={"since": ("made_at", "Newest")},
    default_sort="-since",
    row_link=lambda one: tenant_url("orphan_detail", public_id=one.public_id),
    row_label=lambda one: str(one.leaver.user),
    tabs=(Tab("Without a successor", "open=on"), Tab("All")),
    bulk=(BulkAction("assign", "Hand over to …", _assign, capability=Capability.PEOPLE_MANAGE, form=SuccessorForm),),
    empty=Empty(
        "Nothing waits for a successor",
        "When somebody leaves, their guests, accesses, approvals and targets go to their manager. What has none stands here.",
        icon="user-check",
    ),
)


@console
@list_methods
def orphan_list(request: HubRequest) -> HttpResponseBase:
    """Everything that waits for a successor, to be handed over in bulk; and what was handed over before."""
    require(request.actor, Capability.PEOPLE_MANAGE)
    return list_page(
        request, ORPHANS, visible_handovers(request.actor).select_related("leaver__user", "successor__user")
    )


@console
@require_http_methods(["GET", "HEAD", "POST"])
def orphan_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """One who left: what waits, thing by thing, and who takes it over."""
    handover = access_handover(request.actor, public_id)
    form = SuccessorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            assign_successor(handover=handover, actor=request.actor, **form.cleaned_data)
            messages.success(request, f"{form.cleaned_data['successor']} takes over.")
            return redirect_to(request, tenant_url("orphan_list"))
    waiting = [(estate.count(len(labels)), labels[:SHOWN]) for estate, labels in waiting_of(handover.leaver)]
    context = {
        "handover": handover,
        "form": form,
        "waiting": waiting if handover.successor is None and handover.returned_at is None else [],
        "shown": SHOWN,
        "words": in_words(handover.counts),
        "back": tenant_url("orphan_list"),
        "can_give_back": bool(handover.successor and handover.returned_at) and not handover.given_back_at,
    }
    return render(request, "workflows/orphan_detail.html", context, status=422 if form.errors else 200)


@console
@require_POST
def orphan_give_back(request: HubRequest, public_id: object) -> HttpResponse:
    """Somebody is back: what moved to their successor, and is still there, is theirs again."""
    handover = access_handover(request.actor, public_id)
    try:
        count = give_back(handover=handover, actor=request.actor)
    except Refusal as refusal:
        messages.error(request, f"{refusal} {refusal.remedy}".strip())
    else:
        person = handover.leaver.user
        messages.success(request, f"{person} has it again." if count else "Nothing of it was left to give back.")
    return redirect_to(request, tenant_url("orphan_detail", public_id=handover.public_id))
