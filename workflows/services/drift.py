"""Drift: who is in a resource though no grant says so, and who is missing from it. Found here, mended by a person.

Nothing is changed outside while looking. People who belong to the connected system (no guests) are none of our business.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, Refused, require
from talent.models import Assignment
from workflows.connectors import base
from workflows.engine.clock import Now, after
from workflows.models import AccessGrant, Connection, Drift, Resource
from workflows.services import connections, grants

State, Kind = AccessGrant.State, Drift.Kind
EVERY = timedelta(minutes=15)
STILL_MOVING = timedelta(minutes=15)  # what was opened or closed just now may not be seen yet

log = structlog.get_logger(__name__)


def due_for_a_look() -> list[int]:
    """Connections of the current tenant whose members have not been compared for a quarter of an hour."""
    rows = Connection.objects.filter(Q(reconciled_at=None) | Q(reconciled_at__lte=Now() - EVERY), is_active=True)
    rows = rows.filter(Q(paused_until=None) | Q(paused_until__lte=Now()), resources__is_active=True)
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def look(connection_id: int, *, actor: Actor) -> int:
    """Compare who is in each resource of a connection with the grants; returns how many new differences were found.

    Only one process does it: the first to move `reconciled_at`. Side effects: calls that read; Drift rows begin and end, event
    `access.drift_found` for each new one; old calls are forgotten.
    """
    if not Connection.objects.filter(pk=connection_id, pk__in=due_for_a_look()).update(reconciled_at=Now()):
        return 0
    connection = Connection.objects.get(pk=connection_id)
    connections.forget_calls()
    try:
        connector = base.connector_for(connection)
        if not connector.can_list:
            return 0
        resources = Resource.objects.filter(connection=connection, is_active=True).order_by("pk")
        return sum(_compare(resource, connector.members(resource), actor) for resource in resources)
    except base.TryLater as error:
        if error.seconds is not None:
            pause = after(timedelta(seconds=min(max(error.seconds, 1), 3600)))
            Connection.objects.filter(pk=connection_id).update(paused_until=pause)
    except (base.ConnectorError, LookupError) as error:
        Connection.objects.filter(pk=connection_id).update(last_error=str(error)[:500])
    return 0


@transaction.atomic
def _compare(resource: Resource, members: list[base.Account], actor: Actor) -> int:
    there = {account.id: account for account in members}
    expected = {g.account: g for g in _settled(resource).filter(is_open_outside=True, state=State.ACTIVE)}
    moving = set(_moving(resource).values_list("account", flat=True))
    mails = set(_moving(resource).values_list("membership__user__email", flat=True))
    unknown = {
        account.id: account
        for account in members
        if account.is_guest and account.id not in expected and account.id not in moving and account.email not in mails
    }
    missing = {account: grant for account, grant in expected.items() if account not in there}
    found = sum(
        _begin(resource, Kind.UNKNOWN, account.id, account.name or account.email, actor) for account in unknown.values()
    )
    found += sum(
        _begin(resource, Kind.MISSING, account, str(grant.membership), actor) for account, grant in missing.items()
    )
    still = {*unknown, *missing}
    gone = Drift.objects.filter(resource=resource, ended_at=None).exclude(account__in=still)
    gone.update(ended_at=Now(), ended_by="Reconciler", resolution="No longer so.")
    return found


def _settled(resource: Resource) -> QuerySet[AccessGrant]:
    """Grants on which no worker is, and whose opening is not of just now."""
    rows = AccessGrant.objects.filter(resource=resource, close_by=None, try_at=None).exclude(account="")
    return rows.exclude(pk__in=_moving(resource).values("pk")).select_related("membership__user")


def _moving(resource: Resource) -> QuerySet[AccessGrant]:
    """Grants that are being opened or closed, or were just now: what is seen of them may be old."""
    recently = Now() - STILL_MOVING
    return AccessGrant.objects.filter(resource=resource).filter(
        Q(state__in=AccessGrant.OPEN) & (Q(try_at__isnull=False) | Q(close_by__isnull=False) | ~Q(state=State.ACTIVE))
        | Q(granted_at__gt=recently)
        | Q(revoked_at__gt=recently)
    )


def _begin(resource: Resource, kind: str, account: str, label: str, actor: Actor) -> bool:
    known = Drift.objects.filter(resource=resource, account=account)
    if known.filter(ended_at=None).exists() or known.filter(kind=kind, resolution__startswith=LEFT).exists():
        return False
    drift, is_new = Drift.objects.get_or_create(
        resource=resource,
        account=account[:254],
        ended_at=None,
        defaults={"kind": kind, "label": label[:254], "found_at": Now()},
    )
    if is_new:
        events.announce("access.drift_found", drift, actor=actor, resource_id=resource.pk, drift_kind=kind)
    return is_new


LEFT = "Left as it is"


@transaction.atomic
def leave_as_it_is(*, drift: Drift, reason: str, actor: Actor) -> Drift:
    """It is all right so, and will not be reported again. Raises Refused without access.manage, Refusal without a reason or
    when somebody was first. Event `access.drift_mended`."""
    _refuse(drift, actor)
    if not reason.strip():
        raise Refusal("Say why it may stay so.", field="reason", remedy="One sentence is enough.", code="required")
    return _end(drift, f"{LEFT}: {reason.strip()}", actor)


@transaction.atomic
def adopt(*, drift: Drift, assignment: Assignment, reason: str, actor: Actor) -> AccessGrant:
    """Who was added by hand gets a grant for one assignment: from now on it ends with that. Raises as `give_access`.

    Side effects: the grant counts as open under that account; the reconciler opens it once more, which changes nothing
    outside; events `access.asked` and `access.drift_mended`.
    """
    _refuse(drift, actor)
    if drift.kind != Kind.UNKNOWN:
        raise Refusal("Only who was added by hand can be taken over.", remedy="Open it again, or end the grant.")
    grant = grants.give_access(assignment=assignment, resource=drift.resource, reason=reason, actor=actor)
    AccessGrant.objects.filter(pk=grant.pk).update(account=drift.account, is_open_outside=True)
    grant.refresh_from_db()
    _end(drift, f"Taken over for {assignment.ref}.", actor)
    return grant


def remove(*, drift: Drift, actor: Actor) -> Drift:
    """Take who was added by hand out of the resource. Raises Refused without access.manage, Refusal for another kind or when
    the other system says no. Side effects: one call, outside a transaction; event `access.drift_mended`."""
    _refuse(drift, actor)
    if drift.kind != Kind.UNKNOWN:
        raise Refusal("Nobody is there to be taken out.")
    resource = drift.resource
    if resource.connection is None:
        raise Refusal("This resource has no connection any more.", remedy="Take the person out by hand.")
    person = base.Person(email="", name=drift.label)
    try:
        connector = base.connector_for(resource.connection)
        connector.close(resource, person, account=drift.account, key=f"{drift.public_id}:close")
    except base.ConnectorError as error:
        raise Refusal(str(error), remedy="Try again later, or take the person out by hand.", code="not_done") from error
    with transaction.atomic():
        return _end(drift, "Taken out.", actor)


@transaction.atomic
def open_again(*, drift: Drift, actor: Actor) -> Drift:
    """Who was removed by hand is let in again by the reconciler. Raises as `remove`. Event `access.drift_mended`."""
    _refuse(drift, actor)
    for grant in _grant_of(drift):
        AccessGrant.objects.filter(pk=grant.pk).update(state=State.PENDING, is_open_outside=False, try_at=None)
    grants.hint()
    return _end(drift, "Opened again.", actor)


@transaction.atomic
def end_grant(*, drift: Drift, actor: Actor) -> Drift:
    """Who was removed by hand stays out: the grant ends. Raises as `remove`. Events `access.drift_mended`, `access.closing`."""
    _refuse(drift, actor)
    for grant in _grant_of(drift):
        grants.revoke_grant(grant=grant, reason="Removed by hand in the connected system.", actor=actor)
    return _end(drift, "The grant has ended.", actor)


def _grant_of(drift: Drift) -> list[AccessGrant]:
    if drift.kind != Kind.MISSING:
        raise Refusal("This person was added by hand: there is no grant.", remedy="Take them over, or take them out.")
    rows = AccessGrant.objects.filter(resource=drift.resource, account=drift.account, state__in=AccessGrant.OPEN)
    return list(rows.select_for_update())


def _refuse(drift: Drift, actor: Actor) -> None:
    require(actor, Capability.ACCESS_MANAGE)
    if actor.programs is not None and drift.resource.program_id not in actor.programs:
        raise Refused(Capability.ACCESS_MANAGE)
    if drift.ended_at is not None:
        raise Refusal("Somebody has seen to this already.", remedy="Reload the page.", code="state_changed")


def _end(drift: Drift, resolution: str, actor: Actor) -> Drift:
    moved = Drift.objects.filter(pk=drift.pk, ended_at=None).update(
        ended_at=Now(), ended_by=actor.label[:200], resolution=resolution[:300]
    )
    if moved != 1:
        raise Refusal("Somebody has seen to this already.", remedy="Reload the page.", code="state_changed")
    drift.refresh_from_db(fields=["ended_at", "ended_by", "resolution"])
    events.announce("access.drift_mended", drift, actor=actor, resolution=resolution)
    return drift
