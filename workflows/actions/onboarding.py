"""What onboarding does by itself."""

from freelance_hub.models import Invitation
from freelance_hub.services import invitations
from programs.services import workspaces
from talent.models import Assignment
from talent.services import assignments, freelancers
from workflows.actions.registry import Result, Work, action
from workflows.kinds import is_member
from workflows.services import grants

ASSIGNMENT = "talent.assignment"


@action("create_workspace", on=ASSIGNMENT, title="Make the workspace")
def create_workspace(work: Work) -> Result:
    """A room for the work, with the manager in it; one that is there already is kept."""
    assignment: Assignment = work.subject
    workspace = assignment.workspace
    if workspace is None:
        workspace = workspaces.create_workspace(program=assignment.program, name=assignment.title, actor=work.actor)
        assignments.attach_workspace(assignment=assignment, workspace=workspace, actor=work.actor)
    workspaces.add_member(workspace=workspace, membership=assignment.manager, actor=work.actor)
    return {"workspace": workspace.pk}


@action("invite_freelancer", on=ASSIGNMENT, title="Send the invitation", outside=True)
def invite_freelancer(work: Work) -> Result:
    """Mail the freelancer a link, once. Who can sign in already needs none.

    Only the mail holds the secret. When a worker died after the invitation was stored, nobody knows whether the mail left: the
    link is made anew and sent again, and the old one dies.
    """
    assignment: Assignment = work.subject
    if is_member(assignment):
        return {"needed": False}

    def send(_key: str) -> Result:
        return {"invitation": _invite(work, assignment).pk}

    def look_up(_key: str) -> Result | None:
        invitation = Assignment.objects.select_related("invitation").get(pk=assignment.pk).invitation
        if invitation is None:
            return None
        if invitation.state == Invitation.State.PENDING:
            invitations.send_again(invitation=invitation, actor=work.actor)
        return {"invitation": invitation.pk}

    return work.once("invitation", send, look_up=look_up)


def _invite(work: Work, assignment: Assignment) -> Invitation:
    """A new invitation, or the open one that another assignment of the same person waits for."""
    freelancer = assignment.freelancer
    waiting = Invitation.objects.filter(
        email=freelancer.email.lower(), kind="guest", state=Invitation.State.PENDING
    ).first()
    if waiting is None:
        return grants.invite(assignment=assignment, actor=work.actor)
    invitations.send_again(invitation=waiting, actor=work.actor)
    assignments.attach_invitation(assignment=assignment, invitation=waiting, actor=work.actor)
    return waiting


@action("grant_access", on=ASSIGNMENT, title="Open the accesses")
def grant_access(work: Work) -> Result:
    """The freelancer becomes a member of the room; the grants say so. What they open, the assignment's state decides."""
    assignment: Assignment = work.subject
    freelancer = assignment.freelancer
    if freelancer.membership is None and assignment.invitation and assignment.invitation.membership:
        freelancers.link_membership(
            freelancer=freelancer, membership=assignment.invitation.membership, actor=work.actor
        )
    return {"grants": [grant.pk for grant in grants.open_grants(assignment=assignment, actor=work.actor)]}


@action("activate_assignment", on=ASSIGNMENT, title="Activate the assignment")
def activate_assignment(work: Work) -> Result:
    """The work may begin."""
    assignments.activate_assignment(assignment=work.subject, actor=work.actor)
    return {}
