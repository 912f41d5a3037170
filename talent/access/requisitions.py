"""Who may see requisitions, and the people put forward for them."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, openings, program_limit, with_conditions
from freelance_hub.permissions import Capability, require
from talent.models import Requisition, Submission

# Deciders see the money of what they are asked; others need rate.see or to have asked themselves.
_DECIDES = (Capability.REQUISITION_APPROVE, Capability.REQUISITION_APPROVE_MONEY)


def visible_requisitions(actor: Actor) -> QuerySet[Requisition]:
    """Whoever runs or oversees programs sees all of theirs. Everyone else sees their own, those of the programs that
    their role is limited to, and what a higher app opens to them (an approver: what they are asked to decide)."""
    if actor.is_guest or not actor.can(Capability.REQUISITION_SEE):
        return Requisition.objects.none()
    seen = program_limit(actor)
    oversees = actor.can(Capability.REQUISITION_MANAGE) or actor.can(Capability.ASSIGNMENT_SEE_ALL)
    has_own_programs = actor.programs is not None and actor.can(Capability.REQUISITION_CREATE)
    if not oversees and not has_own_programs:
        seen &= Q(requested_by_id=actor.person_id)
    if seen:
        seen |= openings("requisition", actor)
    return with_conditions("requisition", Requisition.objects.filter(seen), actor)


def access_requisition(actor: Actor, number: int, *, to: str = Capability.REQUISITION_SEE) -> Requisition:
    """One requisition by its number. Whether it may be changed by this person, its service says."""
    if actor.is_guest:
        raise Http404
    require(actor, Capability.REQUISITION_SEE)
    return fetch(
        visible_requisitions(actor).select_related("program", "requested_by__user", "org_unit"),
        actor=actor,
        to=to,
        number=number,
    )


def visible_submissions(actor: Actor) -> QuerySet[Submission]:
    """The candidates of every requisition that the actor may see."""
    found = Submission.objects.filter(requisition__in=visible_requisitions(actor))
    return with_conditions("submission", found, actor)


def access_submission(
    actor: Actor, number: int, public_id: UUID | str, *, to: str = Capability.REQUISITION_SEE
) -> Submission:
    """The candidate with that public id for the requisition with that number."""
    if actor.is_guest:
        raise Http404
    require(actor, Capability.REQUISITION_SEE)
    rows = visible_submissions(actor).select_related("requisition", "freelancer")
    return fetch(rows, actor=actor, to=to, requisition__number=number, freelancer__public_id=public_id)


def money_visible(actor: Actor, requisition: Requisition) -> bool:
    """Whether budget and rate range of a visible requisition are shown to the actor."""
    return sees_all_money(actor) or (actor.person_id is not None and requisition.requested_by_id == actor.person_id)


def sees_all_money(actor: Actor) -> bool:
    """Whether budgets and rate ranges of every requisition that the actor sees are shown to them."""
    return actor.can(Capability.RATE_SEE) or any(actor.can(capability) for capability in _DECIDES)
