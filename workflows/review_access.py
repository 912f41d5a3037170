"""Who sees receipts, campaigns and what is answered in them. One pair of functions a noun, as in `workflows.access`."""

from django.db.models import Q, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, program_limit
from freelance_hub.permissions import Capability, require
from talent.access import visible_assignments
from workflows.models import Attestation, Campaign, Handover, Receipt

C = Capability


def visible_receipts(actor: Actor) -> QuerySet[Receipt]:
    """Receipts of the assignments that an employee sees. Guests see none: they name who closed what."""
    if actor.is_guest:
        return Receipt.objects.none()
    return Receipt.objects.filter(assignment__in=visible_assignments(actor))


def access_receipt(actor: Actor, public_id: object) -> Receipt:
    """One receipt by its public id. Http404 for guests and strangers, Refused for employees without assignment.see."""
    if actor.is_guest:
        raise Http404
    require(actor, C.ASSIGNMENT_SEE)
    rows = visible_receipts(actor).select_related("assignment__freelancer", "assignment__program", "file", "tenant")
    return fetch(rows, actor=actor, to=C.ASSIGNMENT_SEE, public_id=public_id)


def access_receipt_file(actor: Actor, receipt_id: int) -> Receipt:
    """Who sees a receipt may download it. Raises as `access_receipt`."""
    if actor.is_guest:
        raise Http404
    require(actor, C.ASSIGNMENT_SEE)
    return fetch(visible_receipts(actor), actor=actor, to=C.ASSIGNMENT_SEE, pk=receipt_id)


def visible_handovers(actor: Actor) -> QuerySet[Handover]:
    """What people who left answered for, for those who manage people."""
    if actor.is_guest or not actor.can(C.PEOPLE_MANAGE):
        return Handover.objects.none()
    return Handover.objects.all()


def access_handover(actor: Actor, public_id: object) -> Handover:
    """One handover by its public id, with people.manage. Http404 for guests, Refused for employees without it."""
    if actor.is_guest:
        raise Http404
    require(actor, C.PEOPLE_MANAGE)
    rows = visible_handovers(actor).select_related("leaver__user", "successor__user")
    return fetch(rows, actor=actor, to=C.PEOPLE_MANAGE, public_id=public_id)


def visible_campaigns(actor: Actor) -> QuerySet[Campaign]:
    """Access reviews of one's programs, for those who oversee them; reviews of the whole company for who sees all programs."""
    if actor.is_guest or not (actor.can(C.ACCESS_SEE) and actor.can(C.TASK_SEE_ALL)):
        return Campaign.objects.none()
    return Campaign.objects.filter(program_limit(actor))


def access_campaign(actor: Actor, public_id: object, *, to: str = "") -> Campaign:
    """One access review by its public id; `to` is access.manage for who starts and ends them."""
    if actor.is_guest:
        raise Http404
    _oversees(actor)
    rows = visible_campaigns(actor).select_related("program", "started_by__user", "evidence")
    return fetch(rows, actor=actor, to=to or C.TASK_SEE_ALL, public_id=public_id)


def access_evidence(actor: Actor, campaign_id: int) -> Campaign:
    """Who sees a review may download its evidence."""
    if actor.is_guest:
        raise Http404
    _oversees(actor)
    return fetch(visible_campaigns(actor), actor=actor, to=C.TASK_SEE_ALL, pk=campaign_id)


def visible_attestations(actor: Actor) -> QuerySet[Attestation]:
    """What one is asked oneself, and every answer of the reviews that one oversees."""
    if actor.is_guest or actor.membership_id is None:
        return Attestation.objects.none()
    return Attestation.objects.filter(Q(sponsor=actor.membership_id) | Q(campaign__in=visible_campaigns(actor)))


def asked_of(actor: Actor) -> QuerySet[Attestation]:
    """What waits for one's own answer in the reviews that are open."""
    mine = Attestation.objects.filter(sponsor=actor.membership_id, answer="", campaign__state=Campaign.State.OPEN)
    return mine if actor.membership_id is not None and not actor.is_guest else mine.none()


def _oversees(actor: Actor) -> None:
    require(actor, C.ACCESS_SEE)
    require(actor, C.TASK_SEE_ALL)
