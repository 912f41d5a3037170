"""API tokens: one's own, and the company's for those who may."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import Actor, fetch
from freelance_hub.forms import TokenForm
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.models import ApiToken
from freelance_hub.permissions import Capability
from freelance_hub.services import tokens
from freelance_hub.signin import confirm_page


def _visible(actor: Actor) -> Q:
    return Q() if actor.can(Capability.TOKEN_MANAGE) else Q(membership_id=actor.membership_id)


@require_safe
@console
def token_list(request: HubRequest) -> HttpResponse:
    """Live and dead tokens."""
    found = (
        ApiToken.objects.filter(_visible(request.actor))
        .select_related("membership__user")
        .order_by("-created_at")[:100]
    )
    return render(request, "hub/token_list.html", {"tokens": found})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@console
def token_create(request: HubRequest) -> HttpResponse:
    """Make a token; the answer to the POST is the only page that ever shows its secret."""
    if asked := confirm_page(request):
        return asked
    may_integrate = request.actor.can(Capability.TOKEN_MANAGE)
    form = TokenForm(request.POST or None, capabilities=request.actor.capabilities, may_integrate=may_integrate)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_at(form):
            token, secret = tokens.create_token(
                membership=request.membership,
                name=data["name"],
                kind=data.get("kind") or ApiToken.Kind.PERSON,
                scopes=data["scopes"],
                days=data["days"],
                actor=request.actor,
            )
            return render(request, "hub/token_created.html", {"token": token, "secret": secret}, status=201)
    return render(request, "hub/token_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@console
def token_revoke(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Kill a token."""
    found = ApiToken.objects.filter(_visible(request.actor))
    token = fetch(found, actor=request.actor, to=Capability.PAGE_SEE, public_id=public_id)
    tokens.revoke_token(token=token, actor=request.actor)
    messages.success(request, f"The token “{token.name}” no longer opens anything.")
    return redirect_to(request, tenant_url("token_list"))
