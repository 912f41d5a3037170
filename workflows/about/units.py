"""The organisation unit that carries the cost of a subject: who approves for it, and whether they have."""

from typing import Any

from django.db.models import Q

from freelance_hub.models import Membership, OrgUnit
from freelance_hub.selectors import approver_of_unit
from talent.models import Requisition
from workflows import people
from workflows.models import Decision, Run


def approver_for(unit: OrgUnit | None, asker: Membership | None) -> Membership | None:
    """Who approves for a unit what somebody asks for: never themselves, but the approver of the next unit above, and where
    there is none their own manager. None where no unit has an approver."""
    found = approver_of_unit(unit, but=asker)
    if found is None and asker is not None and approver_of_unit(unit) is not None:
        return people.successor_of(asker)
    return found


def unit_of(requisition: Requisition) -> OrgUnit | None:
    """The unit that carries the cost: its own, else the program's."""
    return requisition.org_unit or requisition.program.org_unit


def unit_approver(requisition: Requisition) -> Membership | None:
    """Who approves for the unit that carries the cost."""
    return approver_for(unit_of(requisition), requisition.requested_by)


def has_unit_approver(requisition: Requisition) -> bool:
    """Whether somebody approves for that unit."""
    return unit_approver(requisition) is not None


def unit_has_agreed(requisition: Requisition) -> bool:
    """Whether that person has approved in an open run about it already, or somebody in their place: nobody decides twice."""
    person = unit_approver(requisition)
    return person is not None and _has_approved(requisition, person)


def _has_approved(subject: Any, person: Membership) -> bool:
    return Decision.objects.filter(
        Q(decided_by=person) | Q(in_place_of=person),
        step__run__subject_type=subject._meta.label_lower,
        step__run__subject_id=subject.pk,
        step__run__state__in=Run.OPEN,
        outcome="approved",
        voided_at=None,
    ).exists()
