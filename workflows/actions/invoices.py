"""What the two decisions about an invoice do. Whoever decided answers for it, as with the buttons on its page."""

from talent.models import Invoice
from talent.services import invoices
from workflows.actions.decided import APPROVED, decider_of
from workflows.actions.registry import Result, Work, action
from workflows.models import Step

INVOICE = "talent.invoice"


@action("carry_out_manager", on=INVOICE, title="Approve the invoice, or reject it")
def carry_out_manager(work: Work, *, decision: str) -> Result:
    """As the manager decided in the step of that key; nothing when it was decided on the invoice's page."""
    return _carry_out(work, decision, waits=Invoice.State.SUBMITTED)


@action("carry_out_finance", on=INVOICE, title="Release the invoice for payment, or reject it")
def carry_out_finance(work: Work, *, decision: str) -> Result:
    """As finance decided in the step of that key; nothing when it was decided on the invoice's page."""
    return _carry_out(work, decision, waits=Invoice.State.IN_APPROVAL)


def _carry_out(work: Work, key: str, *, waits: str) -> Result:
    invoice: Invoice = work.subject
    step = Step.objects.get(run=work.run, key=key)
    if step.decided_by_id is None or invoice.state != waits:
        return {"state": invoice.state, "by": "page"}
    actor = decider_of(step, work)
    if step.outcome != APPROVED:
        reason = step.comment or "Rejected."
        invoices.reject_invoice(invoice=invoice, reason=reason, actor=actor)
    elif waits == Invoice.State.SUBMITTED:
        invoices.approve_invoice(invoice=invoice, actor=actor)
    else:
        invoices.release_invoice(invoice=invoice, actor=actor)
    invoice.refresh_from_db(fields=["state"])
    return {"state": invoice.state, "by": "approval"}
