"""Webhook: any system that can receive a signed message opens and closes access itself.

Signed as Standard Webhooks says (standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`. The id is
the same for every attempt, so the receiver does a thing once. While a secret is replaced, the connection holds the new and
the old one, and every message carries a signature by each.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from freelance_hub.links import absolute
from freelance_hub.tenancy.context import current
from workflows.connectors.base import Account, Awaited, ConnectorError, NotAllowed, Opened, Person, TestResult
from workflows.connectors.calls import Calls, json_of, refuse
from workflows.models import Connection, Resource
from workflows.services.connections import secret_of

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
TOLERANCE = 300  # seconds by which the clock of a receiver may be wrong
POLLED, CALLED_BACK = 60.0, 3600.0  # seconds until a receiver is asked again: one that calls back, only to be sure


class WebhookConnector:
    """One receiver."""

    can_list = False

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.calls = Calls(connection)

    def test(self) -> TestResult:
        """Send a `ping`; any answer of 2xx is fine."""
        try:
            self._send("ping", str(self.connection.public_id), {})
        except ConnectorError as error:
            return TestResult(is_working=False, error=str(error))
        return TestResult(is_working=True)

    def open(self, resource: Resource, person: Person, *, account: str, key: str) -> Opened:
        """200 means open, 202 means later: the receiver is asked again until it says 200, or calls back. `account` in the
        answer is kept."""
        status, said = self._send("access.open", key, self._about(resource, person, account))
        known = str(said.get("account") or account or person.email)[:254]
        return Opened(known, is_settled=False, again=_again(said)) if status == 202 else Opened(known)

    def close(self, resource: Resource, person: Person, *, account: str, key: str) -> None:
        """200 means closed. At 202 it is asked again, or calls back: access that may still be open is not called closed."""
        status, said = self._send("access.close", key, self._about(resource, person, account))
        if status == 202:
            raise Awaited("The receiver has not closed the access yet.", _again(said))

    def members(self, resource: Resource) -> list[Account]:
        raise ConnectorError("A webhook cannot list who has access.")

    def leave(self, person: Person, *, account: str, key: str) -> None:
        """Tell that nothing is left; what the receiver does with the account is its own business."""
        self._send("access.leave", key, self._about(None, person, account))

    def _about(self, resource: Resource | None, person: Person, account: str) -> dict[str, Any]:
        about: dict[str, Any] = {"person": {"email": person.email, "name": person.name}, "account": account}
        if resource is not None:
            about["resource"] = {"id": resource.external_id, "name": resource.name, "kind": resource.kind}
            about["callback"] = callback_address(self.connection)
        return about

    def _send(self, event: str, key: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer. Raises TryLater, NotAllowed, ConnectorError."""
        url = str(self.connection.settings.get("url", ""))
        body = json.dumps({"type": event, "data": {"key": key, **data}}, separators=(",", ":")).encode()
        message = f"msg_{hashlib.sha256(f'{event}:{key}'.encode()).hexdigest()[:32]}"
        headers = signed_headers(secret_of(self.connection), message=message, body=body, at=int(time.time()))
        answer = self.calls.send("POST", url, headers=headers, data=body, request_id=message)
        refuse(answer, "The receiver")
        return answer.status_code, json_of(answer)


def signed_headers(secrets: str, *, message: str, body: bytes, at: int) -> dict[str, str]:
    """Headers of one message; a signature for each secret in `secrets`, at unix time `at`. Raises NotAllowed for a bad one."""
    signed = f"{message}.{at}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
        for secret in secrets.split()
    ]
    if not signatures:
        raise NotAllowed("The connection has no secret to sign with.")
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in KEY_BYTES:
        raise NotAllowed(
            f"A secret is {PREFIX} and 24 to 64 bytes in Base64. Two of them, a space between, while you change it."
        )
    return key


def callback_address(connection: Connection) -> str:
    """Where the receiver of a connection says that something is done."""
    place = {"company": current().tenant_slug or connection.tenant.slug, "public_id": connection.public_id}
    return absolute(reverse("access_callback", kwargs=place))


def verified(secrets: str, headers: Mapping[str, str], body: bytes, *, at: int) -> str:
    """The id of a message that one of the secrets has signed and that is at most five minutes off unix time `at`; empty for any
    other."""
    message, said_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    is_sound = re.fullmatch(r"[\w.-]{1,70}", message, re.ASCII) and re.fullmatch(r"[0-9]{1,12}", said_at)
    if not is_sound or abs(at - int(said_at)) > TOLERANCE:
        return ""
    try:
        right = signed_headers(secrets, message=message, body=body, at=int(said_at))["webhook-signature"].split()
    except NotAllowed:
        return ""
    given = headers.get("webhook-signature", "").split()[:10]
    is_signed = any(hmac.compare_digest(one.encode(), mine.encode()) for one in given for mine in right)
    return message if is_signed else ""


def _again(said: Mapping[str, Any]) -> float:
    return CALLED_BACK if said.get("callback") is True else POLLED
