"""DRF's view of a token: the middleware has checked it already."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from freelance_hub.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer fh_…`; sessions and cookies open nothing here."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        token = getattr(request._request, "api_token", None)  # noqa: SLF001  set by the tenancy middleware
        return (token.membership.user, token) if token else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Freelance Hub"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The token in the OpenAPI document."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made at /t/<company>/tokens/. Its scopes are capabilities, never more than its person has.",
        }
