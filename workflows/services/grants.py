"""Access grants: given by onboarding or singly, held back, ended. What happens outside, the reconciler does.

Whether a grant opens anything is asked at each request (`workflows.access.valid_grant`); nothing here must be cleared.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from freelance_hub import events, queue
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Invitation, Membership
from freelance_hub.permissions import Refused, require
from freelance_hub.services import invitations
from programs.models import Workspace
from programs.services import workspaces
from talent.models import Assignment
from talent.services import assignments
from workflows.access import changing
from workflows.engine import clock
from workflows.engine.clock import Now
from workflows.models import AccessGrant, Resource

State = AccessGrant.State
System = AccessGrant.System
How = AccessGrant.How
HINT = "workflows.reconcile_company"


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
    """Grant the freelancer the portal, the assignment's workspace, and what its program gives to all. Twice is fine.

    Raises Refusal while the person has not joined. Portal and room are open at once, as far as the assignment's state lets
    them; resources wait for the reconciler. Events `access.granted` and `access.asked`, and those of `workspaces.add_member`.
    """
    membership = assignment.freelancer.membership
    if membership is None:
        raise Refusal(
            f"{assignment.freelancer.name} has not joined yet.", remedy="Wait for the invitation to be accepted."
        )
    reason = f"{assignment.ref} {assignment.title}"[:300]
    granted = [_open_here(assignment, membership, None, reason=reason, actor=actor)]
    if assignment.workspace is not None:
        granted.append(_open_here(assignment, membership, assignment.workspace, reason=reason, actor=actor))
        workspaces.add_member(workspace=assignment.workspace, membership=membership, actor=actor)
    for_all = Resource.objects.filter(
        Q(program=assignment.program_id) | Q(program=None), is_given_to_all=True, is_active=True
    )
    granted += [
        _ask(assignment, membership, resource, reason=reason, actor=actor)[0] for resource in for_all.order_by("pk")
    ]
    return granted


@transaction.atomic
def give_access(
    *,
    assignment: Assignment,
    resource: Resource,
    reason: str,
    actor: Actor,
    sponsor: Membership | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> AccessGrant:
    """Give one resource of the catalogue to the freelancer of one assignment; it opens when the assignment is at work.

    `sponsor` answers for it, None: the assignment's manager. `starts_at` None: now; `ends_at` None: as long as the assignment.
    Raises Refused without access.manage in the program, or access.ask as the assignment's manager; Refusal without a reason,
    for a resource that is retired or of another program, an assignment that is over, somebody who has not joined, a sponsor
    who is no active employee, dates the wrong way round, and for who has it already. Event `access.asked`.
    """
    require_for(assignment, actor)
    membership = assignment.freelancer.membership
    if not reason.strip():
        raise Refusal("Say what it is needed for.", field="reason", remedy="One sentence is enough.", code="required")
    if not resource.is_active or resource.program_id not in (None, assignment.program_id):
        raise Refusal(
            f"{resource.name} is not offered to this program.", field="resource", remedy="Choose another one."
        )
    if assignment.state in Assignment.OVER:
        raise Refusal("This assignment is over.", code="over")
    if membership is None:
        raise Refusal(
            f"{assignment.freelancer.name} has not joined yet.", remedy="Wait for the invitation to be accepted."
        )
    if sponsor is not None:
        refuse_as_sponsor(sponsor)
    if ends_at is not None and ends_at <= (starts_at or clock.now()):
        raise Refusal("It would end before it begins.", field="ends_at", remedy="Choose a later end.", code="dates")
    grant, is_new = _ask(
        assignment,
        membership,
        resource,
        reason=reason.strip()[:300],
        actor=actor,
        sponsor=sponsor,
        ends_at=ends_at,
        **({"starts_at": starts_at} if starts_at else {}),
    )
    if not is_new:
        raise Refusal(
            f"{assignment.freelancer.name} has {resource.name} already.", field="resource", code="already_given"
        )
    return grant


def _open_here(
    assignment: Assignment, membership: Membership, workspace: Workspace | None, *, reason: str, actor: Actor
) -> AccessGrant:
    system = System.WORKSPACE if workspace else System.PORTAL
    grant, is_new = AccessGrant.objects.get_or_create(
        assignment=assignment,
        system=system,
        state__in=AccessGrant.OPEN,
        defaults={
            "membership": membership,
            "workspace": workspace,
            "state": State.ACTIVE,
            "starts_at": Now(),
            "granted_at": Now(),
            "granted_how": How.HUB,
            "reason": reason,
        },
    )
    if is_new:
        events.announce("access.granted", grant, actor=actor, system=system, assignment_id=assignment.pk)
    return grant


def _ask(
    assignment: Assignment, membership: Membership, resource: Resource, *, reason: str, actor: Actor, **details: object
) -> tuple[AccessGrant, bool]:
    """A grant that waits to be opened, or the open one that is there already; and whether it is new."""
    grant, is_new = AccessGrant.objects.get_or_create(
        assignment=assignment,
        system=System.RESOURCE,
        resource=resource,
        state__in=AccessGrant.OPEN,
        defaults={"membership": membership, "state": State.PENDING, "starts_at": Now(), "reason": reason, **details},
    )
    if is_new:
        events.announce(
            "access.asked", grant, actor=actor, system=System.RESOURCE, assignment_id=assignment.pk, reason=reason
        )
        hint()
    return grant, is_new


@transaction.atomic
def revoke_grants(*, assignment: Assignment, reason: str, actor: Actor) -> list[AccessGrant]:
    """Close every open grant of an assignment for good. Call it in the transaction that ends the assignment.

    Each is due to be closed from now on, or from the midnight after the assignment's last day, if that is over. What is ours
    and what was never opened is closed with that; the rest follows through its connector or keeper. Returns all of them.
    Side effects: events as `revoke_grant`, a hint to the reconciler.
    """
    grants = AccessGrant.objects.select_for_update(of=("self",)).filter(
        assignment=assignment, state__in=AccessGrant.OPEN
    )
    found = list(grants.select_related("resource").order_by("pk"))
    if found:
        since = due_since(assignment)
        for grant in found:
            _close(grant, since=since, reason=reason, actor=actor)
        hint()
    return found


@transaction.atomic
def revoke_grant(*, grant: AccessGrant, reason: str, actor: Actor) -> bool:
    """Close one access for good. What is ours is closed at once, a resource of the catalogue when its connector or its
    keeper has closed it: from now on it is late.

    False when it is closed already, or being closed. Events `access.revoked`, or `access.closing` where it has to follow.
    """
    rows = AccessGrant.objects.select_for_update(of=("self",)).filter(state__in=AccessGrant.OPEN, close_by=None)
    locked = rows.select_related("resource").filter(pk=grant.pk).first()
    if locked is None:
        return False
    _close(locked, since=clock.now(), reason=reason, actor=actor)
    hint()
    grant.refresh_from_db()
    return True


@transaction.atomic
def end_access(*, grant: AccessGrant, reason: str, actor: Actor) -> AccessGrant:
    """Close one access before its assignment ends, as a person. Raises as `give_access`, Refusal without a reason or when it
    is closed already. Side effects: those of `revoke_grant`."""
    require_for(grant.assignment, actor)
    if not reason.strip():
        raise Refusal("Say why it ends.", field="reason", remedy="One sentence is enough.", code="required")
    if not revoke_grant(grant=grant, reason=reason.strip()[:300], actor=actor):
        raise Refusal("It is closed already, or being closed.", remedy="Reload the page.", code="state_changed")
    return grant


def _close(grant: AccessGrant, *, since: datetime, reason: str, actor: Actor) -> None:
    """Close a locked grant: at once what is not open outside, otherwise from `since` it is due."""
    if grant.close_by is None:
        AccessGrant.objects.filter(pk=grant.pk).update(close_by=since, try_at=None, attempts=0, alarmed_at=None)
        grant.close_by = since
    if grant.is_open_outside or grant.account or grant.step_id:
        events.announce("access.closing", grant, actor=actor, assignment_id=grant.assignment_id, reason=reason)
        return
    # What is ours stopped opening anything at that very moment, whenever this row is written: the predicate asks for the date.
    at = since if grant.system != System.RESOURCE else clock.now()
    end(grant, State.REVOKED, at=at, by=actor.label, how=How.HUB, actor=actor, reason=reason)


def end(
    grant: AccessGrant,
    state: str,
    *,
    at: datetime | None,
    by: str,
    how: str,
    actor: Actor,
    reason: str = "",
    **changes: object,
) -> bool:
    """Write down that an open grant is closed for good, by whom and how; `at` None: now. Once: False if it was before.

    Event `access.revoked`. For this module and the reconciler; call it in a transaction.
    """
    moved = AccessGrant.objects.filter(pk=grant.pk, state__in=AccessGrant.OPEN).update(
        state=state,
        revoked_at=at or Now(),
        revoked_by=by[:200],
        revoked_how=how,
        is_open_outside=False,
        try_at=None,
        last_error="",
        **changes,
    )
    if moved != 1:
        return False
    grant.refresh_from_db()
    events.announce(
        "access.revoked",
        grant,
        actor=actor,
        system=grant.system,
        assignment_id=grant.assignment_id,
        reason=reason,
        how=how,
    )
    return True


@transaction.atomic
def suspend_grant(*, grant: AccessGrant, reason: str, actor: Actor) -> bool:
    """Hold the access back until somebody resumes it: at the guest's next request here, outside by the reconciler.

    `reason` is kept with it. False when it is not open (any more). Event `access.suspended`.
    """
    rows = AccessGrant.objects.filter(pk=grant.pk, close_by=None).filter(
        Q(state__in=(State.PENDING, State.ACTIVE)) | Q(state=State.SUSPENDED, hold_reason="")
    )
    kept = reason.strip()[:200] or "Held back by hand."
    if rows.update(state=State.SUSPENDED, hold_reason=kept, try_at=None) != 1:
        return False
    grant.refresh_from_db(fields=["state", "hold_reason", "try_at"])
    events.announce(
        "access.suspended", grant, actor=actor, system=grant.system, assignment_id=grant.assignment_id, reason=reason
    )
    hint()
    return True


@transaction.atomic
def resume_grant(*, grant: AccessGrant, actor: Actor) -> bool:
    """Let what was held back open again, if everything else still holds. False when it is not held back. Event
    `access.resumed`."""
    rows = AccessGrant.objects.filter(pk=grant.pk, state=State.SUSPENDED, close_by=None)
    is_open = Q(is_open_outside=True) | ~Q(system=System.RESOURCE)  # nobody had come to close it yet
    target = Case(When(is_open, then=Value(State.ACTIVE)), default=Value(State.PENDING))
    if rows.update(state=target, hold_reason="", try_at=None) != 1:
        return False
    grant.refresh_from_db(fields=["state", "hold_reason", "try_at"])
    events.announce("access.resumed", grant, actor=actor, system=grant.system, assignment_id=grant.assignment_id)
    hint()
    return True


def require_for(assignment: Assignment, actor: Actor) -> None:
    """Raises Refused unless the actor may give and end accesses of this assignment."""
    capability = changing(actor)
    require(actor, capability)
    in_program = actor.programs is None or assignment.program_id in actor.programs
    answers = capability != "access.ask" or assignment.manager_id == actor.person_id
    if not (in_program and answers):
        raise Refused("access.manage")


def refuse_as_sponsor(person: Membership) -> None:
    """Raises Refusal for who cannot answer for an access: guests, and who is no longer here."""
    if person.kind != Membership.Kind.STAFF or person.state != Membership.State.ACTIVE:
        raise Refusal(
            f"{person} cannot answer for it.",
            field="sponsor",
            remedy="Choose an employee who can sign in.",
            code="sponsor",
        )


def due_since(assignment: Assignment) -> datetime:
    """Since when the grants of an assignment that ends now must be closed: now, or the midnight after its last day."""
    zone = ZoneInfo(assignment.tenant.time_zone)
    midnight = datetime.combine(assignment.ends_on + timedelta(days=1), time.min, tzinfo=zone)
    return min(clock.now(), midnight)


@transaction.atomic
def expire_due(*, actor: Actor) -> int:
    """Begin to close the current tenant's grants whose own end has passed; returns how many. Due since that end."""
    due = AccessGrant.objects.filter(state__in=AccessGrant.OPEN, close_by=None, ends_at__lte=Now())
    found = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("resource").order_by("pk")[:500])
    AccessGrant.objects.filter(pk__in=[grant.pk for grant in found]).update(
        close_by=F("ends_at"), try_at=None, attempts=0, alarmed_at=None
    )
    for grant in found:
        grant.close_by = grant.ends_at
        if grant.is_open_outside or grant.account or grant.step_id:
            events.announce("access.closing", grant, actor=actor, assignment_id=grant.assignment_id, reason="Expired")
            continue
        at = grant.ends_at if grant.system != System.RESOURCE else None
        end(grant, State.EXPIRED, at=at, by="Freelance Hub", how=How.HUB, actor=actor, reason="Its end has come.")
    return len(found)


def last_state(grant: AccessGrant) -> str:
    """What a grant becomes when it is closed: expired at its own end, otherwise revoked."""
    return State.EXPIRED if grant.ends_at is not None and grant.ends_at == grant.close_by else State.REVOKED


def hint() -> None:
    """Ask the reconciler to look after the current tenant as soon as this transaction has committed."""
    queue.after_commit(HINT)
