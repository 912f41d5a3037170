"""How SCIM says no (RFC 7644, 3.12)."""

from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from freelance_hub.errors import Refusal
from freelance_hub.permissions import Refused
from freelance_hub.services.directory import TAKEN

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Fault(Exception):  # noqa: N818  becomes an answer
    """The request cannot be done as it is; `kind` is a scimType."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


def body_of(status: int, detail: str, kind: str = "") -> dict[str, Any]:
    """The JSON of an error; its status is a text, as the standard wants it."""
    body = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return body | ({"scimType": kind} if kind else {})


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler for SCIM. None lets the error become a 500."""
    set_rollback()
    fault = _fault(error)
    if fault is None:
        return None
    response = Response(body_of(fault.status, fault.detail, fault.kind), status=fault.status)
    if fault.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Freelance Hub"'
    wait = getattr(error, "wait", None)
    if wait:
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _fault(error: Exception) -> Fault | None:
    if isinstance(error, Fault):
        return error
    if isinstance(error, Refusal):
        if error.code == TAKEN:
            return Fault(409, str(error), "uniqueness")
        return Fault(400, str(error), "invalidValue") if error.field else Fault(409, str(error))
    if isinstance(error, Refused):
        return Fault(403, str(error))
    if isinstance(error, Http404):
        return Fault(404, "There is nobody with this id.")
    if isinstance(error, exceptions.ParseError):
        return Fault(400, str(error.detail), "invalidSyntax")
    if isinstance(error, exceptions.APIException):
        return Fault(error.status_code, str(error.detail))
    return None
