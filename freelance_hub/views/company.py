"""The company's settings: name, currency, second factor, its own sign-in."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.forms import CompanyForm, IdentityProviderForm
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import absolute, tenant_url
from freelance_hub.models import IdentityProvider, Tenant
from freelance_hub.permissions import Capability, require
from freelance_hub.services import company
from freelance_hub.signin import confirm_page


@dataclass(frozen=True)
class Place:
    """One row of the company page."""

    label: str
    note: str
    url_name: str
    capability: str = ""


PLACES = (
    Place("People", "Who can open this company; invitations.", "member_list", Capability.PEOPLE_SEE),
    Place("Roles", "What each role may do.", "role_list", Capability.PEOPLE_SEE),
    Place("API tokens", "For scripts and other systems.", "token_list"),
    Place(
        "Settings",
        "Name, currency, working time, second factor, decisions by mail.",
        "company_settings",
        Capability.TENANT_MANAGE,
    ),
    Place("Organisation units", "Where cost lands, and who approves for it.", "unit_list", Capability.TENANT_MANAGE),
    Place("Company sign-in", "OpenID Connect with your own provider.", "identity_provider", Capability.TENANT_MANAGE),
    Place("Audit log", "Every change: who, when, before and after.", "audit_list", Capability.AUDIT_SEE),
    Place("Tables", "The company's own rows, as they are stored.", "owner_admin", Capability.TENANT_MANAGE),
)


@require_http_methods(["GET", "HEAD", "POST"])
@console
def company_settings(request: HubRequest) -> HttpResponse:
    """Name, currency, time zone and working time, whether employees need a second factor, what a mail may decide."""
    require(request.actor, Capability.TENANT_MANAGE)
    if asked := confirm_page(request):
        return asked
    form = CompanyForm(request.POST or None, instance=Tenant.objects.get(pk=request.tenant.pk))
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            company.change_settings(company=request.tenant, actor=request.actor, **form.cleaned_data)
            messages.success(request, "The settings are saved.")
            return redirect_to(request, tenant_url("company_settings"))
    return render(request, "hub/company_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@console
def identity_provider(request: HubRequest) -> HttpResponse:
    """The company's OpenID Connect provider."""
    require(request.actor, Capability.TENANT_MANAGE)
    if asked := confirm_page(request):
        return asked
    stored = IdentityProvider.objects.first()
    form = IdentityProviderForm(
        request.POST or None, instance=stored, initial={"domains": " ".join(stored.domains) if stored else ""}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_at(form):
            company.set_identity_provider(
                name=data["name"],
                issuer=data["issuer"],
                client_id=data["client_id"],
                client_secret=data["secret"],
                domains=data["domains"],
                is_enabled=data["is_enabled"],
                actor=request.actor,
            )
            messages.success(request, "The sign-in is saved. Try it in a private window before you tell others.")
            return redirect_to(request, tenant_url("identity_provider"))
    context = {
        "form": form,
        "stored": stored,
        "callback": absolute(reverse("openid_connect_callback", kwargs={"provider_id": request.tenant.slug})),
        "sign_in": absolute(reverse("openid_connect_login", kwargs={"provider_id": request.tenant.slug})),
    }
    return render(request, "hub/identity_provider_form.html", context, status=422 if form.is_bound else 200)


@require_safe
@console
def company_home_page(request: HubRequest) -> HttpResponse:
    """The places of the company's administration that the person may open."""
    places = [place for place in PLACES if not place.capability or request.actor.can(place.capability)]
    return render(request, "hub/company_detail.html", {"places": places})
