"""What the approval of a request does at its end."""

from talent.services import requisitions
from workflows.actions.decided import APPROVED, CHANGES, REJECTED, comments
from workflows.actions.registry import Result, Work, action

REQUISITION = "talent.requisition"


@action("approve_requisition", on=REQUISITION, title="Open the request")
def approve_requisition(work: Work) -> Result:
    """All approvers have said yes."""
    requisitions.approve_requisition(requisition=work.subject, actor=work.actor, note=comments(work, APPROVED))
    return {}


@action("reject_requisition", on=REQUISITION, title="Reject the request")
def reject_requisition(work: Work) -> Result:
    """An approver has said no, and why."""
    reason = comments(work, REJECTED, otherwise="Rejected.")
    requisitions.reject_requisition(requisition=work.subject, reason=reason, actor=work.actor)
    return {}


@action("return_requisition", on=REQUISITION, title="Give the request back")
def return_requisition(work: Work) -> Result:
    """An approver has said what should change."""
    reason = comments(work, CHANGES, otherwise="Something should change.")
    requisitions.return_requisition(requisition=work.subject, reason=reason, actor=work.actor)
    return {}
