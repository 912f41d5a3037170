"""Members of a company: joining, roles, suspension, leaving. Rights change at the next request."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import ApiToken, Membership, MembershipRole, Role, User
from freelance_hub.permissions import Capability, require
from freelance_hub.states import change_state
from freelance_hub.worktime import region_problem

# Capabilities that decide about other people's rights.
ADMINISTRATION = frozenset(
    {
        Capability.TENANT_MANAGE,
        Capability.PEOPLE_MANAGE,
        Capability.PEOPLE_PROVISION,
        Capability.ROLE_MANAGE,
        Capability.TOKEN_MANAGE,
    }
)


@transaction.atomic
def join(
    *, user: User, kind: str, role_keys: Iterable[str], actor: Actor, sponsor: Membership | None = None
) -> Membership:
    """Make `user` a member with the roles; somebody who left before comes back to the same membership.

    Raises Refusal for an unknown role, one that does not fit the kind, and for somebody who is suspended. Side effects:
    membership and role rows, event `membership.joined`.
    """
    roles = roles_by_key(role_keys, kind=kind)
    membership, created = Membership.objects.get_or_create(
        user=user, kind=kind, defaults={"sponsor": sponsor, "state": Membership.State.ACTIVE}
    )
    if membership.state == Membership.State.SUSPENDED:
        raise Refusal("Your membership is suspended.", remedy="Ask the person who invited you to let you in again.")
    if not created and membership.state == Membership.State.ENDED:
        # Roles of the time before do not come back by themselves.
        MembershipRole.objects.filter(membership=membership).delete()
        change_state(
            membership,
            source=Membership.State.ENDED,
            target=Membership.State.ACTIVE,
            ended_at=None,
            sponsor=sponsor or membership.sponsor,
        )
    for role in roles:
        MembershipRole.objects.get_or_create(membership=membership, role=role)
    events.announce("membership.joined", membership, actor=actor, roles=[role.key for role in roles])
    return membership


def roles_by_key(role_keys: Iterable[str], *, kind: str) -> list[Role]:
    """The roles of the current tenant by key; raises Refusal for unknown ones and for a mix of staff and guest."""
    wanted = list(dict.fromkeys(role_keys))
    roles = list(Role.objects.filter(key__in=wanted))
    unknown = set(wanted) - {role.key for role in roles}
    if unknown:
        raise Refusal(
            f"There is no role “{', '.join(sorted(unknown))}”.", field="roles", remedy="Choose from the list."
        )
    wrong = [role.name for role in roles if role.is_guest != (kind == Membership.Kind.GUEST)]
    if wrong:
        raise Refusal(
            f"The role {', '.join(wrong)} is not for {Membership.Kind(kind).label.lower()}s.",
            field="roles",
            remedy="Employees and guests have separate roles.",
        )
    return roles


def may_hand_out(roles: Iterable[Role], *, actor: Actor) -> None:
    """Raise Refusal when a role administers the company in a way that the actor may not: nobody makes a friend owner."""
    lacking = {c for role in roles for c in role.capabilities if c in ADMINISTRATION} - actor.capabilities
    if lacking:
        raise Refusal(
            f"You cannot give what you may not do yourself: {', '.join(sorted(lacking))}.",
            field="roles",
            remedy="Ask an owner to do it.",
        )


@transaction.atomic
def set_roles(*, membership: Membership, role_keys: Iterable[str], actor: Actor) -> Membership:
    """Give exactly these roles. The last owner stays owner, nobody changes their own roles, or gives or takes
    administration that they lack themselves.

    Raises Refused without people.manage, Refusal for the three rules. Event `membership.roles_changed`, unless nothing
    changes.
    """
    require(actor, Capability.PEOPLE_MANAGE)
    _not_oneself(membership, actor)
    roles = roles_by_key(role_keys, kind=membership.kind)
    before = {link.role_id: link.role for link in membership.role_links.select_related("role")}
    changed = [role for role in roles if role.pk not in before]
    changed += [role for pk, role in before.items() if pk not in {role.pk for role in roles}]
    if not changed:
        return membership
    may_hand_out(changed, actor=actor)
    if not any(role.key == "owner" for role in roles):
        _keep_an_owner(membership)
    wanted = {role.pk for role in roles}
    links = MembershipRole.objects.filter(membership=membership)
    links.exclude(role_id__in=wanted).delete()
    for role_id in wanted - set(links.values_list("role_id", flat=True)):
        MembershipRole.objects.create(membership=membership, role_id=role_id)
    events.announce("membership.roles_changed", membership, actor=actor, roles=sorted(role.key for role in roles))
    return membership


@transaction.atomic
def set_place(*, membership: Membership, manager: Membership | None, holiday_region: str, actor: Actor) -> Membership:
    """Say who an employee's manager is, and by which public holidays they work (such as DE-BE; empty: the company's).

    The manager answers in their place while they are away or late. Raises Refused without people.manage, Refusal at the
    field for a guest, for who is no active employee, for a circle of managers and for a region that nobody knows.
    Event `membership.place_changed`, unless nothing changes.
    """
    require(actor, Capability.PEOPLE_MANAGE)
    if membership.kind != Membership.Kind.STAFF:
        raise Refusal("Guests have a sponsor, and no manager.", field="manager")
    if problem := region_problem(holiday_region):
        raise Refusal(problem, field="holiday_region")
    list(Role.objects.select_for_update().filter(key="owner"))  # one at a time: two halves of a circle see each other
    if manager is not None:
        _refuse_manager(membership, manager)
    if (membership.manager_id, membership.holiday_region) == (manager.pk if manager else None, holiday_region):
        return membership
    membership.manager, membership.holiday_region = manager, holiday_region
    membership.save(update_fields=["manager", "holiday_region"])
    events.announce("membership.place_changed", membership, actor=actor, manager_id=manager.pk if manager else None)
    return membership


def _refuse_manager(membership: Membership, manager: Membership) -> None:
    if manager.kind != Membership.Kind.STAFF or manager.state != Membership.State.ACTIVE:
        raise Refusal(f"{manager} is no active employee.", field="manager", remedy="Choose somebody who can sign in.")
    above: Membership | None = manager
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk == membership.pk:
            raise Refusal(
                f"{membership} is above {manager} already.",
                field="manager",
                remedy="Change that first, or choose another.",
            )
        seen.add(above.pk)
        above = Membership.objects.filter(pk=above.manager_id or 0).first()


@transaction.atomic
def suspend_member(*, membership: Membership, actor: Actor) -> Membership:
    """Close the company to a member until they are let in again; acts at their next request. Event `membership.suspended`."""
    require(actor, Capability.PEOPLE_MANAGE)
    _not_oneself(membership, actor)
    _keep_an_owner(membership)
    change_state(membership, source=Membership.State.ACTIVE, target=Membership.State.SUSPENDED)
    events.announce("membership.suspended", membership, actor=actor)
    return membership


@transaction.atomic
def resume_member(*, membership: Membership, actor: Actor) -> Membership:
    """Let a suspended member in again. Event `membership.resumed`."""
    require(actor, Capability.PEOPLE_MANAGE)
    change_state(membership, source=Membership.State.SUSPENDED, target=Membership.State.ACTIVE)
    events.announce("membership.resumed", membership, actor=actor)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, actor: Actor, successor: Membership | None = None) -> Membership:
    """Take a person out of the company: their tokens die, the next request finds no company. Doing it twice is fine.

    `successor` takes over what an employee answers for; None: their manager. Event `membership.ended`, which names them.
    Raises Refused without people.manage (automations have it), Refusal for oneself, for the last owner, and for a
    successor who is no active employee.
    """
    require(actor, Capability.PEOPLE_MANAGE)
    if membership.state == Membership.State.ENDED:
        return membership
    if actor.kind != "automation":
        _not_oneself(membership, actor)
    _keep_an_owner(membership)
    if successor is not None:
        _can_succeed(successor, membership)
    change_state(
        membership,
        source=(Membership.State.ACTIVE, Membership.State.SUSPENDED),
        target=Membership.State.ENDED,
        ended_at=timezone.now(),
    )
    ApiToken.objects.filter(membership=membership, revoked_at=None).update(revoked_at=timezone.now())
    events.announce(
        "membership.ended", membership, actor=actor, **({"successor_id": successor.pk} if successor is not None else {})
    )
    return membership


def _can_succeed(successor: Membership, leaver: Membership) -> None:
    is_able = successor.kind == Membership.Kind.STAFF and successor.state == Membership.State.ACTIVE
    if not is_able or successor.pk == leaver.pk:
        raise Refusal(f"{successor} cannot take over.", field="successor", remedy="Choose an employee who can sign in.")


def _not_oneself(membership: Membership, actor: Actor) -> None:
    if membership.pk == actor.person_id:
        raise Refusal("You cannot change your own rights.", remedy="Ask another owner to do it.")


def _keep_an_owner(membership: Membership) -> None:
    # One at a time: two owners who remove each other in the same second would both see the other still there.
    list(Role.objects.select_for_update().filter(key="owner"))
    owners = MembershipRole.objects.filter(role__key="owner", membership__state=Membership.State.ACTIVE)
    others = owners.exclude(membership=membership)
    if owners.filter(membership=membership).exists() and not others.exists():
        raise Refusal(
            f"{membership} is the last owner, and a company needs one.", remedy="Make another person owner first."
        )
