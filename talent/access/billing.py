"""Who sees, approves and pays invoices, and the separation of duties over them."""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, with_conditions
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from talent.access.work import assignment_scope
from talent.models import Assignment, Freelancer, Invoice, PaymentBatch, PaymentRow

PEOPLE = (
    "freelancer__membership",
    "created_by__user",
    "manager_approved_by__user",
    "released_by__user",
    "rejected_by__user",
)


def visible_invoices(actor: Actor) -> QuerySet[Invoice]:
    """Invoices the actor may see: guests their own, employees those of the assignments they see."""
    if not actor.can(Capability.PORTAL_USE if actor.is_guest else Capability.INVOICE_SEE):
        return Invoice.objects.none()
    return with_conditions("invoice", Invoice.objects.filter(assignment_scope(actor)), actor)


def access_invoice(actor: Actor, number: int, *, to: str = Capability.INVOICE_SEE) -> Invoice:
    """One invoice with its people. Http404 when not visible, Refused without `to`."""
    if actor.is_guest:
        to = Capability.PORTAL_USE if to == Capability.INVOICE_SEE else to
    else:
        require(actor, Capability.INVOICE_SEE)
    invoices = visible_invoices(actor).select_related(
        "assignment__program", "assignment__manager__user", "legal_entity", *PEOPLE
    )
    return fetch(invoices, actor=actor, to=to, number=number)


def invoicing_assignments(actor: Actor) -> QuerySet[Assignment]:
    """The assignments from whose accepted work the actor may make an invoice; also when the assignment is over."""
    if not actor.can(Capability.WORK_SUBMIT if actor.is_guest else Capability.INVOICE_CREATE):
        return Assignment.objects.none()
    return with_conditions("assignment_billing", Assignment.objects.filter(assignment_scope(actor, "")), actor)


def access_invoicing(actor: Actor, number: int) -> Assignment:
    """The assignment an invoice is to be made from. Http404 when not visible, Refused without the right."""
    if not actor.is_guest:
        require(actor, Capability.INVOICE_SEE)
        require(actor, Capability.INVOICE_CREATE)
    found = invoicing_assignments(actor).select_related("freelancer", "program", "tenant")
    return fetch(
        found, actor=actor, to=Capability.WORK_SUBMIT if actor.is_guest else Capability.INVOICE_CREATE, number=number
    )


def visible_batches(actor: Actor) -> QuerySet[PaymentBatch]:
    """Payment batches the actor may see: only those without a row from a program that is closed to them."""
    if not actor.can(Capability.PAYMENT_SEE):
        return PaymentBatch.objects.none()
    batches = PaymentBatch.objects.all()
    if actor.programs is not None:
        foreign = PaymentRow.objects.filter(batch=OuterRef("pk")).exclude(
            invoice__assignment__program__in=actor.programs
        )
        batches = batches.filter(~Exists(foreign))
    return with_conditions("payment_batch", batches, actor)


def access_batch(actor: Actor, number: int, *, to: str = Capability.PAYMENT_SEE) -> PaymentBatch:
    """One payment batch. Http404 when not visible, Refused without `to`."""
    require(actor, Capability.PAYMENT_SEE)
    return fetch(visible_batches(actor).select_related("file", "created_by__user"), actor=actor, to=to, number=number)


def access_batch_file(actor: Actor, batch_id: int) -> PaymentBatch:
    """The stored file of a batch is sealed and is opened by `download_batch` alone, which records the look."""
    raise Http404


# Separation of duties. A person is known by the user behind their memberships: who is freelancer and employee of the
# same company cannot sign for themselves in the other role, nor can an automation that acts for them.


def is_same_person(actor: Actor, membership: Membership | None) -> bool:
    """Whether the actor is, or acts for, the person of the membership."""
    if membership is None:
        return False
    return membership.pk == actor.person_id or (actor.user_id is not None and membership.user_id == actor.user_id)


def signer(actor: Actor) -> int:
    """The membership that answers for a decision. Raises Refusal for an automation that acts for nobody."""
    if actor.person_id is None:
        raise Refusal("A person must answer for this decision.", remedy="Let the automation act on behalf of somebody.")
    return actor.person_id


def owns_work(actor: Actor, freelancer: Freelancer) -> bool:
    """Whether the work is the actor's own: nobody accepts that."""
    return is_same_person(actor, freelancer.membership)


def why_not_approve(actor: Actor, invoice: Invoice) -> str:
    """Why the actor may not approve this invoice as its manager; empty when they may."""
    return _why_not(actor, invoice, "approves")


def why_not_release(actor: Actor, invoice: Invoice) -> str:
    """Why the actor may not release this invoice for payment; empty when they may."""
    if is_same_person(actor, invoice.manager_approved_by):
        return "You approved this invoice as its manager, so a third person releases it."
    return _why_not(actor, invoice, "releases")


def _why_not(actor: Actor, invoice: Invoice, does: str) -> str:
    if owns_work(actor, invoice.freelancer):
        return f"This invoice pays you, so somebody else {does} it."
    if is_same_person(actor, invoice.created_by):
        return f"You made this invoice, so somebody else {does} it."
    return ""
