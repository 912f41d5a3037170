"""How every connector calls: through the guarded door, logged, with the faults of the way told from answers that say no."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from freelance_hub import outgoing
from workflows.connectors.base import ConnectorError, NotAllowed, TryLater
from workflows.models import Connection
from workflows.services.connections import logged_call

LONGEST_WAIT = 3600.0


class Calls:
    """Calls of one connection. `hosts` names all it may reach; without them, whatever the guarded door lets out."""

    def __init__(self, connection: Connection, *, hosts: Collection[str] = ()) -> None:
        self.connection = connection
        self.hosts = hosts

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Any = None,
        params: Mapping[str, str] | None = None,
        request_id: str = "",
    ) -> requests.Response:
        """The answer, whatever its status. One ConnectorCall is kept: path, status and ids, no query and no body.

        Raises TryLater when no answer came, ConnectorError for an address that may not be called.
        """
        parts = urlsplit(url)
        if self.hosts and parts.hostname not in self.hosts:
            raise ConnectorError(f"{parts.hostname or 'This address'} does not belong to the connection.")
        with logged_call(self.connection, method, parts.path) as kept:
            kept.request_id = request_id
            try:
                with outgoing.session() as session:
                    answer = session.request(method, url, headers=headers, json=json, data=data, params=params)
            except outgoing.NameUnknown as error:
                raise TryLater(f"{parts.hostname} cannot be found.") from error
            except outgoing.OutgoingRefused as error:
                raise ConnectorError(f"{parts.hostname} was not called: {error}") from error
            except requests.RequestException as error:
                raise TryLater(f"{parts.hostname} did not answer.") from error
            kept.status = answer.status_code
            kept.request_id = f"{answer.headers.get('request-id', '')} {request_id}".strip()
            if not answer.ok:
                kept.error = str(answer.reason or "")
            return answer


def refuse(answer: requests.Response, system: str) -> None:
    """Raise what an answer above 399 means, where its status alone tells: TryLater, NotAllowed or ConnectorError."""
    status = answer.status_code
    if status < 400:
        return
    if status in (408, 425, 429) or status >= 500:
        raise TryLater(f"{system} asks to wait ({status}).", retry_after(answer.headers))
    if status in (401, 403):
        raise NotAllowed(f"{system} does not accept the credentials, or they may not do this ({status}).")
    raise ConnectorError(f"{system} refused ({status}).")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the Retry-After header, an hour at most; None where it is missing or says nothing."""
    said = headers.get("Retry-After", "").strip()
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124  not a number


def json_of(answer: requests.Response) -> dict[str, Any]:
    """The object of an answer's body; empty when there is none or it is something else."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
