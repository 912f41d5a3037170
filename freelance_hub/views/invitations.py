"""Invitations: opening and accepting one's own; sending, repeating and taking back those of a company."""

from allauth.account.models import EmailAddress
from allauth.account.utils import perform_login
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freelance_hub.access import fetch
from freelance_hub.errors import Refusal
from freelance_hub.forms import AccountForm, InviteForm
from freelance_hub.http import HubRequest, console, redirect_to
from freelance_hub.links import company_home, tenant_url
from freelance_hub.models import IdentityProvider, Invitation, Tenant, User
from freelance_hub.permissions import Capability, require
from freelance_hub.services import invitations
from freelance_hub.tenancy.context import tenant

SESSION_KEY = "invitation_secret"  # lets a company's own sign-in make the account of somebody invited


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
    form = (
        None
        if known or request.user.is_authenticated
        else AccountForm(request.POST or None, initial={"name": invitation.name})
    )
    refusal = None
    if request.method == "POST":
        if form is not None and form.is_valid():
            return _join_as_new(request, secret, invitation, form)
        if request.user.is_authenticated:
            try:
                membership = invitations.accept(secret=secret, user=request.user)
            except Refusal as error:
                refusal = error
            else:
                request.session.pop(SESSION_KEY, None)
                return redirect(company_home(membership))
    else:
        request.session[SESSION_KEY] = secret
    context = {
        "company": company,
        "invitation": invitation,
        "form": form,
        "known": known,
        "refusal": refusal,
        "sign_in_url": f"{reverse('account_login')}?next={request.path}",
        "provider": _provider(company),
    }
    return render(request, "hub/invitation_open.html", context, status=422 if request.method == "POST" else 200)


def _provider(company: Tenant) -> IdentityProvider | None:
    with tenant(company):
        return IdentityProvider.objects.filter(is_enabled=True).first()


def _join_as_new(request: HttpRequest, secret: str, invitation: Invitation, form: AccountForm) -> HttpResponse:
    with transaction.atomic():
        user = User.objects.create_user(invitation.email, form.cleaned_data["password"], name=form.cleaned_data["name"])
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        membership = invitations.accept(secret=secret, user=user)
    request.session.pop(SESSION_KEY, None)
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
        try:
            invitations.invite(
                email=data["email"],
                name=data["name"],
                kind=form.kind,
                role_keys=[role.key for role in data["roles"]],
                actor=request.actor,
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"{data['email']} gets the invitation by mail. It is valid for 72 hours.")
            return redirect_to(request, tenant_url("member_list"))
    return render(request, "hub/invitation_form.html", {"form": form}, status=422 if form.is_bound else 200)


def _invitation(request: HubRequest, public_id: object) -> Invitation:
    try:
        return fetch(
            Invitation.objects.select_related("tenant", "invited_by__user"),
            actor=request.actor,
            to=Capability.PEOPLE_MANAGE,
            public_id=public_id,
        )
    except ObjectDoesNotExist as error:
        raise Http404 from error


@require_POST
@console
def invitation_send_again(request: HubRequest, public_id: object) -> HttpResponse:
    """A fresh link; the old one dies."""
    invitation = invitations.send_again(invitation=_invitation(request, public_id), actor=request.actor)
    messages.success(request, f"{invitation.email} gets a fresh link. The old one no longer works.")
    return redirect_to(request, tenant_url("member_list"))


@require_POST
@console
def invitation_revoke(request: HubRequest, public_id: object) -> HttpResponse:
    """Take an invitation back."""
    invitation = invitations.revoke(invitation=_invitation(request, public_id), actor=request.actor)
    messages.success(request, f"The invitation of {invitation.email} is taken back.")
    return redirect_to(request, tenant_url("member_list"))
