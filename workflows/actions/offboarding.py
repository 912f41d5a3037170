"""What offboarding does by itself: access first, everything else after."""

from programs.models import Workspace
from programs.services import workspaces
from talent.models import Assignment
from talent.services import assignments
from workflows.actions.registry import Result, Work, action
from workflows.services import grants, receipts

ASSIGNMENT = "talent.assignment"


@action("end_access", on=ASSIGNMENT, title="Close every access")
def end_access(work: Work) -> Result:
    """Revoke the grants and end what the guest could still open. Safe to repeat."""
    assignment: Assignment = work.subject
    closed = grants.revoke_grants(assignment=assignment, reason="The assignment has ended.", actor=work.actor)
    ended = assignments.end_guest_access(assignment=assignment, actor=work.actor)
    if assignment.state == Assignment.State.ENDED:
        assignments.start_offboarding(assignment=assignment, actor=work.actor)
    return {"grants": [grant.pk for grant in closed], "ended": ended}


@action("archive_workspace", on=ASSIGNMENT, title="Close the workspace")
def archive_workspace(work: Work) -> Result:
    """Archive the room when no other assignment works in it."""
    assignment: Assignment = work.subject
    workspace = assignment.workspace
    if workspace is None or workspace.state != Workspace.State.OPEN:
        return {"archived": False}
    others = Assignment.objects.filter(workspace=workspace).exclude(pk=assignment.pk).exclude(state__in=Assignment.OVER)
    if others.exists():
        return {"archived": False}
    workspaces.archive_workspace(workspace=workspace, actor=work.actor)
    return {"archived": True}


@action("make_receipt", on=ASSIGNMENT, title="Make the access receipt")
def make_receipt(work: Work) -> Result:
    """Seal what was open, how and when it was closed. What still waits is in it, and a later receipt follows by itself."""
    receipt = receipts.make_receipt(assignment=work.subject, actor=work.actor)
    return {"receipt": receipt.pk, "number": receipt.number, "is_complete": receipt.is_complete}


@action("close_assignment", on=ASSIGNMENT, title="Close the assignment")
def close_assignment(work: Work) -> Result:
    """Nothing is left to do."""
    assignments.close_assignment(assignment=work.subject, actor=work.actor)
    return {}
