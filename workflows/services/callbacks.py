"""Receivers of webhooks call back: what was accepted is now open, closed, or cannot be done."""

import re
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from freelance_hub.errors import Refusal
from workflows.connectors import base
from workflows.engine.clock import after
from workflows.models import AccessGrant, Connection, ConnectorCall
from workflows.services import grants, reconciler

METHOD = "CALLBACK"
OPENED, CLOSED, FAILED = "access.opened", "access.closed", "access.failed"
KEY = re.compile(r"(?P<grant>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(?P<turn>\d{1,5}):(?P<what>open|close)")
ASKED_AGAIN = timedelta(minutes=10)  # after the receiver has said that it could not


def hear(*, connection: Connection, message: str, said: Any) -> str:
    """Do what a verified message of a receiver says; returns "done", "known" for a message that came before, or "over" for
    something that was settled in another way meanwhile.

    Raises Refusal for a message that says nothing, and for an access that this connection does not open. Side effects: one
    ConnectorCall, kept for 30 days; the grant; events as of the reconciler, which is hinted at.
    """
    kind, data = _read(said)
    match = KEY.fullmatch(str(data.get("key") or ""))
    if match is None:
        raise Refusal("data.key is missing, or none of ours.", remedy="Send back the key of our message.", code="key")
    if (kind == OPENED and match["what"] != reconciler.OPEN) or (kind == CLOSED and match["what"] != reconciler.CLOSE):
        raise Refusal(f"{kind} does not answer a message to {match['what']}.", code="other_message")
    try:
        with transaction.atomic():
            call = {"method": METHOD, "path": kind, "status": 200, "milliseconds": 0}
            ConnectorCall.objects.create(connection=connection, request_id=message, at=timezone.now(), **call)
            return _apply(connection, match, kind, data)
    except IntegrityError:
        if not connection.calls.filter(request_id=message, method=METHOD).exists():
            raise
        return "known"


def _read(said: Any) -> tuple[str, dict[str, Any]]:
    kind = said.get("type") if isinstance(said, dict) else None
    data = said.get("data") if isinstance(said, dict) else None
    if kind not in (OPENED, CLOSED, FAILED) or not isinstance(data, dict):
        raise Refusal(f"Send a type ({OPENED}, {CLOSED} or {FAILED}) and data.", code="unknown_type")
    return kind, data


def _apply(connection: Connection, match: re.Match[str], kind: str, data: dict[str, Any]) -> str:
    rows = AccessGrant.objects.select_related("resource", "membership__user", "membership__tenant")
    rows = rows.select_for_update(of=("self",), no_key=True)
    grant = rows.filter(public_id=match["grant"], resource__connection=connection).first()
    if grant is None:
        raise Refusal("This connection opens no such access.", code="unknown_key")
    if grant.turn != int(match["turn"]) or not grant.is_open_outside or grant.state not in AccessGrant.OPEN:
        return "over"
    actor = reconciler.robot()
    job = reconciler.Job(grant, match["what"], grant.try_at)  # under the lock: a worker with the lease loses it
    if kind == FAILED:
        if match["what"] == reconciler.OPEN and grant.close_by is not None:
            return "over"  # it is being closed: nothing waits for this
        text = f"{connection} says: {str(data.get('detail') or 'It could not be done.').strip()}"
        nothing = {"awaits": "", "awaited_since": None}
        AccessGrant.objects.filter(pk=grant.pk).update(last_error=text[:500], try_at=after(ASKED_AGAIN), **nothing)
        return "done"
    if kind == OPENED:
        account = str(data.get("account") or grant.account or grant.membership.user.email)
        reconciler.write_opened(job, base.Opened(account), actor)
    else:
        reconciler.write_closed(job, actor)
    grants.hint()
    return "done"
