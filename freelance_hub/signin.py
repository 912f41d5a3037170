"""Sign-in by e-mail and password with a second factor. A company's own provider: `openid.py`.

The libraries (django-allauth) do the work; here stand the house's rules: nobody signs up without an invitation, guessing
is slow without locking the person out, employees need a second factor, and a session that a company's provider has opened
is good for that company alone.
"""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from freelance_hub.models import Membership, User
from freelance_hub.sealed import fingerprint, open_sealed, seal

DEVICE = "device"  # cookie: this browser has signed in as that person before
DEVICE_SECONDS = 365 * 24 * 3600
# Pages that change how one signs in everywhere; one company's provider does not answer for them.
ACCOUNT_PAGES = {"account_email", "account_change_password", "account_set_password", "socialaccount_connections"}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by accepting an invitation, see `views/invitations.py`; there is no other sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Too many guesses get 429 rather than a form that says so."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(respond_429(request)) from error

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Devices that the person has used count apart: whoever guesses from elsewhere cannot lock them out."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        kept = request.get_signed_cookie(DEVICE, default="", max_age=DEVICE_SECONDS) or ""
        mark, _, device = kept.partition(".")
        is_known = bool(device) and mark == _mark(credentials.get("email", ""))
        return f"{key}:{device}" if is_known else key

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        response: HttpResponse = super().post_login(request, user, **kwargs)
        response.set_signed_cookie(
            DEVICE,
            f"{_mark(user.email)}.{secrets.token_urlsafe(16)}",
            max_age=DEVICE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return response


def _mark(address: str) -> str:
    return fingerprint(address.strip().lower(), tenant_id=0, purpose="device")[:32]


class MfaAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery codes are stored sealed."""

    def encrypt(self, text: str) -> str:
        return seal(text, tenant_id=0, table="mfa", row_id="", field="secret")

    def decrypt(self, encrypted_text: str) -> str:
        return open_sealed(encrypted_text, tenant_id=0, table="mfa", row_id="", field="secret")


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or has been confirmed since, with a second factor or a passkey."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def method_of(request: HttpRequest) -> str:
    """How the session was opened, for the audit log: password, mfa, or the company whose provider answered."""
    records = get_authentication_records(request, request.user)
    last = records[-1] if records else {}
    return str(last.get("provider") or last.get("method") or "")


def company_that_opened(request: HttpRequest) -> str:
    """Slug of the company whose provider alone has opened this session; empty when the person proved it otherwise."""
    records = get_authentication_records(request, request.user) if request.user.is_authenticated else []
    if not records or any(record.get("method") != "socialaccount" for record in records):
        return ""
    return str(records[-1].get("provider", ""))


def opened_elsewhere(request: HttpRequest, membership: Membership) -> HttpResponse | None:
    """The page for a session that another company's provider has opened; None when this company may trust it."""
    opened_by = company_that_opened(request)
    if not opened_by or opened_by == membership.tenant.slug:
        return None
    context = {"company": membership.tenant, "next": request.get_full_path()}
    return render(request, "hub/signin_other_company.html", context, status=403)


def managed_elsewhere(request: HttpRequest, url_name: str) -> HttpResponse | None:
    """The page instead of the account's own pages when only a company's provider has opened the session."""
    is_about_account = url_name in ACCOUNT_PAGES or url_name.startswith("mfa_")
    if not is_about_account or not company_that_opened(request):
        return None
    return render(request, "hub/signin_managed.html", status=403)


def second_factor_page(request: HttpRequest, membership: Membership) -> HttpResponse | None:
    """Where an employee must go first when the company asks for a second factor; None when all is well.

    A company's own provider answers for its second factor itself.
    """
    if membership.kind == Membership.Kind.GUEST or not membership.tenant.staff_second_factor:
        return None
    if has_second_factor(request) or company_that_opened(request):
        return None
    return ask_second_factor(request)


def confirm_page(request: HttpRequest) -> HttpResponse | None:
    """Where to prove again that it is oneself, before an act that outlives the session; None within 15 minutes of a proof.

    What was posted is not kept: it may be a secret. People whom only their company's provider knows have nothing to
    confirm with; their session is good for that company alone.
    """
    if not is_reauthentication_required(request, app=""):
        return None
    methods = AccountAdapter(request).get_reauthentication_methods(request.user)
    return redirect(f"{methods[0]['url']}?{urlencode({'next': request.path})}") if methods else None


def ask_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the second factor, or to the one that explains how to set one up."""
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    if is_mfa_enabled(request.user):
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': here})}")
    return redirect(f"{reverse('mfa_index')}?{urlencode({'required': 1})}")
