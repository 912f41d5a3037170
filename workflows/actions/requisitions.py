"""What the approval of a request does at its end."""

from talent.services import requisitions
from workflows.actions.registry import Result, Work, action
from workflows.models import Step

REQUISITION = "talent.requisition"


@action("approve_requisition", on=REQUISITION, title="Open the request")
def approve_requisition(work: Work) -> Result:
    """All approvers have said yes."""
    note = " · ".join(step.comment for step in _decisions(work, "approved") if step.comment)
    requisitions.approve_requisition(requisition=work.subject, actor=work.actor, note=note)
    return {}


@action("reject_requisition", on=REQUISITION, title="Give the request back")
def reject_requisition(work: Work) -> Result:
    """An approver has said no, and why."""
    reason = next((step.comment for step in _decisions(work, "rejected")), "")
    requisitions.reject_requisition(requisition=work.subject, reason=reason or "Rejected.", actor=work.actor)
    return {}


def _decisions(work: Work, outcome: str) -> list[Step]:
    steps = Step.objects.filter(run=work.run, kind=Step.Kind.APPROVAL, state=Step.State.DONE, outcome=outcome)
    return list(steps.order_by("pk"))
