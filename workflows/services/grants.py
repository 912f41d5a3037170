"""Access grants: opened by onboarding, revoked by offboarding."""

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Invitation
from freelance_hub.services import invitations
from programs.services import workspaces
from talent.models import Assignment
from talent.services import assignments
from workflows.engine.clock import Now
from workflows.models import AccessGrant

State = AccessGrant.State
System = AccessGrant.System


@transaction.atomic
def invite(*, assignment: Assignment, actor: Actor) -> Invitation:
    """Invite the freelancer of an assignment to the portal and remember by which invitation.

    Raises Refusal without an e-mail address or when somebody is a member by it. Side effects: those of `invitations.invite`.
    """
    freelancer = assignment.freelancer
    if not freelancer.email:
        raise Refusal(f"{freelancer.name} has no e-mail address.", remedy="Add it to their entry, then try again.")
    invitation = invitations.invite(
        email=freelancer.email, name=freelancer.name, kind="guest", role_keys=("freelancer",), actor=actor
    )
    assignments.attach_invitation(assignment=assignment, invitation=invitation, actor=actor)
    return invitation


@transaction.atomic
def open_grants(*, assignment: Assignment, actor: Actor) -> list[AccessGrant]:
    """Grant the freelancer the portal and the assignment's workspace, and let them into the room. Twice is fine.

    Raises Refusal while the person has not joined. Events `access.granted`, and those of `workspaces.add_member`.
    """
    membership = assignment.freelancer.membership
    if membership is None:
        raise Refusal(
            f"{assignment.freelancer.name} has not joined yet.", remedy="Wait for the invitation to be accepted."
        )
    wanted = [(System.PORTAL, None)]
    if assignment.workspace is not None:
        wanted.append((System.WORKSPACE, assignment.workspace))
        workspaces.add_member(workspace=assignment.workspace, membership=membership, actor=actor)
    granted = []
    for system, workspace in wanted:
        grant, is_new = AccessGrant.objects.get_or_create(
            assignment=assignment,
            system=system,
            state__in=AccessGrant.OPEN,
            defaults={
                "membership": membership,
                "workspace": workspace,
                "state": State.ACTIVE,
                "granted_at": Now(),
                "reason": f"{assignment.ref} {assignment.title}"[:300],
            },
        )
        if is_new:
            events.announce("access.granted", grant, actor=actor, system=system, assignment_id=assignment.pk)
        granted.append(grant)
    return granted


@transaction.atomic
def revoke_grants(*, assignment: Assignment, reason: str, actor: Actor) -> list[AccessGrant]:
    """Close every open grant of an assignment; what is closed stays as it was. Event `access.revoked` for each."""
    closed = list(AccessGrant.objects.select_for_update().filter(assignment=assignment, state__in=AccessGrant.OPEN))
    AccessGrant.objects.filter(pk__in=[grant.pk for grant in closed]).update(
        state=State.REVOKED, revoked_at=Now(), reason=reason
    )
    for grant in closed:
        events.announce("access.revoked", grant, actor=actor, system=grant.system, assignment_id=assignment.pk)
    return closed
