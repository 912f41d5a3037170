"""What people are told about requests, assignments and their own account, once, after it is certain."""

from freelance_hub import events
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Membership, NotificationPreference
from freelance_hub.services import notifications
from freelance_hub.services.notifications import notify
from talent.models import Assignment, Freelancer, Requisition

notifications.register("requisition", "My requests: approved, rejected, filled")
notifications.register("assignment", "My assignments: started, suspended, ended")
notifications.register("account", "My bank account was changed", mail=NotificationPreference.Mail.NOW)

_REQUESTS = {
    "requisition.approved": "{ref} is approved: engage somebody",
    "requisition.rejected": "{ref} was not approved",
    "requisition.returned": "{ref} came back: something should change",
    "requisition.filled": "{ref} is filled",
}
# What the manager hears, and what the guest hears; empty: nothing.
_ASSIGNMENTS = {
    "assignment.activated": ("{person} can begin: {title}", "You can begin: {title}"),
    "assignment.suspended": ("{ref} is suspended", "{title} is suspended"),
    "assignment.resumed": ("{ref} goes on", "{title} goes on"),
    "assignment.ended": ("{ref} with {person} has ended", "{title} has ended"),
    "assignment.closed": ("{ref} is closed: {person} has no access any more", ""),
}


@events.deliver("requisition.*")
def requisition_moved(event: Event) -> None:
    """Whoever asked hears what became of it."""
    if event.kind not in _REQUESTS:
        return
    requisition = Requisition.objects.select_related("requested_by", "tenant").get(pk=event.subject_id)
    _tell(
        requisition.requested_by,
        event,
        kind="requisition",
        title=_REQUESTS[event.kind].format(ref=requisition.ref),
        body=event.payload.get("reason") or requisition.title,
        link=tenant_url("requisition_detail", tenant=requisition.tenant.slug, number=requisition.number),
    )


@events.deliver("assignment.*")
def assignment_moved(event: Event) -> None:
    """The manager and the guest hear that it began, stopped or ended."""
    if event.kind not in _ASSIGNMENTS:
        return
    related = ("manager", "freelancer__membership", "tenant")
    assignment = Assignment.objects.select_related(*related).get(pk=event.subject_id)
    words = {"ref": assignment.ref, "title": assignment.title, "person": assignment.freelancer.name}
    to_manager, to_guest = _ASSIGNMENTS[event.kind]
    place = {"tenant": assignment.tenant.slug, "number": assignment.number}
    _tell(
        assignment.manager,
        event,
        kind="assignment",
        title=to_manager.format(**words),
        link=tenant_url("assignment_detail", **place),
    )
    if to_guest and assignment.freelancer.membership is not None:
        _tell(
            assignment.freelancer.membership,
            event,
            kind="assignment",
            title=to_guest.format(**words),
            link=tenant_url("portal_assignment_detail", **place),
        )


@events.deliver("payout_account.changed")
def account_changed(event: Event) -> None:
    """The person hears that payments go elsewhere now, so that a stranger's change does not stay unseen."""
    person = Freelancer.objects.select_related("membership", "tenant").get(pk=event.subject_id)
    if person.membership is not None:
        notify(
            membership=person.membership,
            kind="account",
            title=f"Payments now go to the account ending in {event.payload['last4']}",
            body="If this was not you, tell the company at once.",
            link=tenant_url("portal_profile", tenant=person.tenant.slug),
            dedupe_key=f"event:{event.pk}",
        )


def _tell(member: Membership, event: Event, *, kind: str, title: str, link: str, body: str = "") -> None:
    """Tell an active member what somebody else did."""
    if member.state == Membership.State.ACTIVE and member.pk != event.actor_membership_id:
        notify(
            membership=member, kind=kind, title=title, body=body, link=link, dedupe_key=f"event:{event.pk}:{member.pk}"
        )
