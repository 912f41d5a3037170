"""The talent directory: the list, one person, adding and changing."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, money
from talent.access import access_freelancer, visible_assignments, visible_freelancers
from talent.forms.people import FreelancerForm
from talent.models import Freelancer
from talent.selectors.directory import with_skills
from talent.selectors.happenings import happenings
from talent.selectors.search import matching
from talent.services.freelancers import create_freelancer, snapshot, update_freelancer

SHOWN_SKILLS = 3
SHOWN_ASSIGNMENTS = 10


class FreelancerFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Freelancer.State, label="Availability")
    skill = forms.CharField(max_length=100, help_text="Exactly as it is called")
    rating = forms.DecimalField(min_value=0, max_value=5, label="Rated at least")
    lookups = {"state": "state__in", "rating": "rating__gte"}
    search_hint = "Name or what they do"

    def search(self, text: str) -> Q:
        return matching("freelancers", text)

    def conditions(self) -> Q:
        found = super().conditions()
        if name := self.cleaned_data.get("skill"):
            found &= Q(skill_links__skill__key=" ".join(name.split()).casefold())
        return found


def _skills(freelancer: Any) -> str:
    names = (freelancer.skill_names or "").split(", ")
    more = len(names) - SHOWN_SKILLS
    return ", ".join(names[:SHOWN_SKILLS]) + (f" and {more} more" if more > 0 else "")


FREELANCERS = ListPage(
    key="freelancers",
    title="Freelancers",
    lead="Everyone your company knows and could engage.",
    noun=("freelancer", "freelancers"),
    columns=(
        Column("name", "Name", sort="name"),
        Column("headline", "What they do", cell="extra"),
        Column("skill_names", "Skills", value=_skills),
        Column("country", "Country", cell="extra"),
        Column(
            "hourly_rate",
            "Hourly rate",
            value=lambda one: money(one.hourly_rate, one.currency),
            class_="number",
            capability=Capability.RATE_SEE,
        ),
        Column("currency", "Currency", optional=True, capability=Capability.RATE_SEE),
        Column(
            "rating", "Rating", value=lambda one: one.rating and f"{one.rating:.1f}", class_="number", sort="rating"
        ),
        Column("state", "State", value=lambda one: chip(one.state, "freelancer"), cell="state"),
        Column("external_id", "Their number", optional=True),
        Column("email", "E-mail", optional=True, capability=Capability.FREELANCER_MANAGE),
    ),
    filters=FreelancerFilters,
    sorts={"added": ("created_at", "Newest"), "name": ("name", "Name"), "rating": ("rating", "Rating")},
    default_sort="-added",
    row_link=lambda one: tenant_url("freelancer_detail", public_id=one.public_id),
    tabs=(Tab("All"), Tab("Available", "state=available"), Tab("Do not engage", "state=blocked")),
    actions=(
        PageAction("Import", "freelancer_import", Capability.FREELANCER_MANAGE, icon="upload"),
        PageAction("Add a freelancer", "freelancer_create", Capability.FREELANCER_MANAGE, icon="plus"),
    ),
    empty=Empty(
        "No freelancers yet",
        "Bring in the list that you have as a CSV file, or add the first person by hand.",
        icon="users",
    ),
)


@console
@list_methods
def freelancer_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.FREELANCER_SEE)
    return list_page(request, FREELANCERS, with_skills(visible_freelancers(request.actor)))


@console
@require_safe
def freelancer_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    actor = request.actor
    freelancer = access_freelancer(actor, public_id)
    assignments = visible_assignments(actor).filter(freelancer=freelancer).select_related("program")
    may_manage = actor.can(Capability.FREELANCER_MANAGE)
    context = {
        "freelancer": freelancer,
        "skills": freelancer.skill_links.select_related("skill").order_by("-is_primary", "skill__name"),
        "assignments": assignments.order_by("-created_at", "-pk")[:SHOWN_ASSIGNMENTS],
        "may_manage": may_manage,
        "sees_rate": actor.can(Capability.RATE_SEE),
        # Contact data is for those who keep the directory; others reach people through an assignment.
        "sees_contact": may_manage,
        "happenings": happenings(freelancer),
    }
    return render(request, "talent/freelancer_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def freelancer_create(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.FREELANCER_MANAGE)
    form = FreelancerForm(
        request.POST if request.method == "POST" else None, initial={"name": request.GET.get("name", "")}
    )
    if form.is_valid():
        with refusals_at(form):
            freelancer = create_freelancer(actor=request.actor, **form.cleaned_data)
            messages.success(request, f"{freelancer.name} is in the directory.")
            return redirect_to(request, tenant_url("freelancer_detail", public_id=freelancer.public_id))
    return _form_page(request, form, {"title": "Add a freelancer", "back": tenant_url("freelancer_list")})


@console
@require_http_methods(["GET", "HEAD", "POST"])
def freelancer_edit(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    freelancer = access_freelancer(request.actor, public_id, to=Capability.FREELANCER_MANAGE)
    here = tenant_url("freelancer_detail", public_id=freelancer.public_id)
    form = FreelancerForm(request.POST if request.method == "POST" else None, initial=snapshot(freelancer))
    if form.is_valid():
        with refusals_at(form):
            update_freelancer(freelancer=freelancer, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect_to(request, here)
    return _form_page(request, form, {"title": f"Edit {freelancer.name}", "back": here, "back_label": freelancer.name})


def _form_page(request: HubRequest, form: FreelancerForm, context: dict[str, Any]) -> HttpResponseBase:
    return render(
        request,
        "talent/freelancer_form.html",
        {"form": form, "back_label": "Freelancers", **context},
        status=422 if form.is_bound else 200,
    )
