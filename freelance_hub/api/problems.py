"""Errors as problem details (RFC 9457): what, why, where and how to mend it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from freelance_hub.errors import Refusal
from freelance_hub.permissions import Refused

CONTENT_TYPE = "application/problem+json"


def problem(code: int, title: str, *, detail: str = "", kind: str = "about:blank", **more: Any) -> Response:
    """One problem; `more` are extension members."""
    body = {"type": kind, "title": title, "status": code, "detail": detail, **{k: v for k, v in more.items() if v}}
    return Response(body, status=code, content_type=CONTENT_TYPE)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None lets the error become a 500."""
    set_rollback()
    if isinstance(error, Refusal):
        code = status.HTTP_422_UNPROCESSABLE_ENTITY if error.field else status.HTTP_409_CONFLICT
        return problem(
            code,
            "This is not possible",
            detail=error.message,
            kind=f"urn:freelance-hub:{error.code}",
            remedy=error.remedy,
            errors=[{"field": error.field, "message": str(error)}] if error.field else None,
        )
    if isinstance(error, Refused):
        return problem(
            status.HTTP_403_FORBIDDEN,
            "The token lacks a scope",
            detail=str(error),
            kind="urn:freelance-hub:missing_scope",
            scope=error.capability.value,
            remedy="Make a token with this scope; its person needs the right too.",
        )
    if isinstance(error, Http404):
        return problem(status.HTTP_404_NOT_FOUND, "Not found", detail="There is nothing here that this token may see.")
    if isinstance(error, PermissionDenied):
        return problem(status.HTTP_403_FORBIDDEN, "Forbidden", detail=str(error))
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers["WWW-Authenticate"] = 'Bearer realm="Freelance Hub"'
    wait = getattr(error, "wait", None)
    if wait:
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(error, exceptions.ValidationError):
        response = problem(
            status.HTTP_422_UNPROCESSABLE_ENTITY,
            "Some fields need mending",
            detail="Nothing was changed.",
            kind="urn:freelance-hub:invalid",
            errors=_fields(error.detail),
        )
    else:
        response = problem(error.status_code, str(error.default_detail), detail=str(error.detail))
    for name, value in headers.items():
        response[name] = value
    return response


def _fields(detail: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's nested errors as a flat list of field and message."""
    if isinstance(detail, dict):
        return [
            line for name, value in detail.items() for line in _fields(value, f"{path}.{name}" if path else str(name))
        ]
    if isinstance(detail, list):
        found: list[dict[str, str]] = []
        for at, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            found += _fields(value, f"{path}[{at}]" if nested else path)
        return found
    return [{"field": path, "message": str(detail)}]
