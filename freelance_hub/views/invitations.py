"""Invitations: opening and accepting one's own; sending, repeating and taking back those of a company."""

from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freelance_hub import audit
from freelance_hub.access import fetch
from freelance_hub.errors import Refusal
from freelance_hub.forms import AccountForm, InviteForm
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import company_home, tenant_url
from freelance_hub.models import IdentityProvider, Invitation, User
from freelance_hub.openid import INVITED
from freelance_hub.permissions import Capability, require
from freelance_hub.services import invitations
from freelance_hub.tenancy.context import tenant


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_open(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link in the mail opens. A GET changes nothing: mail scanners follow links. The POST accepts.

    People without an account make one here; the link in their mailbox has proved the address.
    """
    found = invitations.find(secret)
    if found is None:
        return render(request, "hub/invitation_invalid.html", status=410)
    company, invitation = found
    known = User.objects.filter(email=invitation.email).exists()
    is_new = not known and not request.user.is_authenticated
    form = AccountForm(request.POST or None, invitation=invitation) if is_new else None
    refusal = None
    if request.method == "POST":
        try:
            if request.user.is_authenticated:
                membership = invitations.accept(secret=secret, user=request.user)
                request.session.pop(INVITED, None)
                return redirect(company_home(membership))
            if form is not None and form.is_valid():
                return _join_as_new(request, secret, invitation, form)
        except Refusal as error:
            refusal = error
    elif request.session.get(INVITED) != invitation.token_hash:
        request.session[INVITED] = invitation.token_hash
        with tenant(company):
            audit.record("invitation.opened", invitation, actor=f"Who has the link of {invitation.public_id}")
    with tenant(company):
        provider = IdentityProvider.objects.filter(is_enabled=True).first()
    context = {
        "company": company,
        "invitation": invitation,
        "form": form,
        "refusal": refusal,
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
        "is_other_person": request.user.is_authenticated and request.user.email != invitation.email,
        "provider": provider if provider and invitation.email.rpartition("@")[2] in provider.domains else None,
    }
    status = 200 if request.method != "POST" else 409 if refusal else 422
    return render(request, "hub/invitation_open.html", context, status=status)


def _join_as_new(request: HttpRequest, secret: str, invitation: Invitation, form: AccountForm) -> HttpResponse:
    try:
        with transaction.atomic():
            user = invitations.make_account(invitation=invitation, **form.cleaned_data)
            membership = invitations.accept(secret=secret, user=user)
    except IntegrityError:  # the second of two clicks: by now the account is there
        return redirect(request.path)
    request.session.pop(INVITED, None)
    record_authentication(request, user, method="password", reauthenticated=True)  # they have just chosen it
    response: HttpResponse = perform_login(request, user, redirect_url=company_home(membership))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@console
def invitation_create(request: HubRequest) -> HttpResponse:
    """Invite somebody."""
    require(request.actor, Capability.PEOPLE_MANAGE)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_at(form):
            invitations.invite(
                email=data["email"],
                name=data["name"],
                kind=form.kind,
                role_keys=[role.key for role in data["roles"]],
                actor=request.actor,
            )
            messages.success(request, f"{data['email']} gets the invitation by mail. It is valid for 72 hours.")
            return redirect_to(request, tenant_url("member_list"))
    return render(request, "hub/invitation_form.html", {"form": form}, status=422 if form.is_bound else 200)


def _invitation(request: HubRequest, public_id: UUID) -> Invitation:
    found = Invitation.objects.select_related("tenant", "invited_by__user")
    return fetch(found, actor=request.actor, to=Capability.PEOPLE_MANAGE, public_id=public_id)


@require_POST
@console
def invitation_send_again(request: HubRequest, public_id: UUID) -> HttpResponse:
    """A fresh link; the old one dies."""
    invitation = invitations.send_again(invitation=_invitation(request, public_id), actor=request.actor)
    messages.success(request, f"{invitation.email} gets a fresh link. The old one no longer works.")
    return redirect_to(request, tenant_url("member_list"))


@require_POST
@console
def invitation_revoke(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = invitations.revoke(invitation=_invitation(request, public_id), actor=request.actor)
    messages.success(request, f"The invitation of {invitation.email} is taken back.")
    return redirect_to(request, tenant_url("member_list"))
