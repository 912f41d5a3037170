"""Access reviews: what sponsors are asked, in one list; the reviews and how far they are; start and end."""

from dataclasses import replace
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import (
    BulkAction,
    Column,
    Empty,
    ListFilters,
    ListPage,
    PageAction,
    Tab,
    list_methods,
    list_page,
)
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import file_url
from freelance_hub.templatetags.hub import chip, due, when
from programs.access import visible_programs
from programs.models import Program
from workflows.grant_looks import usage_text
from workflows.models import Attestation, Campaign
from workflows.review_access import access_campaign, asked_of, visible_attestations, visible_campaigns
from workflows.services import campaigns
from workflows.services.campaigns import DAYS, progress_of

C = Capability


class CommentForm(forms.Form):
    comment = forms.CharField(
        label="Why",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the evidence. May be left empty.",
    )


class CampaignForm(forms.Form):
    title = forms.CharField(required=False, max_length=120, help_text="Empty: “Access review” with month and year.")
    program = forms.ModelChoiceField(
        Program.objects.none(),
        to_field_name="number",
        required=False,
        empty_label="The whole company",
        help_text="Whose open accesses are reviewed.",
    )
    days = forms.IntegerField(
        min_value=1, max_value=90, initial=DAYS, help_text="To answer. What has no answer then is suspended."
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["program"]
        choices.queryset = visible_programs(actor).order_by("name", "pk")
        if actor.programs is not None:
            choices.required, choices.empty_label = True, "Choose a program"


def _answer(attestation: Attestation, *, answer: str, actor: Actor, comment: str = "") -> str:
    campaigns.answer(attestation=attestation, answer=answer, actor=actor, comment=comment)
    return "Kept" if answer == Attestation.Answer.KEEP else "Closed"


def _asked(attestation: Attestation) -> str:
    return str(attestation.sponsor.user) if attestation.sponsor else "Nobody"


COLUMNS = (
    Column("grant__membership__user__name", "Person", value=lambda one: str(one.grant.membership.user)),
    Column("what", "Access", value=lambda one: one.grant.what, csv="grant__resource__name"),
    Column("grant__assignment__title", "For", value=lambda one: str(one.grant.assignment)),
    Column("grant__granted_at", "Since", value=lambda one: when(one.grant.granted_at) or "–", cell="extra"),
    Column("grant__last_used_at", "Last used", value=lambda one: usage_text(one.grant), cell="extra"),
    Column("answer", "Answer", value=lambda one: chip(one.answer or "unanswered", "attestation"), cell="state"),
)
RELATED = (
    "campaign",
    "sponsor__user",
    "grant__resource",
    "grant__workspace",
    "grant__membership__user",
    "grant__assignment",
)
BULK = (
    BulkAction("keep", "Still needed", partial(_answer, answer=Attestation.Answer.KEEP)),
    BulkAction("close", "Close", partial(_answer, answer=Attestation.Answer.CLOSE), form=CommentForm, danger=True),
)


class MineFilters(ListFilters):
    search_fields = ("grant__membership__user__name", "grant__resource__name", "grant__assignment__title")


class CampaignAnswers(MineFilters):
    answer = forms.MultipleChoiceField(choices=[choice for choice in Attestation.Answer.choices if choice[0]])
    open = forms.BooleanField(label="Without an answer")
    lookups = {"answer": "answer__in"}

    def conditions(self) -> Any:
        found = super().conditions()
        return found & Q(answer="") if self.cleaned_data.get("open") else found


MINE = ListPage(
    key="attestations",
    title="Access review",
    lead="Does each person still need this? Select rows, then keep or close them. What has no answer in time is suspended.",
    noun=("access", "accesses"),
    columns=(
        *COLUMNS,
        Column("campaign__due_at", "Answer by", value=lambda one: due(one.campaign.due_at.date()), sort="due"),
    ),
    filters=MineFilters,
    sorts={"due": ("campaign__due_at", "Answer by")},
    default_sort="due",
    row_label=lambda one: f"{one.grant.what} of {one.grant.membership.user}",
    bulk=BULK,
    empty=Empty(
        "Nothing to review",
        "When accesses that you answer for are reviewed, you find them here and are told.",
        icon="badge-check",
    ),
)
ANSWERS = replace(
    MINE,
    key="campaign",
    lead="",
    columns=(
        *COLUMNS,
        Column(
            "sponsor__user__name",
            "Asked",
            value=lambda one: str(one.sponsor.user) if one.sponsor else "Nobody",
            cell="person",
        ),
        Column(
            "answered_at",
            "Answered",
            value=lambda one: when(one.answered_at) if one.answered_at else "–",
            sort="answered",
        ),
    ),
    filters=CampaignAnswers,
    sorts={"answered": ("answered_at", "Answered"), "asked": ("pk", "As asked")},
    default_sort="asked",
    tabs=(Tab("All"), Tab("Without an answer", "open=on"), Tab("Suspended", "answer=silent")),
    bulk=tuple(replace(action, capability=C.ACCESS_MANAGE) for action in BULK),
    template="workflows/campaign_detail.html",
    empty=Empty("No access was open", "There was nothing to review when this began.", icon="badge-check"),
)
CAMPAIGNS = ListPage(
    key="campaigns",
    title="Access reviews",
    lead="Sponsors say of each access whether it is still needed. Silence suspends.",
    noun=("access review", "access reviews"),
    columns=(
        Column("title", "Review"),
        Column("program__name", "Of", value=lambda one: one.program.name if one.program else "The whole company"),
        Column("state", "State", value=lambda one: chip(one.state, "campaign"), cell="state"),
        Column("started_at", "Started", value=lambda one: when(one.started_at), sort="started"),
        Column("due_at", "Answers by", value=lambda one: when(one.due_at), cell="extra"),
    ),
    sorts={"started": ("started_at", "Newest")},
    default_sort="-started",
    row_link=lambda one: tenant_url("campaign_detail", public_id=one.public_id),
    actions=(
        PageAction("What I am asked", "attestation_list", icon="badge-check", is_aside=True),
        PageAction("Start a review", "campaign_create", C.ACCESS_MANAGE, icon="play"),
    ),
    empty=Empty(
        "No review yet",
        "A review asks every sponsor about every open access, once a quarter for example.",
        icon="badge-check",
    ),
)


@console
@list_methods
def attestation_list(request: HubRequest) -> HttpResponseBase:
    """What waits for one's own answer, to be kept or closed in bulk. Every employee may be asked."""
    return list_page(request, MINE, asked_of(request.actor).select_related(*RELATED))


@console
@list_methods
def campaign_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, C.ACCESS_SEE)
    require(request.actor, C.TASK_SEE_ALL)
    return list_page(request, CAMPAIGNS, visible_campaigns(request.actor).select_related("program"))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_create(request: HubRequest) -> HttpResponseBase:
    """Start a review of the open accesses of a program or of the company."""
    require(request.actor, C.ACCESS_MANAGE)
    form = CampaignForm(request.POST if request.method == "POST" else None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            campaign = campaigns.start_campaign(actor=request.actor, **form.cleaned_data)
            messages.success(request, "Every sponsor has been asked.")
            return redirect_to(request, tenant_url("campaign_detail", public_id=campaign.public_id))
    context = {"form": form, "back": tenant_url("campaign_list")}
    return render(request, "workflows/campaign_form.html", context, status=422 if form.errors else 200)


@console
@list_methods
def campaign_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """How far a review is, and every answer; who manages accesses may answer for others."""
    campaign = access_campaign(request.actor, public_id)
    rows = visible_attestations(request.actor).filter(campaign=campaign).select_related(*RELATED)
    progress = progress_of(campaign)
    answered = progress["total"] - progress["open"]
    context = {
        "campaign": campaign,
        "progress": progress,
        "answered": answered,
        "may_close": campaign.state == Campaign.State.OPEN and request.actor.can(C.ACCESS_MANAGE),
        "evidence_url": file_url(campaign.evidence, request.actor) if campaign.evidence else "",
        "back": tenant_url("campaign_list"),
        "back_label": CAMPAIGNS.title,
    }
    return list_page(request, replace(ANSWERS, title=campaign.title), rows, extra_context=context)


@console
@require_POST
def campaign_close(request: HubRequest, public_id: object) -> HttpResponseBase:
    """End a review whose answers are complete, or whose deadline has passed."""
    campaign = access_campaign(request.actor, public_id, to=C.ACCESS_MANAGE)
    campaigns.close_campaign(campaign=campaign, actor=request.actor)
    messages.success(request, "The review is closed, and its evidence is kept.")
    return redirect_to(request, tenant_url("campaign_detail", public_id=campaign.public_id))
