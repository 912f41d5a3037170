"""Who may see freelancers."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, with_conditions
from freelance_hub.permissions import Capability, require
from talent.models import Freelancer


def visible_freelancers(actor: Actor) -> QuerySet[Freelancer]:
    """Employees see the whole directory of the company, a guest only their own entry."""
    if actor.is_guest:
        if not actor.can(Capability.PORTAL_USE) or actor.membership_id is None:
            return Freelancer.objects.none()
        people = Freelancer.objects.filter(membership_id=actor.membership_id)
    elif actor.can(Capability.FREELANCER_SEE):
        people = Freelancer.objects.all()
    else:
        people = Freelancer.objects.none()
    return with_conditions("freelancer", people, actor)


def access_freelancer(actor: Actor, public_id: UUID | str, *, to: str = Capability.FREELANCER_SEE) -> Freelancer:
    """One person of the directory. For employees; a guest reaches their own entry through `own_freelancer`."""
    if actor.is_guest:
        raise Http404
    require(actor, Capability.FREELANCER_SEE)
    return fetch(visible_freelancers(actor), actor=actor, to=to, public_id=public_id)


def own_freelancer(actor: Actor) -> Freelancer | None:
    """The guest's own entry; None for a guest who has none (an agency's user)."""
    return visible_freelancers(actor).first() if actor.is_guest else None
