"""The company's settings: name, currency, second factor, its own sign-in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.errors import Refusal
from freelance_hub.forms import CompanyForm, IdentityProviderForm
from freelance_hub.http import HubRequest, console, redirect_to
from freelance_hub.links import absolute, tenant_url
from freelance_hub.models import IdentityProvider, Tenant
from freelance_hub.permissions import Capability, require
from freelance_hub.services import company


@require_http_methods(["GET", "HEAD", "POST"])
@console
def company_settings(request: HubRequest) -> HttpResponse:
    """Name, currency, time zone and whether employees need a second factor."""
    require(request.actor, Capability.TENANT_MANAGE)
    form = CompanyForm(request.POST or None, instance=Tenant.objects.get(pk=request.tenant.pk))
    if request.method == "POST" and form.is_valid():
        company.change_settings(company=request.tenant, actor=request.actor, **form.cleaned_data)
        messages.success(request, "The settings are saved.")
        return redirect_to(request, tenant_url("company_settings"))
    return render(request, "hub/company_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@console
def identity_provider(request: HubRequest) -> HttpResponse:
    """The company's OpenID Connect provider."""
    require(request.actor, Capability.TENANT_MANAGE)
    stored = IdentityProvider.objects.first()
    form = IdentityProviderForm(
        request.POST or None, instance=stored, initial={"domains": " ".join(stored.domains) if stored else ""}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            company.set_identity_provider(
                name=data["name"],
                issuer=data["issuer"],
                client_id=data["client_id"],
                client_secret=data["secret"],
                domains=data["domains"],
                is_enabled=data["is_enabled"],
                actor=request.actor,
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
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
    """The places of the company's administration."""
    return render(request, "hub/company_detail.html", {"actor": request.actor})
