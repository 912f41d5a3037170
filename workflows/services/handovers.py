"""Somebody leaves: what they were answerable for goes to their successor, or waits in the orphan queue. Nothing is lost."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from freelance_hub import events
from freelance_hub.access import Actor, automation
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.services import notifications
from workflows.engine.clock import Now, now
from workflows.models import Delegation, Handover
from workflows.people import members_who_can, successor_of
from workflows.services import estates

LONG_SUSPENDED = timedelta(days=14)
TOTAL = "total"

notifications.register("handover", "Somebody leaves, and what they answered for needs me")


@transaction.atomic
def open_handover(*, leaver: Membership, actor: Actor, successor: Membership | None = None) -> Handover:
    """Write down that an employee leaves and who takes over: `successor`, or the first active manager up their line.

    Call it in the transaction in which they leave. One that still waits for a successor is gone on with. Side effects: a row,
    the delegations they gave and took end, event
    `handover.opened`; `carry_out` follows within seconds.
    """
    heir = successor if successor is not None and is_able(successor) else successor_of(leaver)
    handover = Handover.objects.filter(leaver=leaver, successor=None, returned_at=None).select_for_update().first()
    if handover is None:
        handover = Handover.objects.create(leaver=leaver, successor=heir)
    elif heir is not None:
        handover.successor = heir
        handover.save(update_fields=["successor"])
    mine = Q(giver=leaver) | Q(taker=leaver)
    for delegation in Delegation.objects.filter(mine, revoked_at=None, ends_on__gte=now().date()).order_by("pk"):
        if Delegation.objects.filter(pk=delegation.pk, revoked_at=None).update(revoked_at=Now()) == 1:
            events.announce("delegation.revoked", delegation, actor=actor, because="handover")
    events.announce(
        "handover.opened", handover, actor=actor, leaver_id=leaver.pk, successor_id=heir.pk if heir else None
    )
    return handover


@transaction.atomic
def carry_out(*, handover: Handover, actor: Actor) -> Handover:
    """Give everything the leaver answers for to the successor; without one, count it and ask the administrators. Twice is fine.

    `counts` then says how many of each kind moved, or wait. Side effects: those of each kind's move, one notification to the
    successor or to the administrators, event `handover.made` (what moved, by kind and id) or `handover.orphaned`.
    """
    handover = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("leaver__user", "successor__user")
        .get(pk=handover.pk)
    )
    leaver, heir = handover.leaver, handover.successor
    if handover.returned_at is not None:  # they were faster than the worker
        return handover
    if heir is not None and not is_able(heir):  # they left in between
        heir = successor_of(heir)
    moved: dict[str, list[int]] = {}
    for estate in estates.registered():
        rows = list(estate.of(leaver))
        moved[estate.key] = [row.pk for row in rows]
        for row in rows if heir is not None else ():
            estate.move(row, leaver, heir, actor)
    found = {key: len(ids) for key, ids in moved.items()}
    handover.successor = heir
    if any(found.values()) or not handover.counts:
        handover.counts = found | {TOTAL: sum(found.values())}
    handover.save(update_fields=["successor", "counts"])
    if any(found.values()):
        _tell(handover, found)
        kind = "handover.made" if heir else "handover.orphaned"
        successor_id = heir.pk if heir else None
        events.announce(kind, handover, actor=actor, leaver_id=leaver.pk, successor_id=successor_id, moved=moved)
    return handover


@transaction.atomic
def assign_successor(*, handover: Handover, successor: Membership, actor: Actor) -> Handover:
    """Give what waits in the orphan queue to somebody, at once.

    Raises Refused without people.manage, Refusal for who cannot take over, and when somebody was first. Side effects: those
    of `carry_out`, event `handover.assigned`.
    """
    require(actor, Capability.PEOPLE_MANAGE)
    if not is_able(successor) or successor.pk == handover.leaver_id:
        raise Refusal(f"{successor} cannot take over.", field="successor", remedy="Choose an employee who can sign in.")
    if Handover.objects.filter(pk=handover.pk, successor=None, returned_at=None).update(successor=successor) != 1:
        raise Refusal("Somebody takes over already, or they are back.", remedy="Reload the page.", code="state_changed")
    events.announce("handover.assigned", handover, actor=actor, successor_id=successor.pk)
    # Whoever manages people need not be allowed all that the things themselves ask for.
    person = Membership.objects.select_related("user").filter(pk=actor.membership_id or 0).first()
    return carry_out(
        handover=handover, actor=automation(tenant_id=actor.tenant_id, on_behalf_of=person, label="Handover")
    )


@transaction.atomic
def come_back(*, person: Membership, actor: Actor) -> list[Handover]:
    """An employee who was held back is let in again: what no one has taken over yet is theirs as before, what was handed over
    stays with its successor. Returns the handovers that this concerns.

    Side effects: event `handover.returned`, one notification to the person who is back where a successor has something.
    """
    rows = Handover.objects.filter(leaver=person, returned_at=None).select_for_update(of=("self",))
    found = list(rows.select_related("leaver__user", "successor__user").order_by("pk"))
    for handover in found:
        handover.returned_at = now()
        handover.save(update_fields=["returned_at"])
        events.announce("handover.returned", handover, actor=actor, leaver_id=person.pk)
        if handover.successor is not None and handover.counts.get(TOTAL):
            notifications.notify(
                membership=person,
                kind="handover",
                title=f"{handover.successor.user} has what you answered for",
                body=f"Handed over while you were away: {in_words(handover.counts)}. It stays there until an administrator "
                "gives it back.",
                link=tenant_url("inbox"),
                dedupe_key=f"returned:{handover.pk}",
            )
    return found


@transaction.atomic
def give_back(*, handover: Handover, actor: Actor) -> int:
    """Give to the person who is back what moved with this handover and the successor still has; returns how many things.

    Raises Refused without people.manage, Refusal while they are not back and active, and when it was done before. Side
    effects: those of each kind's move, one notification to the person, event `handover.given_back`.
    """
    require(actor, Capability.PEOPLE_MANAGE)
    handover = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("leaver__user", "successor__user")
        .get(pk=handover.pk)
    )
    person, holder = handover.leaver, handover.successor
    if holder is None or handover.returned_at is None or not is_able(person):
        raise Refusal(f"{person.user} is not back, or nobody took over.", remedy="Reload the page.", code="not_back")
    if handover.given_back_at is not None:
        raise Refusal("It was given back already.", remedy="Reload the page.", code="state_changed")
    robot = automation(
        tenant_id=actor.tenant_id,
        on_behalf_of=Membership.objects.select_related("user").filter(pk=actor.membership_id or 0).first(),
        label="Handover",
    )
    moved = moved_with(handover)
    given: dict[str, list[int]] = {}
    for estate in estates.registered():
        rows = [row for row in estate.of(holder) if row.pk in moved.get(estate.key, ())]
        given[estate.key] = [row.pk for row in rows]
        for row in rows:
            estate.move(row, holder, person, robot)
    handover.given_back_at = now()
    handover.save(update_fields=["given_back_at"])
    counts = {key: len(ids) for key, ids in given.items()}
    events.announce("handover.given_back", handover, actor=actor, leaver_id=person.pk, moved=given)
    if any(counts.values()):
        notifications.notify(
            membership=person,
            kind="handover",
            title=f"Yours again from {holder.user}",
            body=f"Given back: {in_words(counts)}.",
            link=tenant_url("inbox"),
            dedupe_key=f"given_back:{handover.pk}",
        )
    return sum(counts.values())


def moved_with(handover: Handover) -> dict[str, set[int]]:
    """Ids of what went to the successor, by kind."""
    made = Event.objects.filter(
        kind="handover.made", subject_type=Handover._meta.label_lower, subject_id=handover.pk
    ).values_list("payload", flat=True)
    found: dict[str, set[int]] = {}
    for payload in made:
        for key, ids in payload.get("moved", {}).items():
            found.setdefault(key, set()).update(ids)
    return found


def waiting_of(leaver: Membership) -> list[tuple[estates.Estate, list[str]]]:
    """What somebody answers for now, by kind, in words; kinds without anything are left out. One query a kind."""
    found = ((estate, [estate.label(row) for row in estate.of(leaver)]) for estate in estates.registered())
    return [(estate, labels) for estate, labels in found if labels]


def in_words(counts: dict[str, int]) -> str:
    """14 guests, 6 approvals and tasks, 2 KPI targets."""
    kinds = [(estate, counts.get(estate.key, 0)) for estate in estates.registered()]
    return ", ".join(estate.count(number) for estate, number in kinds if number) or "nothing"


def is_able(person: Membership) -> bool:
    """Whether somebody can take over: an active employee."""
    return person.kind == Membership.Kind.STAFF and person.state == Membership.State.ACTIVE


@transaction.atomic
def hand_over_long_suspended(*, actor: Actor) -> int:
    """Open a handover for every employee of the current tenant who has been suspended for 14 days; returns how many."""
    suspended = Event.objects.filter(
        kind="membership.suspended", subject_type=Membership._meta.label_lower, subject_id=OuterRef("pk")
    )
    rows = Membership.objects.annotate(since=Subquery(suspended.order_by("-pk").values("occurred_at")[:1])).filter(
        ~Exists(Handover.objects.filter(leaver=OuterRef("pk"), made_at__gte=OuterRef("since"))),
        kind=Membership.Kind.STAFF,
        state=Membership.State.SUSPENDED,
        since__lte=now() - LONG_SUSPENDED,
    )
    found = list(rows.order_by("pk"))
    for leaver in found:
        open_handover(leaver=leaver, actor=actor)
    return len(found)


def carry_out_forgotten(*, actor: Actor) -> int:
    """Carry out what no worker has carried out within a minute of its opening; returns how many."""
    late = Handover.objects.filter(counts={}, returned_at=None, made_at__lt=now() - timedelta(minutes=1)).order_by("pk")
    for handover in late:
        carry_out(handover=handover, actor=actor)
    return len(late)


def _tell(handover: Handover, found: dict[str, int]) -> None:
    leaver = handover.leaver.user
    if handover.successor is not None:
        notifications.notify(
            membership=handover.successor,
            kind="handover",
            title=f"You take over from {leaver}",
            body=f"Yours from now on: {in_words(found)}.",
            link=tenant_url("inbox"),
            dedupe_key=f"handover:{handover.pk}:{handover.successor_id}",
        )
        return
    notifications.notify_all(
        memberships=members_who_can(Capability.PEOPLE_MANAGE, None),
        kind="handover",
        title=f"{leaver} has left, and nobody takes over",
        body=f"Waiting for a successor: {in_words(found)}.",
        link=tenant_url("orphan_detail", public_id=handover.public_id),
        dedupe_key=f"handover:{handover.pk}",
    )
