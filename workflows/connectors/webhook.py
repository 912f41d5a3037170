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
import time
from typing import Any

from workflows.connectors.base import Account, ConnectorError, NotAllowed, Opened, Person, TestResult, TryLater
from workflows.connectors.calls import Calls, json_of, refuse
from workflows.models import Connection, Resource
from workflows.services.connections import secret_of

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)


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
        """200 means open, 202 means later: the receiver is asked again until it says 200. `account` in the answer is kept."""
        status, said = self._send("access.open", key, _about(resource, person, account))
        return Opened(str(said.get("account") or account or person.email)[:254], is_settled=status != 202)

    def close(self, resource: Resource, person: Person, *, account: str, key: str) -> None:
        """200 means closed. At 202 it is asked again: access that may still be open is not called closed."""
        status, _ = self._send("access.close", key, _about(resource, person, account))
        if status == 202:
            raise TryLater("The receiver has not closed the access yet.")

    def members(self, resource: Resource) -> list[Account]:
        raise ConnectorError("A webhook cannot list who has access.")

    def leave(self, person: Person, *, account: str, key: str) -> None:
        """Tell that nothing is left; what the receiver does with the account is its own business."""
        self._send("access.leave", key, _about(None, person, account))

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


def _about(resource: Resource | None, person: Person, account: str) -> dict[str, Any]:
    about: dict[str, Any] = {"person": {"email": person.email, "name": person.name}, "account": account}
    if resource is not None:
        about["resource"] = {"id": resource.external_id, "name": resource.name, "kind": resource.kind}
    return about
