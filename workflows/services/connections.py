"""Connections to other systems: set up, tested before they are kept, changed. Their secret goes in and never comes out."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.outgoing import OutgoingRefused, check_url
from freelance_hub.permissions import Capability, require
from freelance_hub.sealed import open_sealed, seal
from workflows.connectors import base
from workflows.engine.clock import Now
from workflows.models import Connection, ConnectorCall, Resource

TABLE, FIELD = "workflows_connection", "secret"
KEPT_CALLS = timedelta(days=30)


def create_connection(*, kind: str, name: str, settings: Mapping[str, str], secret: str, actor: Actor) -> Connection:
    """Set up a connection, if a look at the other system shows that it works. `settings` are texts by name.

    Raises Refused without connection.manage; Refusal for an unknown kind, a missing setting, an address that is none, a
    name that is taken, no secret, or credentials that the system does not accept: then nothing is kept. Permissions that
    are missing do not stop it, the page says which. Side effects: calls to the system before the transaction; event
    `connection.created`. The secret is sealed for this row.
    """
    require(actor, Capability.CONNECTION_MANAGE)
    if not secret.strip():
        raise Refusal("A new connection needs its secret.", field="secret", code="required")
    draft = Connection(tenant_id=actor.tenant_id, kind=kind, name=name.strip(), public_id=uuid.uuid4())
    draft.settings = _checked(kind, settings)
    _refuse_taken_name(draft)
    _seal(draft, secret)
    result = _look(draft)
    _refuse_broken(result)
    with transaction.atomic():
        _record(draft, result)
        draft.save(force_insert=True)
        events.announce("connection.created", draft, actor=actor, kind=kind)
    draft.refresh_from_db()
    return draft


def change_connection(
    *,
    connection: Connection,
    name: str,
    settings: Mapping[str, str],
    is_active: bool = True,
    secret: str = "",
    actor: Actor,
) -> Connection:
    """Change name, settings, secret or whether it works at all. An empty `secret` keeps the one that is there.

    Raises as `create_connection`; a connection that is switched off is not tested. Event `connection.changed`, which says
    whether the secret is new, not what it is.
    """
    require(actor, Capability.CONNECTION_MANAGE)
    connection.name, connection.is_active = name.strip(), is_active
    connection.settings = _checked(connection.kind, settings)
    _refuse_taken_name(connection)
    if secret.strip():
        _seal(connection, secret)
    result = _look(connection) if is_active else None
    if result is not None:
        _refuse_broken(result)
    with transaction.atomic():
        if result is not None:
            _record(connection, result)
        fields = [
            "name",
            "is_active",
            "settings",
            "secret",
            "state",
            "missing",
            "last_error",
            "tested_at",
            "paused_until",
        ]
        connection.paused_until = None
        connection.save(update_fields=fields)
        events.announce("connection.changed", connection, actor=actor, has_new_secret=bool(secret.strip()))
    connection.refresh_from_db()
    return connection


def rotate_secret(*, connection: Connection, secret: str, actor: Actor) -> Connection:
    """Put a new secret in the place of the old one, once it has proved to work. Raises as `create_connection`."""
    if not secret.strip():
        raise Refusal("Type the new secret.", field="secret", code="required")
    return change_connection(
        connection=connection,
        name=connection.name,
        settings=connection.settings,
        is_active=connection.is_active,
        secret=secret,
        actor=actor,
    )


def test_connection(*, connection: Connection, actor: Actor) -> base.TestResult:
    """Look whether the connection works and keep the result. Raises Refused without connection.manage.

    Side effects: calls to the system; state, missing permissions and error of the connection; event `connection.tested`.
    """
    require(actor, Capability.CONNECTION_MANAGE)
    result = _look(connection)
    with transaction.atomic():
        _record(connection, result)
        connection.save(update_fields=["state", "missing", "last_error", "tested_at"])
        events.announce("connection.tested", connection, actor=actor, is_working=result.is_working)
    connection.refresh_from_db()
    return result


test_connection.__test__ = False  # type: ignore[attr-defined]  # no test case, whatever pytest thinks


@transaction.atomic
def remove_connection(*, connection: Connection, actor: Actor) -> None:
    """Delete a connection that no resource uses. Raises Refused, and Refusal with what still uses it.

    Side effects: its calls go with it; event `connection.removed`.
    """
    require(actor, Capability.CONNECTION_MANAGE)
    using = list(Resource.objects.filter(connection=connection).order_by("pk").values_list("name", flat=True)[:3])
    if using:
        raise Refusal(
            f"{', '.join(using)} is opened through it.",
            remedy="Switch the connection off, or give these resources another one first.",
            code="in_use",
        )
    events.announce("connection.removed", connection, actor=actor, name=connection.name)
    connection.delete()


def secret_of(connection: Connection) -> str:
    """The secret in clear, for the connector that calls with it; never for a page, a log or an answer.

    Raises SealBroken when it was changed, moved, or its master key is gone; an empty text when there is none.
    """
    if not connection.secret:
        return ""
    return open_sealed(
        connection.secret,
        tenant_id=connection.tenant_id,
        table=TABLE,
        row_id=connection.public_id,
        field=FIELD,
    )


@dataclass
class Answer:
    """What became of a call, to be filled in by who makes it."""

    status: int | None = None
    error: str = ""
    request_id: str = ""


@contextmanager
def logged_call(connection: Connection, method: str, path: str) -> Iterator[Answer]:
    """Keep one call for the connection's page: `with logged_call(c, "GET", "/users") as answer: answer.status = 200`.

    The query of `path` is cut off: it may name people. A call that raises is kept with the name of its error. A connection
    that is not saved yet keeps nothing. Side effect: one ConnectorCall, outside any transaction of the reconciler.
    """
    answer, started = Answer(), monotonic()
    try:
        yield answer
    except Exception as error:
        answer.error = answer.error or type(error).__name__
        raise
    finally:
        if connection.pk:
            ConnectorCall.objects.create(
                connection=connection,
                method=method[:10],
                path=path.partition("?")[0][:300],
                status=answer.status,
                error=answer.error[:300],
                request_id=answer.request_id[:80],
                milliseconds=round((monotonic() - started) * 1000),
            )


def forget_calls() -> int:
    """Delete the current tenant's calls that are older than 30 days; returns how many."""
    deleted, _ = ConnectorCall.objects.filter(at__lt=Now() - KEPT_CALLS).delete()
    return deleted


def _checked(kind: str, settings: Mapping[str, str]) -> dict[str, str]:
    known = base.kinds().get(kind)
    if known is None:
        raise Refusal("There is no such kind of connection.", field="kind")
    kept = {}
    for setting in known.settings:
        value = str(settings.get(setting.name, "")).strip()
        if setting.is_required and not value:
            raise Refusal(f"“{setting.label}” is missing.", field=setting.name, code="required")
        if setting.is_url and value:
            try:
                check_url(value)
            except OutgoingRefused as error:
                raise Refusal(f"“{setting.label}”: {error}", field=setting.name) from error
        kept[setting.name] = value
    unknown = sorted(set(settings) - set(kept))
    if unknown:
        raise Refusal(f"There is no setting “{unknown[0]}”.", remedy=f"Known are: {', '.join(kept) or 'none'}.")
    return kept


def _refuse_taken_name(connection: Connection) -> None:
    if not connection.name:
        raise Refusal("Give the connection a name.", field="name", code="required")
    others = Connection.objects.filter(name=connection.name).exclude(pk=connection.pk)
    if others.exists():
        raise Refusal("Another connection has this name.", field="name", remedy="Choose another one.", code="taken")


def _seal(connection: Connection, secret: str) -> None:
    connection.secret = seal(
        secret.strip(),
        tenant_id=connection.tenant_id,
        table=TABLE,
        row_id=connection.public_id,
        field=FIELD,
    )


def _look(connection: Connection) -> base.TestResult:
    try:
        return base.connector_for(connection).test()
    except base.ConnectorError as error:  # it should not raise; a page is not the place to find that out
        return base.TestResult(is_working=False, error=str(error))


def _refuse_broken(result: base.TestResult) -> None:
    if not result.is_working and not result.missing:
        raise Refusal(
            result.error or "The other system does not answer as it should.",
            field="secret",
            remedy="Nothing was saved. Mend it and try again.",
            code="not_working",
        )


def _record(connection: Connection, result: base.TestResult) -> None:
    connection.state = Connection.State.WORKING if result.is_working else Connection.State.FAILING
    connection.missing = list(result.missing)
    connection.last_error = result.error[:500]
    connection.tested_at = Now()
