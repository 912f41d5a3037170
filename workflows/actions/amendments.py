"""What the approval of changed terms does at its ends."""

from talent.services import amendments
from workflows.actions.decided import APPROVED, CHANGES, REJECTED, comments
from workflows.actions.registry import Result, Work, action

AMENDMENT = "talent.amendment"


@action("offer_amendment", on=AMENDMENT, title="Offer the new terms to the freelancer")
def offer_amendment(work: Work) -> Result:
    """All approvers have said yes."""
    amendments.offer_amendment(amendment=work.subject, actor=work.actor, note=comments(work, APPROVED))
    return {}


@action("reject_amendment", on=AMENDMENT, title="Reject the new terms")
def reject_amendment(work: Work) -> Result:
    """An approver has said no, and why."""
    reason = comments(work, REJECTED, otherwise="Rejected.")
    amendments.reject_amendment(amendment=work.subject, reason=reason, actor=work.actor)
    return {}


@action("return_amendment", on=AMENDMENT, title="Give the new terms back")
def return_amendment(work: Work) -> Result:
    """An approver has said what should change."""
    reason = comments(work, CHANGES, otherwise="Something should change.")
    amendments.return_amendment(amendment=work.subject, reason=reason, actor=work.actor)
    return {}
