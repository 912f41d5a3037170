"""Access grants: opened by onboarding, revoked by offboarding."""

from django.db import transaction
from django.db.models import Q

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


@transaction.atomic
def suspend_grant(*, grant: AccessGrant, reason: str, actor: Actor) -> bool:
    """Close the access until somebody opens it again: at the guest's next request here, outside by the reconciler.

    False when it is not open (any more). Event `access.suspended`.
    """
    rows = AccessGrant.objects.filter(pk=grant.pk, state__in=(State.PENDING, State.ACTIVE))
    if rows.update(state=State.SUSPENDED, close_by=Now(), try_at=None) != 1:
        return False
    grant.refresh_from_db(fields=["state", "close_by", "try_at"])
    events.announce(
        "access.suspended", grant, actor=actor, system=grant.system, assignment_id=grant.assignment_id, reason=reason
    )
    return True


@transaction.atomic
def revoke_grant(*, grant: AccessGrant, reason: str, actor: Actor) -> bool:
    """Close one access for good. What is ours is closed at once, a resource of the catalogue when its connector or its
    keeper has closed it: from now on it is late.

    False when it is closed already, or being closed. Events `access.revoked`, or `access.closing` where it has to follow.
    """
    rows = AccessGrant.objects.filter(pk=grant.pk, state__in=AccessGrant.OPEN)
    if grant.system == System.RESOURCE:
        changed = rows.filter(Q(ends_at=None) | Q(ends_at__gt=Now())).update(ends_at=Now(), close_by=Now(), try_at=None)
        kind = "access.closing"
    else:
        changed = rows.update(
            state=State.REVOKED,
            close_by=Now(),
            revoked_at=Now(),
            revoked_by=actor.label[:200],
            revoked_how=AccessGrant.How.HUB,
        )
        kind = "access.revoked"
    if changed != 1:
        return False
    grant.refresh_from_db()
    events.announce(kind, grant, actor=actor, system=grant.system, assignment_id=grant.assignment_id, reason=reason)
    return True
