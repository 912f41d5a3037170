"""Who acts, and the two questions every object is asked: is it visible to them, may they do this to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models import Exists, Q, QuerySet
from django.http import Http404

from freelance_hub.models import Membership, Role
from freelance_hub.permissions import Capability, require

M = TypeVar("M", bound=models.Model)
Condition = Callable[["Actor"], Q | Exists]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something in a company: a person through a membership, a token of theirs, or an automation for them.

    `programs` None means all programs; otherwise only those ids. `on_behalf_of` is the membership for whom an
    automation acts. `label` is what the audit log shows.
    """

    kind: str  # person, token, automation
    tenant_id: int
    membership_id: int | None
    user_id: int | None
    label: str
    is_guest: bool = False
    capabilities: frozenset[str] = frozenset()
    programs: frozenset[int] | None = None
    on_behalf_of: int | None = None
    role_keys: frozenset[str] = field(default=frozenset())

    def can(self, capability: str) -> bool:
        """Whether the actor has the capability (on which objects, the noun's own functions say)."""
        return str(capability) in self.capabilities

    @property
    def person_id(self) -> int | None:
        """The membership that counts for separation of duties: oneself, or whom the automation acts for."""
        return self.membership_id or self.on_behalf_of


def actor_for(membership: Membership, *, scopes: frozenset[str] | None = None, kind: str = "person") -> Actor:
    """The actor of an active membership; a membership that is not active gets no capability at all.

    `scopes` narrows (API tokens), never widens. Two queries unless `role_links__role` is prefetched.
    """
    links = list(membership.role_links.all()) if membership.state == Membership.State.ACTIVE else []
    guest = membership.kind == Membership.Kind.GUEST
    # A guest never gets what a staff role gives, whatever someone linked: the kind of membership has the last word.
    links = [link for link in links if link.role.is_guest == guest]
    capabilities = frozenset(capability for link in links for capability in link.role.capabilities)
    everywhere = any(not link.program_ids for link in links)
    return Actor(
        kind=kind,
        tenant_id=membership.tenant_id,
        membership_id=membership.pk,
        user_id=membership.user_id,
        label=str(membership.user),
        is_guest=guest,
        capabilities=capabilities if scopes is None else capabilities & scopes,
        programs=None if everywhere else frozenset(pk for link in links for pk in link.program_ids),
        role_keys=frozenset(link.role.key for link in links),
    )


def automation(*, tenant_id: int, on_behalf_of: Membership | None = None, label: str = "Automation") -> Actor:
    """The workflow engine, an import or a schedule at work: it may everything, in the name of the one who started it."""
    return Actor(
        kind="automation",
        tenant_id=tenant_id,
        membership_id=None,
        user_id=on_behalf_of.user_id if on_behalf_of else None,
        label=f"{label} for {on_behalf_of.user}" if on_behalf_of else label,
        capabilities=frozenset(Capability.values),
        on_behalf_of=on_behalf_of.pk if on_behalf_of else None,
    )


def program_limit(actor: Actor, field: str = "program") -> Q:
    """The actor's programs as a condition on `field`."""
    return Q() if actor.programs is None else Q(**{f"{field}__in": actor.programs})


def fetch(queryset: QuerySet[M], *, actor: Actor, to: str, **lookup: Any) -> M:
    """One object of a queryset that already holds only what the actor may see.

    Raises Http404 when it is not among them (strangers, other tenants), Refused when the actor lacks `to`.
    """
    try:
        found = queryset.get(**lookup)
    except (ObjectDoesNotExist, ValueError, ValidationError) as error:  # the last: what is no UUID
        raise Http404 from error
    require(actor, to)
    return found


# Conditions: a higher app narrows who gets in, without being imported from below (design/architecture.md).
_conditions: dict[str, list[Condition]] = {}


def register_condition(noun: str, condition: Condition) -> None:
    """Narrow `noun`: the returned Q or Exists is ANDed to its querysets. Called in `apps.ready()`."""
    _conditions.setdefault(noun, []).append(condition)


def with_conditions(noun: str, queryset: QuerySet[M], actor: Actor) -> QuerySet[M]:
    """The queryset with everything that higher apps registered for the noun: one SQL predicate."""
    for condition in _conditions.get(noun, ()):
        queryset = queryset.filter(condition(actor))
    return queryset


def has_conditions(noun: str) -> bool:
    """Whether anything narrows the noun; a noun that must be narrowed (guests in a workspace) stays closed without."""
    return bool(_conditions.get(noun))


def portal_is_open(actor: Actor) -> bool:
    """Whether nothing that higher apps registered for the noun `portal` keeps a guest out now. One query, for guests only."""
    if not actor.is_guest or actor.membership_id is None or not has_conditions("portal"):
        return True
    return with_conditions("portal", Membership.objects.filter(pk=actor.membership_id), actor).exists()


# Openings: the other way round, a higher app lets somebody in whom the noun's own rule does not know (an approver who is asked).
_openings: dict[str, list[Condition]] = {}


def register_opening(noun: str, opening: Condition) -> None:
    """Widen `noun`: rows for which the returned Q or Exists holds are visible too. Called in `apps.ready()`."""
    _openings.setdefault(noun, []).append(opening)


def openings(noun: str, actor: Actor) -> Q:
    """What higher apps open to the actor, to be ORed into the noun's own rule; matches nothing when there is none."""
    found = Q(pk__in=[])
    for opening in _openings.get(noun, ()):
        found |= Q(opening(actor))
    return found


def who_can_help(capability: str, *, limit: int = 3) -> list[str]:
    """Names of people who have the capability or can give it (owners), for the refusal page."""
    roles = Role.objects.filter(Q(capabilities__contains=[str(capability)]) | Q(key="owner"), is_guest=False)
    members = (
        Membership.objects.filter(
            state=Membership.State.ACTIVE, role_links__role__in=roles, role_links__role__key="owner"
        )
        .select_related("user")
        .distinct()
        .order_by("pk")[:limit]
    )
    return [str(member.user) for member in members]
