"""Sign-in through a company's own OpenID Connect provider.

allauth speaks the protocol (state, PKCE, code); here stand the rules. A provider is named by its company's slug and speaks
for one company: only for people whom that company has let in or invited, only with addresses of its proved domains, and a
session that it opens is good for that company alone (`signin.opened_elsewhere`). So an owner who runs a false provider
gains nothing that they do not have already.
"""

import secrets
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from freelance_hub import outgoing
from freelance_hub.models import IdentityProvider, Invitation, Membership, Tenant, User
from freelance_hub.sealed import open_sealed
from freelance_hub.services import invitations
from freelance_hub.tenancy.context import tenant

INVITED = "invitation_hash"  # in the session of somebody who has opened the link of an invitation
SIGNATURES = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
]  # never a shared key
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class ProviderConnection(OpenIDConnectOAuth2Adapter):
    """How one company's provider is talked to."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider tells of itself, checked; OAuth2Error when it does not fit."""
        try:
            found = super().openid_config
        except (AttributeError, ValueError) as error:
            raise OAuth2Error("The provider's configuration is no JSON object.") from error
        issuer = str(self.get_provider().app.settings["server_url"])
        if not isinstance(found, dict) or str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise OAuth2Error("The provider names another issuer than the company's settings.")
        for endpoint in ENDPOINTS:
            outgoing.check_url(str(found.get(endpoint, "")))
        return found

    @property
    def basic_auth(self) -> bool:
        """Whether our secret travels in a header: the standard's way where the provider names none."""
        methods = self.openid_config.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" in methods and "client_secret_post" not in methods

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The token's claims: signed by one of the provider's keys, for us, by the issuer, not expired.

        allauth would trust the connection for the signature, and insist on a key id, which is optional for a single key.
        """
        try:
            with outgoing.session() as session:
                keys = session.get(self.openid_config["jwks_uri"]).json()["keys"]
            key_id = jwt.get_unverified_header(id_token).get("kid")
            fitting = [key for key in keys if key_id is None or key.get("kid") == key_id]
            if len(fitting) != 1:
                raise OAuth2Error("No key of the provider fits the token.")
            return dict(
                jwt.decode(
                    id_token,
                    jwt.PyJWK(fitting[0]).key,
                    algorithms=SIGNATURES,
                    audience=app.client_id,
                    issuer=self.openid_config["issuer"],
                    leeway=60,
                    options={"require": ["exp", "iat", "sub"]},
                )
            )
        except (jwt.PyJWTError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("The provider's token or keys do not fit.") from error

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("The provider sent no ID token.")
        try:
            return super().complete_login(request, app, token, **kwargs)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("The provider's answer is malformed.") from error


class Provider(OpenIDConnectProvider):
    """A company's provider: with a nonce, and without the parameters that allauth would take from the address."""

    oauth2_adapter_class = ProviderConnection

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        asked = super().get_redirect_from_request_kwargs(request)
        return {"process": AuthProcess.LOGIN, "next_url": asked.get("next_url")}

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the browser to the provider.

        By a page that moves on, not by a redirect: the policy `form-action 'self'` holds for what a form is redirected to.
        """
        nonce = secrets.token_urlsafe(24)
        response = super().redirect(
            request, process, next_url, data, auth_params={"nonce": nonce}, scope=self.get_scope(), nonce=nonce
        )
        address = response.get("Location", "")
        if not address:
            return response
        onward = render(request, "hub/signin_onward.html", {"address": address, "name": self.app.name})
        onward["Refresh"] = f"0; url={address}"
        return onward


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

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        return Provider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def get_requests_session(self) -> requests.Session:
        """The provider's address was typed in by a customer."""
        return outgoing.session()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in whom the company has let in or invited, by an address of its proved domains; refuse all others.

        A known person is linked to the provider's account here and only here.
        """
        company = Tenant.objects.get(slug=sociallogin.account.provider)
        address = address_of(sociallogin)
        if not _speaks_for(company, address):
            raise ImmediateHttpResponse(_page(request, "hub/signin_refused.html", address, company))
        invitation = invited_to(request, company)
        is_invited = invitation is not None and invitation.email == address
        if sociallogin.is_existing:
            if not is_invited and not _is_member(company, sociallogin.user):
                raise ImmediateHttpResponse(_page(request, "hub/signin_unknown.html", address, company))
            return
        user = User.objects.filter(email=address).first()
        if user is None:
            if not is_invited:
                raise ImmediateHttpResponse(_page(request, "hub/signin_unknown.html", address, company))
        elif is_invited or _is_member(company, user):
            sociallogin.connect(request, user)
        else:
            raise ImmediateHttpResponse(_page(request, "hub/signin_unknown.html", address, company))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Only after `pre_social_login` has found the invitation; asked again because allauth can come here on its own."""
        company = Tenant.objects.filter(slug=sociallogin.account.provider).first()
        invitation = invited_to(request, company) if company else None
        return invitation is not None and invitation.email == address_of(sociallogin)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.email = (user.email or "").lower()
        user.name = str(data.get("name") or user.email.split("@", 1)[0])[:200]
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        if isinstance(exception, requests.RequestException):
            raise ImmediateHttpResponse(provider_is_down(request, provider.app.name))


def address_of(sociallogin: SocialLogin) -> str:
    """The address that the provider vouches for, in lower case; empty when its answer contradicts itself.

    The token must be the answer to our question (nonce), speak of the same person as the user's details (OpenID Connect
    Core 5.3.2), and not call the address unproved.
    """
    told = sociallogin.account.extra_data
    token, details = told.get("id_token") or {}, told.get("userinfo") or {}
    nonce = sociallogin.state.get("nonce")
    if not nonce or token.get("nonce") != nonce or token.get("sub") != details.get("sub"):
        return ""
    if details.get("email_verified", token.get("email_verified", True)) is False:
        return ""
    return str(details.get("email") or token.get("email") or "").strip().lower()


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


def invited_to(request: HttpRequest, company: Tenant) -> Invitation | None:
    """The open invitation to `company` whose link this browser has opened."""
    digest = request.session.get(INVITED)
    found = invitations.find_by_hash(digest) if digest else None
    return found[1] if found and found[0] == company else None


def provider_is_down(request: HttpRequest, name: str) -> HttpResponse:
    """The page for a provider that does not answer, or not as it should."""
    return render(request, "hub/signin_down.html", {"name": name}, status=503)


def issuer_problem(issuer: str) -> str:
    """What is wrong with an issuer that somebody typed in; empty when it may be called."""
    try:
        outgoing.check_url(issuer)
    except outgoing.OutgoingRefused:
        return "Write the address with https://, as your provider names it, without a password in it."
    parts = urlsplit(issuer)
    return "An issuer has neither “?” nor “#” in it." if parts.query or parts.fragment else ""


def _page(request: HttpRequest, template: str, address: str, company: Tenant) -> HttpResponse:
    return render(request, template, {"address": address, "company": company}, status=403)


def _is_member(company: Tenant, user: User) -> bool:
    with tenant(company):
        return Membership.objects.filter(user=user, state=Membership.State.ACTIVE).exists()


def _speaks_for(company: Tenant, address: str) -> bool:
    domain = address.rpartition("@")[2]
    with tenant(company):
        provider = IdentityProvider.objects.filter(is_enabled=True).first()
    return bool(provider and domain and domain in {proved.lower() for proved in provider.domains})
