"""The portal's own pages of talent: home, one assignment, the profile."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, portal, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from programs.access import visible_workspaces
from talent.access import access_assignment, own_freelancer, visible_assignments
from talent.forms.people import PayoutForm, ProfileForm
from talent.models import Assignment, Freelancer, PayoutAccount
from talent.selectors.life import elapsed, life_of
from talent.services.freelancers import update_own_profile
from talent.services.payouts import set_payout_account

SHOWN = 20


@portal
@require_safe
def portal_home(request: HubRequest) -> HttpResponseBase:
    """What is next, and what one works on."""
    actor = request.actor
    require(actor, Capability.PORTAL_USE)
    freelancer = own_freelancer(actor)
    rows = visible_assignments(actor).select_related("manager__user", "workspace").order_by("-starts_on", "-pk")
    assignments = list(rows[:SHOWN])
    rooms = set(visible_workspaces(actor).values_list("pk", flat=True))
    current = [one for one in assignments if one.state not in Assignment.OVER]
    context = {
        "freelancer": freelancer,
        "first_name": request.user.get_short_name(),
        "current": [(one, elapsed(one), one.workspace_id in rooms) for one in current],
        "past": [one for one in assignments if one.state in Assignment.OVER],
        "needs_account": bool(freelancer and current)
        and not PayoutAccount.objects.filter(freelancer=freelancer).exists(),
        "hour": timezone.localtime().hour,
    }
    return render(request, "talent/portal_home.html", context)


@portal
@require_safe
def portal_assignment_detail(request: HubRequest, number: int) -> HttpResponseBase:
    actor = request.actor
    assignment = access_assignment(actor, number)
    room = assignment.workspace
    context = {
        "assignment": assignment,
        "life": life_of(assignment),
        "elapsed": elapsed(assignment),
        "has_room": room is not None and visible_workspaces(actor).filter(pk=room.pk).exists(),
    }
    return render(request, "talent/portal_assignment_detail.html", context)


@portal
@require_safe
def portal_profile(request: HubRequest) -> HttpResponseBase:
    freelancer = _me(request)
    return _profile_page(request, freelancer, ProfileForm(initial=_said(freelancer)), _payout_form(freelancer))


@portal
@require_POST
def portal_profile_edit(request: HubRequest) -> HttpResponseBase:
    freelancer = _me(request)
    form = ProfileForm(request.POST)
    if form.is_valid():
        with refusals_at(form):
            update_own_profile(freelancer=freelancer, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Your profile is saved.")
            return redirect_to(request, tenant_url("portal_profile"))
    return _profile_page(request, freelancer, form, _payout_form(freelancer), status=422)


@portal
@require_http_methods(["GET", "HEAD", "POST"])
def portal_payout_edit(request: HubRequest) -> HttpResponseBase:
    freelancer = _me(request)
    form = PayoutForm(request.POST) if request.method == "POST" else _payout_form(freelancer)
    if form.is_valid():
        with refusals_at(form):
            set_payout_account(freelancer=freelancer, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Saved. Payments go to this account from now on.")
            return redirect_to(request, tenant_url("portal_profile"))
    status = 422 if form.is_bound else 200
    return _profile_page(request, freelancer, ProfileForm(initial=_said(freelancer)), form, status=status)


def _me(request: HubRequest) -> Freelancer:
    require(request.actor, Capability.PORTAL_USE)
    freelancer = own_freelancer(request.actor)
    if freelancer is None:
        raise Http404
    return freelancer


def _said(freelancer: Freelancer) -> dict[str, str]:
    return {field: getattr(freelancer, field) for field in ("headline", "phone", "language", "state")}


def _payout_form(freelancer: Freelancer) -> PayoutForm:
    return PayoutForm(initial={"holder": freelancer.name})


def _profile_page(
    request: HubRequest, freelancer: Freelancer, profile: ProfileForm, payout: PayoutForm, *, status: int = 200
) -> HttpResponseBase:
    context = {
        "freelancer": freelancer,
        "skills": freelancer.skill_links.select_related("skill").order_by("-is_primary", "skill__name"),
        "profile_form": profile,
        "payout_form": payout,
        "account": PayoutAccount.objects.filter(freelancer=freelancer).first(),
    }
    return render(request, "talent/portal_profile.html", context, status=status)
