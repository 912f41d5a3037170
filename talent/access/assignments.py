"""Who may see assignments, and what an assignment opens to the guest who works in it."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, with_conditions
from freelance_hub.permissions import Capability, require
from talent.access.work import assignment_scope
from talent.models import Assignment, Freelancer


def visible_assignments(actor: Actor) -> QuerySet[Assignment]:
    """A guest sees their own once onboarding has begun. Whoever runs or oversees programs sees all of theirs; a hiring
    manager sees those they manage."""
    see = Capability.PORTAL_USE if actor.is_guest else Capability.ASSIGNMENT_SEE
    if not actor.can(see):
        return Assignment.objects.none()
    found = Assignment.objects.filter(assignment_scope(actor, ""))
    if actor.is_guest:
        found = found.exclude(state=Assignment.State.PLANNED)
    return with_conditions("assignment", found, actor)


def access_assignment(actor: Actor, number: int, *, to: str = "", **told: Any) -> Assignment:
    """One assignment by its number. `to` is assignment.see for employees and portal.use for guests if left out.

    `told`: expressions that are asked in the same query, annotated by their names.
    """
    see = Capability.PORTAL_USE if actor.is_guest else Capability.ASSIGNMENT_SEE
    if actor.is_guest and not actor.can(see):
        raise Http404
    require(actor, see)
    return fetch(
        visible_assignments(actor)
        .select_related(
            "program", "freelancer", "requisition", "workspace", "manager__user", "engagement__legal_entity"
        )
        .annotate(**told),
        actor=actor,
        to=to or see,
        number=number,
    )


def rate_visible(actor: Actor, assignment: Assignment) -> bool:
    """Whether rate and budget of a visible assignment are shown: with rate.see, to its manager, to the person."""
    if actor.can(Capability.RATE_SEE):
        return True
    if actor.is_guest:
        return actor.membership_id is not None and assignment.freelancer.membership_id == actor.membership_id
    return actor.person_id is not None and assignment.manager_id == actor.person_id


def working_in_workspace(actor: Actor) -> Q | Exists:
    """Condition of the noun `workspace`: a guest gets in only while an assignment of theirs in that room is at work.

    Computed at each request from the state, so the room closes in the transaction that ends the assignment.
    """
    if not actor.is_guest:
        return Q()
    return Exists(
        Assignment.objects.filter(
            workspace_id=OuterRef("pk"),
            freelancer__membership=actor.membership_id,
            state__in=Assignment.OPENS_WORKSPACE,
        )
    )


def guest_has_open_assignment(freelancer: Freelancer, *, besides: Assignment | None = None) -> bool:
    """Whether another assignment in this company still gives the person a reason to sign in."""
    open_ones = Assignment.objects.filter(freelancer=freelancer, state__in=Assignment.OPENS_PORTAL)
    if besides is not None:
        open_ones = open_ones.exclude(pk=besides.pk)
    return open_ones.exists()
