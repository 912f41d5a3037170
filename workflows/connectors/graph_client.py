"""Microsoft Graph v1.0 for an application: sign-in, errors by code, pages, batches.

Only Microsoft's two hosts are called. Nothing is tried again here: what must wait raises TryLater, and whoever asked
comes back.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msal
import requests

from workflows.connectors.base import ConnectorError, NotAllowed, TryLater
from workflows.connectors.calls import Calls, json_of, retry_after
from workflows.models import Connection
from workflows.services.connections import secret_of

ROOT = "https://graph.microsoft.com/v1.0"
SIGN_IN = "https://login.microsoftonline.com"
HOSTS = frozenset({"graph.microsoft.com", "login.microsoftonline.com"})
SCOPE = "https://graph.microsoft.com/.default"
BATCH = 20  # Graph takes no more at once
MAX_PAGES = 1000  # a next link that leads in a circle ends

# What a call needs, for the text of a 403; the first pattern that fits.
NEEDS = (
    (r"POST /invitations", "User.Invite.All"),
    (r"\w+ /groups/[^/]+/members", "GroupMember.ReadWrite.All"),
    (r"GET /groups/", "GroupMember.ReadWrite.All"),
    (r"GET /teams/", "TeamMember.Read.All"),
    (r"POST /users/[^/]+/assignLicense|GET /subscribedSkus", "LicenseAssignment.ReadWrite.All"),
    (r"POST /users/[^/]+/revokeSignInSessions", "User.RevokeSessions.All"),
    (r"\w+ /directory/deletedItems", "User.DeleteRestore.All"),
    (r"GET .*signInActivity", "AuditLog.Read.All"),
    (r"\w+ /users", "User.ReadWrite.All"),
)


class GraphError(ConnectorError):
    """Graph said no with a status and a code. Branch on these, never on the text."""

    def __init__(self, what: str, status: int, code: str) -> None:
        super().__init__(f"Microsoft 365 refused “{what}” ({status} {code or 'without a code'}).")
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Item:
    """One request of a batch."""

    id: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


class Graph:
    """Calls to Graph as the application of a connection. One sign-in for the life of this object (seconds)."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.calls = Calls(connection, hosts=HOSTS)
        self._token = ""

    @property
    def roles(self) -> frozenset[str]:
        """The permissions in the token. Raises as `call`. The token is Microsoft's, just fetched: nothing to verify."""
        try:
            middle = self._signed_in().split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
            return frozenset(str(role) for role in claims.get("roles", ()))
        except (IndexError, ValueError, AttributeError):
            return frozenset()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        request_id: str = "",
    ) -> dict[str, Any]:
        """The body of the answer; empty for 204. Raises TryLater, NotAllowed with the missing permission, GraphError."""
        url = path if path.startswith("https://") else ROOT + path
        request_id = request_id or str(uuid4())
        answer = self.calls.send(
            method,
            url,
            headers={
                "Authorization": f"Bearer {self._signed_in()}",
                "client-request-id": request_id,
                "ConsistencyLevel": "eventual",
            },
            json=body,
            params=query,
            request_id=request_id,
        )
        what = f"{method} {url.removeprefix(ROOT).partition('?')[0]}"
        if query and "signInActivity" in query.get("$select", ""):
            what += " signInActivity"
        _refuse(what, answer.status_code, answer.headers, json_of(answer))
        return json_of(answer)

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every object of a collection, page after page. Raises as `call`, at the page where it happens."""
        page = self.call("GET", path, query=query)
        for _ in range(MAX_PAGES):
            yield from page.get("value", ())
            following = page.get("@odata.nextLink")
            if not following:
                return
            if not str(following).startswith(f"{ROOT}/"):
                raise ConnectorError("Microsoft 365 points to a next page outside of itself.")
            page = self.call("GET", str(following))
        raise ConnectorError("Microsoft 365 answers with more pages than there can be.")

    def batch(self, items: Iterable[Item]) -> Iterator[tuple[Item, dict[str, Any] | ConnectorError]]:
        """Each request with its body or with what went wrong with it; twenty travel together.

        An item is throttled by itself (TryLater). A batch that fails as a whole raises; items before it are done.
        """
        waiting = list(items)
        for start in range(0, len(waiting), BATCH):
            some = waiting[start : start + BATCH]
            said = self.call("POST", "/$batch", body={"requests": [_request(item) for item in some]})
            answers = {str(answer.get("id")): answer for answer in said.get("responses", ())}
            for item in some:
                yield item, _outcome(item, answers.get(item.id))

    def _signed_in(self) -> str:
        if not self._token:
            self._token = _sign_in(self.connection, self.calls)
        return self._token


def _request(item: Item) -> dict[str, Any]:
    request: dict[str, Any] = {"id": item.id, "method": item.method, "url": item.path}
    if item.body is not None:
        request |= {"headers": {"Content-Type": "application/json"}, "body": dict(item.body)}
    return request


def _outcome(item: Item, answer: dict[str, Any] | None) -> dict[str, Any] | ConnectorError:
    if answer is None:
        return TryLater("Microsoft 365 left a part of the batch without an answer.")
    body = answer.get("body")
    body = body if isinstance(body, dict) else {}
    # Names of headers come in any case.
    headers = {str(name).title(): str(value) for name, value in (answer.get("headers") or {}).items()}
    try:
        _refuse(f"{item.method} {item.path}", int(answer.get("status", 0)), headers, body)
    except ConnectorError as error:
        return error
    return body


def _refuse(what: str, status: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
    """Raise what an answer above 399 means."""
    if 200 <= status < 400:
        return
    error = body.get("error")
    code = re.sub(r"[^\w.-]", "", str(error.get("code") or ""))[:60] if isinstance(error, dict) else ""
    if status in (408, 424, 429) or status >= 500 or not status:
        raise TryLater(f"Microsoft 365 asks to wait ({status}).", retry_after(headers))
    if status == 401:
        raise NotAllowed("Microsoft 365 does not accept the application's token (401).")
    if status == 403:
        missing = next((need for pattern, need in NEEDS if re.match(pattern, what)), "")
        text = f"Microsoft 365 does not allow “{what}” ({code or 403})."
        if code == "Authorization_RequestDenied" and missing:
            raise NotAllowed(f"{text} Grant {missing} to the application, with admin consent.", [missing])
        raise NotAllowed(text)
    raise GraphError(what, status, code)


class _Door:
    """What msal calls through: the same guard and log as everything else."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> requests.Response:
        return self._calls.send("GET", url, params=params, headers=headers)

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> requests.Response:
        return self._calls.send("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """Each call has its own connection."""


def _sign_in(connection: Connection, calls: Calls) -> str:
    """A token of the application. Raises NotAllowed when Entra does not accept it, TryLater when it does not answer."""
    settings = connection.settings
    directory, client = str(settings.get("tenant", "")).strip(), str(settings.get("client_id", "")).strip()
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", directory) or not client:
        raise NotAllowed("The directory (tenant) id or the application (client) id is missing or is none.")
    try:
        application = msal.ConfidentialClientApplication(
            client,
            authority=f"{SIGN_IN}/{directory}",
            client_credential=_credential(secret_of(connection)),
            http_client=_Door(calls),
            instance_discovery=False,
        )
        result = application.acquire_token_for_client([SCOPE])
    except (requests.RequestException, RuntimeError) as error:
        raise TryLater("Microsoft's sign-in did not answer.") from error
    except ValueError as error:  # an unknown directory, or a certificate that is none
        raise NotAllowed(f"Microsoft knows no directory “{directory}”, or the certificate cannot be read.") from error
    if "access_token" in result:
        return str(result["access_token"])
    code = re.sub(r"[^\w]", "", str(result.get("error", "")))[:60]
    if code == "temporarily_unavailable":
        raise TryLater("Microsoft's sign-in asks to wait.")
    raise NotAllowed(
        f"Microsoft's sign-in refused the application ({code}). Look at its id, its secret and their expiry."
    )


def _credential(secret: str) -> str | dict[str, str]:
    """A client secret as it is; a PEM file with key and certificate as msal wants it."""
    if "-----BEGIN" not in secret:
        return secret
    blocks = re.findall(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", secret, re.DOTALL)
    found = {
        kind: match.group(0)
        for kind in blocks
        if (match := re.search(rf"-----BEGIN {kind}-----.*?-----END {kind}-----", secret, re.DOTALL))
    }
    key = next((text for kind, text in found.items() if kind.endswith("PRIVATE KEY")), "")
    if not key or "CERTIFICATE" not in found:
        raise ValueError
    return {"private_key": key, "public_certificate": found["CERTIFICATE"]}
