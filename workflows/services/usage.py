"""When accesses were last used, as far as their connection can say: for who decides whether they are still needed."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from workflows.connectors import base
from workflows.engine.clock import Now, after
from workflows.models import AccessGrant, Connection

EVERY = timedelta(hours=20)  # once a day, also for a company whose day begins a little earlier tomorrow
AT_ONCE = 100


def due_for_a_look() -> list[int]:
    """Connections of the current tenant that can say it, and whose accesses were not asked about today."""
    kinds = [kind for kind, made in base.kinds().items() if made.tells_activity]
    rows = Connection.objects.filter(Q(usage_asked_at=None) | Q(usage_asked_at__lte=Now() - EVERY), kind__in=kinds)
    rows = rows.filter(Q(paused_until=None) | Q(paused_until__lte=Now()), is_active=True)
    rows = rows.filter(resources__grants__in=_open().values("pk"))
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def look(connection_id: int) -> int:
    """Ask a connection when the accounts of its open accesses were last used; returns how many accesses it told of.

    Only one process does it: the first to move `usage_asked_at`. A connection that may not read it is asked again tomorrow.
    Side effects: calls that read; `last_used_at` and `usage_read_at` of grants.
    """
    rows = Connection.objects.filter(pk=connection_id)
    if not rows.filter(pk__in=due_for_a_look()).update(usage_asked_at=Now()):
        return 0
    connection = rows.get()
    told = 0
    try:
        connector = base.connector_for(connection)
        if not isinstance(connector, base.TellsActivity):
            return 0
        while accounts := _next_accounts(connection):
            told += _write(connection, accounts, connector)
    except base.TryLater as error:  # the rest follows when the connection may be asked again
        seconds = min(max(error.seconds or 60, 1), 3600)
        rows.update(usage_asked_at=None, paused_until=after(timedelta(seconds=seconds)))
    except base.ConnectorError:
        return told
    return told


def _next_accounts(connection: Connection) -> list[str]:
    """Of accesses that were not told of today; who was asked about stands behind the others."""
    grants = _open().filter(
        Q(usage_read_at=None) | Q(usage_read_at__lte=Now() - EVERY), resource__connection=connection
    )
    return list(grants.order_by("account").values_list("account", flat=True).distinct()[:AT_ONCE])


def _write(connection: Connection, accounts: list[str], connector: base.TellsActivity) -> int:
    seen = connector.last_activity(accounts)
    told = 0
    for account in accounts:
        grants = _open().filter(resource__connection=connection, account=account)
        used = {"last_used_at": seen[account]} if account in seen else {}
        told += grants.update(usage_read_at=Now(), **used)
    return told


def _open() -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(state__in=AccessGrant.OPEN, is_open_outside=True).exclude(account="")
