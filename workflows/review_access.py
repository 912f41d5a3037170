"""Who sees receipts, campaigns and what is answered in them. One pair of functions a noun, as in `workflows.access`."""

from django.db.models import QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch
from freelance_hub.permissions import Capability, require
from talent.access import visible_assignments
from workflows.models import Receipt

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
