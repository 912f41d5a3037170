"""Who stands in for whom on which days: written down and taken back."""

from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, Refused
from freelance_hub.worktime import zone_of
from workflows import notices
from workflows.access import may_delegate_for
from workflows.engine.clock import Now, local_day
from workflows.models import Delegation

LONGEST_DAYS = 366


@transaction.atomic
def delegate(
    *,
    giver: Membership,
    taker: Membership,
    starts_on: date,
    ends_on: date,
    actor: Actor,
    amount_limit: Decimal | None = None,
    reason: str = "",
) -> Delegation:
    """Let `taker` answer approvals in place of `giver` on these days, both included, on the giver's calendar.

    `amount_limit` is in the company's currency; None for whatever the amount. Raises Refused for who is neither the giver,
    their manager nor may manage people; Refusal at the field for somebody who is no active employee, for days that are over,
    upside down or more than a year, a limit of nothing, and where people would stand in for each other in a circle.
    Side effects: event `delegation.created`, notifications of taker and giver.
    """
    if not may_delegate_for(actor, giver):
        raise Refused(Capability.PEOPLE_MANAGE)
    _refuse_people(giver, taker)
    _refuse_days(starts_on, ends_on, today=local_day(zone_of(giver, giver.tenant)))
    if amount_limit is not None and amount_limit <= 0:
        raise Refusal(
            "A limit of nothing lets nothing through.", field="amount_limit", remedy="Leave it empty for any amount."
        )
    with connection.cursor() as cursor:  # one after the other: two halves of a circle must see each other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", ["delegations", giver.tenant_id])
    _refuse_circle(giver, taker, starts_on, ends_on)
    delegation = Delegation.objects.create(
        giver=giver,
        taker=taker,
        starts_on=starts_on,
        ends_on=ends_on,
        amount_limit=amount_limit,
        reason=reason.strip(),
    )
    events.announce("delegation.created", delegation, actor=actor, giver_id=giver.pk, taker_id=taker.pk)
    notices.delegated(delegation, actor_id=actor.person_id)
    return delegation


@transaction.atomic
def revoke(*, delegation: Delegation, actor: Actor) -> Delegation:
    """End a delegation at once; what was decided under it stands. Doing it twice is fine. Event `delegation.revoked`.

    Raises Refused for who is neither giver nor taker, nor may delegate for the giver.
    """
    if actor.person_id != delegation.taker_id and not may_delegate_for(actor, delegation.giver):
        raise Refused(Capability.PEOPLE_MANAGE)
    if Delegation.objects.filter(pk=delegation.pk, revoked_at=None).update(revoked_at=Now()) == 1:
        events.announce("delegation.revoked", delegation, actor=actor)
    delegation.refresh_from_db(fields=["revoked_at"])
    return delegation


def _refuse_people(giver: Membership, taker: Membership) -> None:
    for one, field in ((giver, "giver"), (taker, "taker")):
        if one.kind != Membership.Kind.STAFF or one.state != Membership.State.ACTIVE:
            raise Refusal(f"{one} is no active employee.", field=field, remedy="Choose somebody who can sign in.")
    if giver.pk == taker.pk:
        raise Refusal("Nobody stands in for themselves.", field="taker", remedy="Choose somebody else.")


def _refuse_days(starts_on: date, ends_on: date, *, today: date) -> None:
    if ends_on < starts_on:
        raise Refusal("It ends before it starts.", field="ends_on", remedy="Choose a later day.")
    if ends_on < today:
        raise Refusal("Those days are over.", field="ends_on", remedy="Choose today or a later day.")
    if (ends_on - starts_on).days >= LONGEST_DAYS:
        raise Refusal(
            "A delegation lasts a year at most.", field="ends_on", remedy="Choose an earlier day, and renew it then."
        )


def _refuse_circle(giver: Membership, taker: Membership, starts_on: date, ends_on: date) -> None:
    """Follow the delegations of the taker, each within the days that its whole chain shares with the new one."""
    ways = Delegation.objects.filter(revoked_at=None, ends_on__gte=starts_on, starts_on__lte=ends_on)
    ahead = [(taker, starts_on, ends_on)]
    seen: set[tuple[int, date, date]] = set()
    while ahead:
        person, first, last = ahead.pop()
        for way in ways.filter(giver=person).select_related("taker__user"):
            shared = max(first, way.starts_on), min(last, way.ends_on)
            if shared[0] > shared[1]:
                continue
            if way.taker_id == giver.pk:
                raise Refusal(
                    f"{person} already hands on to {way.taker} on some of these days, so you would stand in for each other "
                    "in a circle.",
                    field="taker",
                    remedy="Choose somebody else or other days.",
                    code="circle",
                )
            if (way.taker_id, *shared) not in seen:
                seen.add((way.taker_id, *shared))
                ahead.append((way.taker, *shared))
