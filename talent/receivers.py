"""What talent listens to, and the conditions, gates and file owners that it registers."""

from freelance_hub import events
from freelance_hub.access import automation, register_condition
from freelance_hub.errors import Refusal
from freelance_hub.models import Event, Invitation, Membership
from freelance_hub.services import files
from talent import finds, imports, launch, looks, news, notices, panels  # noqa: F401  each registers what its name says
from talent.access import access_batch_file, access_deliverable_files, working_in_workspace
from talent.models import Assignment, Freelancer
from talent.services.freelancers import link_membership

register_condition("workspace", working_in_workspace)
files.register_owner("deliverable", access_deliverable_files)
files.register_owner("paymentbatch", access_batch_file)


@events.listen("invitation.accepted")
def link_guest(event: Event) -> None:
    """The guest who has just joined is the person of the directory whom an assignment invited, or who has that address.

    Raises Refusal, and so nobody joins, when everything they were invited for is over by now.
    """
    invitation = Invitation.objects.get(pk=event.subject_id)
    if invitation.kind != Membership.Kind.GUEST:
        return
    invited_for = Assignment.objects.filter(invitation=invitation).select_related("freelancer")
    live = invited_for.exclude(state__in=Assignment.OVER).first()
    if live is None and invited_for.exists():
        raise Refusal(
            "This invitation was for work that is over by now.",
            remedy="Ask the person who invited you.",
            code="assignment_over",
        )
    person = live.freelancer if live else Freelancer.objects.filter(email=invitation.email).first()
    if person is not None:
        membership = Membership.objects.get(pk=event.payload["membership_id"])
        link_membership(freelancer=person, membership=membership, actor=automation(tenant_id=event.tenant.pk))
