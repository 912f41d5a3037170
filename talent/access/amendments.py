"""Who may see amendments: whoever sees the assignment, and who is asked to decide about one."""

from django.db.models import Q, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, openings, with_conditions
from freelance_hub.permissions import Capability, Refused
from talent.access.assignments import rate_visible, visible_assignments
from talent.access.requisitions import sees_all_money
from talent.models import Amendment, Assignment

_DECIDES = (Capability.REQUISITION_APPROVE, Capability.REQUISITION_APPROVE_MONEY)
# A guest sees what was offered to them, and what became of it; never what was only thought of.
_SHOWN_TO_GUESTS = (Amendment.State.OFFERED, Amendment.State.AGREED, Amendment.State.DECLINED)


def visible_amendments(actor: Actor) -> QuerySet[Amendment]:
    """Those of the assignments that the actor sees, and those that a higher app opens (what an approver is asked)."""
    seen = Q(assignment__in=visible_assignments(actor))
    if actor.is_guest:
        seen &= Q(state__in=_SHOWN_TO_GUESTS)
    else:
        seen |= openings("amendment", actor)
    return with_conditions("amendment", Amendment.objects.filter(seen), actor)


def amendments_of(assignment: Assignment, actor: Actor) -> QuerySet[Amendment]:
    """Those of an assignment that the actor sees already: without asking once more whether they do."""
    found = Amendment.objects.filter(assignment=assignment)
    if actor.is_guest:
        found = found.filter(state__in=_SHOWN_TO_GUESTS)
    return with_conditions("amendment", found, actor)


def access_amendment(actor: Actor, number: int, *, to: str = "") -> Amendment:
    """One amendment by its number. `to` is what an employee needs besides seeing it; guests need the portal."""
    if actor.is_guest and not actor.can(Capability.PORTAL_USE):
        raise Http404
    see = Capability.PORTAL_USE if actor.is_guest else _sees_by(actor)
    return fetch(
        visible_amendments(actor).select_related(
            "assignment__program",
            "assignment__freelancer__membership",
            "assignment__manager__user",
            "assignment__tenant",
            "requested_by__user",
        ),
        actor=actor,
        to=to or see,
        number=number,
    )


def amendment_money_visible(actor: Actor, amendment: Amendment) -> bool:
    """Whether rate and budget are shown: as for the assignment, to who asked for it, and to who decides about money."""
    if rate_visible(actor, amendment.assignment) or (not actor.is_guest and sees_all_money(actor)):
        return True
    return actor.person_id is not None and amendment.requested_by_id == actor.person_id


def _sees_by(actor: Actor) -> Capability:
    """The right by which an employee sees amendments; raises Refused for who has none of them."""
    for capability in (Capability.ASSIGNMENT_SEE, *_DECIDES):
        if actor.can(capability):
            return capability
    raise Refused(Capability.ASSIGNMENT_SEE)
