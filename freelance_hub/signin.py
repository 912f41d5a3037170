"""Sign-in: by e-mail and password with a second factor, or through the company's own OpenID Connect provider.

The libraries (django-allauth) do the work; here stand the company's rules: nobody signs up without an invitation, a
company's provider speaks only for the mail domains that the company has proved, employees need a second factor.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from freelance_hub.models import IdentityProvider, Membership, Tenant, User
from freelance_hub.sealed import open_sealed, seal
from freelance_hub.tenancy.context import tenant

STRONG_METHODS = {"mfa", "socialaccount"}  # a company's own provider answers for its second factor itself


class AccountAdapter(DefaultAccountAdapter):
    """Accounts exist for people who were invited; `invitation_accepting` is set by the invitation's page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(request.session.get("invitation_secret"))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002  allauth's signature
        user.name = form.cleaned_data.get("name") or user.email.split("@", 1)[0]
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved


class MfaAdapter(DefaultMFAAdapter):
    """TOTP secrets are stored sealed."""

    def encrypt(self, text: str) -> str:
        return seal(text, tenant_id=0, table="mfa", row_id="", field="secret")

    def decrypt(self, encrypted_text: str) -> str:
        return open_sealed(encrypted_text, tenant_id=0, table="mfa", row_id="", field="secret")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The providers are the companies' own; the provider's id is the company's slug."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one enabled provider of the company named by `provider`; never a list of whose customers exist."""
        if not provider or provider == "openid_connect":
            return []
        app = identity_provider_app(provider)
        return [app] if app and client_id in {None, app.client_id} else []

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in only addresses of the company's proved domains that belong to somebody invited.

        A known person is linked by address here and only here: the provider of one company can never sign in as
        somebody of another company's domain.
        """
        company = Tenant.objects.filter(slug=sociallogin.account.provider).first()
        address = (sociallogin.user.email or "").lower()
        if company is None or not _speaks_for(company, address):
            raise ImmediateHttpResponse(
                render(request, "hub/signin_refused.html", {"address": address, "company": company}, status=403)
            )
        if sociallogin.is_existing:
            return
        user = User.objects.filter(email=address, is_active=True).first()
        if user is not None:
            sociallogin.connect(request, user)
        elif not request.session.get("invitation_secret"):
            raise ImmediateHttpResponse(
                render(request, "hub/signin_unknown.html", {"address": address, "company": company}, status=403)
            )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(request.session.get("invitation_secret"))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.email = (user.email or "").lower()
        user.name = data.get("name") or user.email.split("@", 1)[0]
        return user


def identity_provider_app(slug: str) -> SocialApp | None:
    """The company's provider as allauth wants it, with its secret opened; None when it has none that is enabled."""
    company = Tenant.objects.filter(slug=slug, state=Tenant.State.ACTIVE).first()
    if company is None:
        return None
    with tenant(company):
        found = IdentityProvider.objects.filter(is_enabled=True).first()
    if found is None:
        return None
    secret = ""
    if found.client_secret:
        secret = open_sealed(
            found.client_secret,
            tenant_id=company.pk,
            table="hub_identityprovider",
            row_id=found.pk,
            field="client_secret",
        )
    return SocialApp(
        provider="openid_connect",
        provider_id=slug,
        name=found.name,
        client_id=found.client_id,
        secret=secret,
        settings={"server_url": found.issuer, "verified_email": found.domains, "oauth_pkce_enabled": True},
    )


def _speaks_for(company: Tenant, address: str) -> bool:
    domain = address.rpartition("@")[2]
    with tenant(company):
        provider = IdentityProvider.objects.filter(is_enabled=True).first()
    return bool(provider and domain and domain in {proved.lower() for proved in provider.domains})


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor, a passkey or the company's own provider."""
    return any(record.get("method") in STRONG_METHODS for record in get_authentication_records(request, request.user))


def second_factor_page(request: HttpRequest, membership: Membership) -> HttpResponse | None:
    """Where an employee must go first when the company asks for a second factor; None when all is well."""
    if membership.kind == Membership.Kind.GUEST or not membership.tenant.staff_second_factor:
        return None
    if has_second_factor(request):
        return None
    return redirect(f"{reverse('mfa_index')}?required=1")
