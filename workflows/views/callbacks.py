"""Where receivers of webhooks say that something is done: no session, no token, a signature."""

import json
import time
from typing import Any
from uuid import UUID

from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from freelance_hub.api.problems import CONTENT_TYPE
from freelance_hub.errors import Refusal
from freelance_hub.models import Tenant
from freelance_hub.sealed import SealBroken
from freelance_hub.tenancy.context import tenant
from workflows.connectors.webhook import verified
from workflows.models import Connection
from workflows.services.callbacks import hear
from workflows.services.connections import secret_of

LONGEST = 64 * 1024
RATES = {"unsigned_callback": "60/m/ip"}


@csrf_exempt
@never_cache
@require_POST
def access_callback(request: HttpRequest, company: str, public_id: UUID) -> JsonResponse:
    """A message signed as Standard Webhooks says. Whatever is not signed gets one answer, which tells nothing: 401."""
    found = Tenant.objects.filter(slug=company, state=Tenant.State.ACTIVE).first()
    if len(request.body) > LONGEST:
        return _problem(413, "Too long", "A message has at most 64 KB.")
    if found is None:
        return _unsigned(request)
    with tenant(found, actor="Webhook"):
        connection = Connection.objects.filter(
            public_id=public_id, kind=Connection.Kind.WEBHOOK, is_active=True
        ).first()
        message = _message(request, connection) if connection else ""
        if connection is None or not message:
            return _unsigned(request)
        try:
            said = json.loads(request.body)
        except ValueError:
            return _problem(400, "No JSON", "Send one JSON object.")
        try:
            word = hear(connection=connection, message=message, said=said)
        except Refusal as refusal:
            return _problem(422, "This is not possible", refusal.message, kind=f"urn:freelance-hub:{refusal.code}")
    return JsonResponse({"status": word})


def _message(request: HttpRequest, connection: Connection) -> str:
    """The id of a message that the receiver has signed; empty for any other."""
    try:
        secrets = secret_of(connection)
    except SealBroken:
        return ""
    return verified(secrets, request.headers, request.body, at=int(time.time()))


def _unsigned(request: HttpRequest) -> JsonResponse:
    if not consume(request, app="workflows", action="unsigned_callback", config=RATES, limit_get=True):
        return _problem(429, "Too many", "Too many messages without a good signature. Wait a minute.")
    return _problem(
        401,
        "Not signed",
        "The signature, its time (at most five minutes off) or the address is wrong.",
    )


def _problem(status: int, title: str, detail: str, *, kind: str = "about:blank") -> JsonResponse:
    body: dict[str, Any] = {"type": kind, "title": title, "status": status, "detail": detail}
    answer = JsonResponse(body, status=status, content_type=CONTENT_TYPE)
    if status == 401:
        answer["WWW-Authenticate"] = "Webhook"
    return answer
