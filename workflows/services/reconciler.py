"""The reconciler: what should be open is opened outside, what should not is closed, one grant at a time.

Rows are the truth. A worker takes a grant by moving its `try_at` to the end of a lease (SKIP LOCKED, one short transaction),
calls the connector without any transaction, and writes the outcome only while the lease is still its own. Who dies in between is
followed by the next one with the same idempotency key. Nothing but grants is touched outside.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from freelance_hub import events
from freelance_hub.access import Actor, automation
from freelance_hub.tenancy.context import required_tenant_id
from workflows.access import wanted_grants
from workflows.connectors import base
from workflows.engine import clock
from workflows.engine.clock import Now, after
from workflows.models import AccessGrant, Connection
from workflows.services import grants

State, How = AccessGrant.State, AccessGrant.How
LEASE = timedelta(minutes=5)  # a connector's call takes seconds; after this its worker counts as dead
LONGEST_PAUSE = timedelta(minutes=10)  # whoever comes back is found within it: connectors follow within 15 minutes
LOOK_AGAIN = timedelta(minutes=1)  # at what was accepted, but is not to be seen yet
FAILURES_IN_A_ROW = 3  # then the other system is left alone until the next run
AT_ONCE = 20  # closings that travel together, where the connector can
DONE: dict[str, Any] = {"try_at": None, "attempts": 0, "awaits": "", "awaited_since": None}
OPEN, CLOSE, FINISH = "open", "close", "finish"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """One grant that this worker has taken until `lease`."""

    grant: AccessGrant
    what: str
    lease: datetime | None

    @property
    def key(self) -> str:
        """The same in every attempt, another one for the next opening or closing."""
        return f"{self.grant.public_id}:{self.grant.turn}:{self.what}"


def robot() -> Actor:
    """Who closes and opens: Freelance Hub itself, in the current tenant."""
    return automation(tenant_id=required_tenant_id("AccessGrant"), label="Reconciler")


def all_open(actor: Actor) -> QuerySet[AccessGrant]:
    """Grants of resources that are not closed for good, annotated with `is_wanted`: whether they should be open now."""
    rows = AccessGrant.objects.filter(system=AccessGrant.System.RESOURCE, state__in=AccessGrant.OPEN)
    return rows.annotate(is_wanted=Exists(wanted_grants(actor).filter(pk=OuterRef("pk"))))


def is_wanted(grant: AccessGrant) -> bool:
    """The annotation of a row of `all_open`."""
    return bool(vars(grant)["is_wanted"])


def unfinished(actor: Actor) -> QuerySet[AccessGrant]:
    """Those that are not as they should be, whether or not they are due."""
    to_open = Q(is_wanted=True) & (Q(is_open_outside=False) | Q(state__in=(State.PENDING, State.SUSPENDED)))
    to_close = Q(is_wanted=False, is_open_outside=True)
    return all_open(actor).filter(to_open | to_close | Q(close_by__isnull=False))


def due_connections() -> list[int]:
    """Connections of the current tenant through which something is to be done now."""
    rows = unfinished(robot()).filter(_is_due(), resource__connection__is_active=True)
    rows = rows.filter(Q(resource__connection__paused_until=None) | Q(resource__connection__paused_until__lte=Now()))
    found = rows.order_by().values_list("resource__connection", flat=True).distinct()
    return [pk for pk in found if pk is not None]


def reconcile(connection_id: int, *, seconds: float = 45) -> int:
    """Bring everything behind one connection to where it should be, for at most `seconds`; returns how many calls succeeded.

    Safe in many processes at once. Does nothing while the connection is switched off or paused. Side effects: calls to the
    other system; grants, and events `access.granted`, `access.held_back`, `access.revoked`; state of the connection.
    """
    connection = Connection.objects.filter(pk=connection_id, is_active=True).first()
    if connection is None or (connection.paused_until and connection.paused_until > clock.now()):
        return 0
    try:
        connector = base.connector_for(connection)
    except LookupError:
        log.warning("connector_missing", kind=connection.kind, connection=connection.pk)
        return 0
    actor, end, done, failures = robot(), time.monotonic() + seconds, 0, 0
    while time.monotonic() < end and failures < FAILURES_IN_A_ROW:
        jobs = _claim_some(connection, connector, actor)
        if not jobs:
            break
        succeeded, has_to_wait = _do(jobs, connector, actor)
        done += succeeded
        failures = 0 if succeeded else failures + 1
        if has_to_wait:
            break
    if done:
        _works_again(connection, connector)
    return done


def _claim_some(connection: Connection, connector: base.Connector, actor: Actor) -> list[Job]:
    """The next job; with it others that close, where the connector does them together."""
    first = claim(connection, actor)
    if first is None:
        return []
    if first.what != CLOSE or not isinstance(connector, base.ClosesMany):
        return [first]
    return [first, *_claim_closings(connection, actor)]


def claim(connection: Connection, actor: Actor) -> Job | None:
    """Take the next grant of the connection that is due; None when there is none. What is to be closed comes first."""
    return next(iter(_claimed(unfinished(actor).filter(_is_due(), resource__connection=connection), 1)), None)


def _claim_closings(connection: Connection, actor: Actor) -> list[Job]:
    to_close = Q(is_wanted=False, is_open_outside=True)
    return _claimed(all_open(actor).filter(_is_due(), to_close, resource__connection=connection), AT_ONCE - 1)


@transaction.atomic
def _claimed(rows: QuerySet[AccessGrant], most: int) -> list[Job]:
    found = (
        rows.select_related("resource", "membership__user", "membership__tenant")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .order_by(F("close_by").asc(nulls_last=True), "pk")[:most]
    )
    return [_lease(grant) for grant in found]


def _lease(grant: AccessGrant) -> Job:
    if is_wanted(grant):
        what = OPEN
    else:
        what = CLOSE if grant.is_open_outside else FINISH
    lease = clock.now() + LEASE
    grant.attempts = min(grant.attempts + 1, 30_000)
    grant.is_open_outside = (
        grant.is_open_outside or what == OPEN
    )  # before the call: it may happen though nobody hears of it
    AccessGrant.objects.filter(pk=grant.pk).update(
        attempts=grant.attempts, try_at=lease, is_open_outside=grant.is_open_outside
    )
    return Job(grant, what, lease)


def _do(jobs: list[Job], connector: base.Connector, actor: Actor) -> tuple[int, bool]:
    """Perform jobs; several are closings, which travel together. Returns how many succeeded, and whether the connection has to
    wait. What goes wrong with one part of a call concerns that part alone."""
    answers: dict[str, base.ConnectorError | None] = {}
    if len(jobs) > 1:
        try:
            answers = _close_together(jobs, connector, actor)
        except Exception as error:  # noqa: BLE001  told apart below
            waits = [_set_back(job, connector.connection, _as_told(error, job)) for job in jobs]
            return 0, any(waits)
    done, has_to_wait = 0, False
    for job in jobs:
        part = answers.get(job.key)
        wrong = part or _attempt(job, connector, actor, is_closed=job.key in answers)
        if wrong is None or isinstance(wrong, base.Awaited):
            done += 1
        if wrong is not None:
            has_to_wait |= _set_back(job, connector.connection, wrong, is_part=part is not None)
    return done, has_to_wait


def _close_together(jobs: list[Job], connector: base.Connector, actor: Actor) -> dict[str, base.ConnectorError | None]:
    """What came of each by its key. What another assignment still gives is left out: it stays open outside."""
    assert isinstance(connector, base.ClosesMany)  # for the type checker: others get one job at a time
    closings = [
        base.Closing(id=job.key, resource=job.grant.resource, person=_person(job.grant), account=job.grant.account)
        for job in jobs
        if job.grant.resource is not None and _also_given_by(job.grant, actor) is None
    ]
    return connector.close_many(closings) if closings else {}


def _attempt(job: Job, connector: base.Connector, actor: Actor, *, is_closed: bool) -> base.ConnectorError | None:
    """What went wrong; a fault in a connector must not hold up the other grants."""
    try:
        perform(job, connector, actor, is_closed=is_closed)
    except Exception as error:  # noqa: BLE001  told apart below
        return _as_told(error, job)
    return None


def _as_told(error: Exception, job: Job) -> base.ConnectorError:
    if isinstance(error, base.ConnectorError):
        return error
    log.error("connector_failed", grant=job.grant.pk, exc_info=error)
    return base.ConnectorError(f"Something unexpected went wrong: {type(error).__name__}.")


def _person(grant: AccessGrant) -> base.Person:
    user = grant.membership.user
    return base.Person(email=user.email, name=user.name, company=grant.membership.tenant.name)


def perform(job: Job, connector: base.Connector, actor: Actor, *, is_closed: bool = False) -> None:
    """Do one job: call, unless a call has closed it just now, then write down what came of it. Raises what the connector
    raises. What another assignment still gives to the same person ends here and stays open outside."""
    grant, resource = job.grant, job.grant.resource
    assert resource is not None  # for the type checker: only grants of resources are claimed
    person = _person(grant)
    if job.what == OPEN:
        opened = connector.open(resource, person, account=grant.account, key=job.key)
        write_opened(job, opened, actor)
        return
    other = _also_given_by(grant, actor)
    if job.what == CLOSE:
        if other is None and not is_closed:
            connector.close(resource, person, account=grant.account, key=job.key)
        if not write_closed(job, actor) or grant.close_by is None:
            return
    if grant.account and _was_the_last(grant):
        connector.leave(person, account=grant.account, key=f"{grant.public_id}:leave")
    with transaction.atomic():
        grants.end(
            grant,
            grants.last_state(grant),
            at=None,
            by=actor.label if other else connector.connection.name,
            how=How.HUB if other else How.CONNECTOR,
            actor=actor,
            reason=f"{other.assignment.ref} gives it still." if other else "Closed in the connected system.",
        )


def write_opened(job: Job, opened: base.Opened, actor: Actor) -> None:
    """The other system has opened it, or works on it; nothing where the lease was lost."""
    changes = {"account": opened.account[:254], "last_error": ""}
    if not opened.is_settled:
        pause = LOOK_AGAIN if opened.again is None else timedelta(seconds=opened.again)
        waits = {} if opened.again is None else _awaits(job)
        _mine(job).update(try_at=after(pause), attempts=0, **changes, **waits)
        return
    is_first = job.grant.granted_at is None
    with transaction.atomic():
        changes |= DONE | {"granted_how": How.CONNECTOR, "alarmed_at": None}
        moved = _mine(job).update(turn=F("turn") + 1, **changes)
        # Only what is still to be open: it may have been ended or held back while the call was on its way.
        reopens = Q(state=State.PENDING) | Q(state=State.SUSPENDED, hold_reason="")
        rows = AccessGrant.objects.filter(reopens, pk=job.grant.pk, close_by=None)
        if moved and rows.update(state=State.ACTIVE, **({"granted_at": Now()} if is_first else {})):
            kind = "access.granted" if is_first else "access.reopened"
            events.announce(
                kind, job.grant, actor=actor, system=job.grant.system, assignment_id=job.grant.assignment_id
            )


def write_closed(job: Job, actor: Actor) -> bool:
    """The other system has closed it. Whether this worker still held the grant."""
    with transaction.atomic():
        moved = _mine(job).update(is_open_outside=False, turn=F("turn") + 1, last_error="", **DONE)
        waits = AccessGrant.objects.filter(pk=job.grant.pk, close_by=None, state__in=(State.ACTIVE, State.PENDING))
        if moved and waits.update(state=State.SUSPENDED):
            events.announce("access.held_back", job.grant, actor=actor, assignment_id=job.grant.assignment_id)
    job.grant.refresh_from_db(fields=["close_by", "account", "state", "ends_at"])
    return moved == 1


def _also_given_by(grant: AccessGrant, actor: Actor) -> AccessGrant | None:
    """Another grant by which the person should be in the same resource now."""
    others = all_open(actor).filter(Q(is_wanted=True), membership=grant.membership_id, resource=grant.resource_id)
    return others.exclude(pk=grant.pk).select_related("assignment").order_by("pk").first()


def _was_the_last(grant: AccessGrant) -> bool:
    """Whether nothing else behind the connection is, or is to be, open to the person.

    Asked after the closing is committed: of two that close at once at least one sees the other's.
    """
    others = AccessGrant.objects.filter(
        membership=grant.membership_id,
        resource__connection=grant.resource.connection_id,  # type: ignore[union-attr]
        state__in=AccessGrant.OPEN,
    ).exclude(pk=grant.pk)
    return not others.filter(Q(is_open_outside=True) | Q(close_by=None)).exists()


def _set_back(job: Job, connection: Connection, error: base.ConnectorError, *, is_part: bool = False) -> bool:
    """Try the grant again later. True when the whole connection has to wait: not for one part of a call."""
    if isinstance(error, base.Awaited):
        again = after(timedelta(seconds=error.again))
        _mine(job).update(try_at=again, attempts=0, last_error="", **_awaits(job))
        return False
    text, row = str(error)[:500], Connection.objects.filter(pk=connection.pk)
    seconds = error.seconds if isinstance(error, base.TryLater) else None
    if is_part and seconds is not None:
        _mine(job).update(try_at=after(timedelta(seconds=min(max(seconds, 1), 3600))), last_error=text)
        return False
    if seconds is not None:
        # The connection waits; the grant is due as soon as it may be asked again.
        _mine(job).update(try_at=None, last_error=text)
        row.update(paused_until=after(timedelta(seconds=min(max(seconds, 1), 3600))), last_error=text)
        return True
    pause = min(LONGEST_PAUSE, timedelta(seconds=15 * 2 ** min(job.grant.attempts - 1, 10)))
    _mine(job).update(try_at=after(pause), last_error=text)
    if isinstance(error, base.NotAllowed):
        row.update(state=Connection.State.FAILING, last_error=text, missing=list(error.missing))
    return False


def _awaits(job: Job) -> dict[str, Any]:
    """The other side has accepted it, since now or since it did so first."""
    is_known = job.grant.awaits == job.what and job.grant.awaited_since is not None
    return {"awaits": job.what, "awaited_since": job.grant.awaited_since if is_known else Now()}


def _works_again(connection: Connection, connector: base.Connector) -> None:
    """After something went wrong: what is still missing, only a look can tell."""
    wrong = Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.WORKING, last_error="")
    if wrong.exists():
        looked = connector.test()
        wrong.update(state=Connection.State.WORKING, last_error="", missing=list(looked.missing))


def _mine(job: Job) -> QuerySet[AccessGrant]:
    """The grant, while the lease is still this worker's."""
    return AccessGrant.objects.filter(pk=job.grant.pk, try_at=job.lease)


def _is_due() -> Q:
    return Q(try_at=None) | Q(try_at__lte=Now())
