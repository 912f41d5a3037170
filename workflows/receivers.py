"""What workflows listens to, and the conditions, looks and subjects that it registers."""

from freelance_hub import events, presentation
from freelance_hub.access import actor_for, register_condition, register_opening
from freelance_hub.models import Event, Membership
from freelance_hub.presentation import Look, Tone
from freelance_hub.services import files, notifications
from programs.models import Program
from talent.models import Amendment, Assignment, Requisition
from talent.services.assignments import end_guest_access
from workflows import access, actions, follow, kinds, panels, review_access  # noqa: F401  follow listens by being here
from workflows.models import AccessGrant, Attestation, Campaign, Connection, Handover, Run, Step
from workflows.notices import ASKED
from workflows.services import absences, by_hand, definitions, grants, handovers, links, materials, receipts, starts
from workflows.services import runs as run_services
from workflows.services.starts import actor_behind

kinds.load()
actions.load()
panels.load()
register_condition("workspace", access.has_workspace_grant)
files.register_owner("step", access.access_step_file)
register_condition("portal", access.has_portal_grant)
files.register_owner("accessgrant", access.access_proof)
files.register_owner("campaign", review_access.access_evidence)
files.register_owner("receipt", review_access.access_receipt_file)
notifications.letter_of(ASKED, links.letter)
register_opening("requisition", access.asked_about("talent.requisition"))
register_opening("amendment", access.asked_about("talent.amendment"))

presentation.register(
    "step",
    {
        Step.State.PENDING: Look("Later", Tone.NEUTRAL, icon="minus"),
        Step.State.READY: Look("Queued", Tone.BUSY, icon="clock"),
        Step.State.WAITING: Look("Waiting", Tone.WARN, icon="hourglass"),
        Step.State.HELD: Look("On hold", Tone.NEUTRAL, icon="pause"),
        Step.State.ATTENTION: Look("Needs attention", Tone.BAD, icon="triangle-alert"),
    },
)
presentation.register(
    "run",
    {
        Run.State.PAUSED: Look("Paused", Tone.NEUTRAL, icon="pause"),
        Run.State.COMPENSATING: Look("Being undone", Tone.WARN, icon="undo-2"),
        Run.State.COMPENSATED: Look("Failed and undone", Tone.BAD, icon="undo-2"),
    },
)
presentation.register(
    "grant",
    {
        AccessGrant.State.PENDING: Look("Not open yet", Tone.WARN, icon="hourglass"),
        AccessGrant.State.ACTIVE: Look("Open", Tone.GOOD, icon="key-round"),
        AccessGrant.State.SUSPENDED: Look("Held back", Tone.WARN, icon="pause"),
        AccessGrant.State.EXPIRED: Look("Ended", Tone.NEUTRAL, icon="calendar-x"),
        AccessGrant.State.REVOKED: Look("Closed", Tone.NEUTRAL, icon="lock"),
        "closing": Look("Being closed", Tone.BUSY, icon="clock"),
        "late": Look("Late: still open", Tone.BAD, icon="triangle-alert"),
    },
)
presentation.register(
    "connection",
    {
        Connection.State.UNTESTED: Look("Not tested yet", Tone.NEUTRAL, icon="circle-question-mark"),
        Connection.State.WORKING: Look("Working", Tone.GOOD, icon="circle-check"),
        Connection.State.FAILING: Look("Failing", Tone.BAD, icon="triangle-alert"),
        "off": Look("Switched off", Tone.NEUTRAL, icon="power-off"),
    },
)


presentation.register(
    "attestation",
    {
        "unanswered": Look("No answer yet", Tone.WARN, icon="hourglass"),
        Attestation.Answer.KEEP: Look("Still needed", Tone.GOOD, icon="circle-check"),
        Attestation.Answer.CLOSE: Look("Closed", Tone.NEUTRAL, icon="circle-x"),
        Attestation.Answer.SILENT: Look("Suspended by silence", Tone.BAD, icon="pause"),
        Attestation.Answer.GONE: Look("Closed meanwhile", Tone.NEUTRAL, icon="minus"),
    },
)
presentation.register(
    "campaign",
    {
        Campaign.State.OPEN: Look("Open", Tone.BUSY, icon="hourglass"),
        Campaign.State.CLOSED: Look("Closed", Tone.NEUTRAL, icon="circle-check"),
    },
)


@events.listen("program.launched")
def install_playbooks(event: Event) -> None:
    """A program gets its workflows in the transaction in which it is launched."""
    program = Program.objects.get(pk=event.subject_id)
    definitions.install_playbooks(program=program, keys=event.payload.get("playbooks", []), actor=actor_behind(event))


@events.listen("program.launched", "page.created", "page.updated")
def install_company_playbooks(event: Event) -> None:
    """A company gets what belongs to no program before it can need it; one that is older than a playbook gets it now."""
    definitions.install_company_playbooks(actor=actor_behind(event))


@events.listen("requisition.updated", "amendment.updated")
def ask_again(event: Event) -> None:
    """What approvers have decided about is no longer so: decisions about what changed are void, and asked for again."""
    model = Requisition if event.kind.startswith("requisition.") else Amendment
    materials.content_changed(subject=model.objects.get(pk=event.subject_id), actor=actor_behind(event))


@events.listen("membership.suspended", "membership.ended")
def hand_over(event: Event) -> None:
    """Nothing waits for somebody who is gone."""
    membership = Membership.objects.get(pk=event.subject_id)
    absences.hand_over(membership=membership, actor=actor_behind(event))


@events.listen("requisition.cancelled")
def void_approval(event: Event) -> None:
    """Nobody is asked about a request that was taken back."""
    requisition = Requisition.objects.get(pk=event.subject_id)
    run_services.cancel_runs_about(subject=requisition, actor=actor_behind(event))


@events.listen("assignment.ended")
def offboard(event: Event) -> None:
    """An ended assignment opens nothing more: portal, room and sessions close in this very transaction, resources become due.
    It is onboarded no further; that it is offboarded, `hear` sees to."""
    assignment = Assignment.objects.select_related(
        "program", "tenant", "workspace", "invitation", "freelancer__membership"
    ).get(pk=event.subject_id)
    actor = actor_behind(event)
    run_services.cancel_runs_about(subject=assignment, actor=actor, trigger="assignment.onboarding_started")
    grants.revoke_grants(assignment=assignment, reason=event.payload.get("reason", ""), actor=actor)
    end_guest_access(assignment=assignment, actor=actor)


@events.listen("assignment.activated", "assignment.suspended", "assignment.resumed", "membership.*")
def reconcile(_event: Event) -> None:
    """Connectors follow within seconds; the schedule finds what this hint loses."""
    grants.hint()


@events.listen("access.revoked")
def closed(event: Event) -> None:
    """The checklist goes on once the last access of an assignment is closed."""
    assignment = Assignment.objects.get(access_grants=event.subject_id)
    run_services.recheck(subject=assignment, actor=actor_behind(event))


@events.listen("step.decided")
def done_by_hand(event: Event) -> None:
    """Somebody has opened or closed an access by hand."""
    step = Step.objects.select_related("run", "decided_by__user").get(pk=event.subject_id)
    if step.run.subject_type == AccessGrant._meta.label_lower and step.decided_by is not None:
        by_hand.confirm(step=step, actor=actor_for(step.decided_by))


@events.listen("invitation.accepted")
def joined(event: Event) -> None:
    """The freelancer's first task ends by itself."""
    for assignment in Assignment.objects.filter(invitation=event.subject_id).order_by("pk"):
        run_services.recheck(subject=assignment, actor=actor_behind(event))


@events.listen("membership.ended", "membership.deactivated")
def open_handover(event: Event) -> None:
    """It is written down in the transaction in which an employee leaves, or their directory switches them off; nothing of
    theirs can be forgotten."""
    leaver = Membership.objects.get(pk=event.subject_id)
    if leaver.kind != Membership.Kind.STAFF:
        return
    successor = Membership.objects.filter(pk=event.payload.get("successor_id") or 0).first()
    handovers.open_handover(leaver=leaver, successor=successor, actor=actor_behind(event))


@events.listen("membership.resumed")
def come_back(event: Event) -> None:
    """What nobody has taken over is theirs again; the rest stays with the successor until somebody gives it back."""
    actor = actor_behind(event)
    for handover in handovers.come_back(person=Membership.objects.get(pk=event.subject_id), actor=actor):
        run_services.cancel_runs_about(subject=handover, actor=actor)


@events.deliver("handover.opened")
def carry_out_handover(event: Event) -> None:
    """Seconds later everything has its successor, or stands in the orphan queue."""
    handovers.carry_out(handover=Handover.objects.get(pk=event.subject_id), actor=actor_behind(event))


@events.deliver("access.revoked")
def renew_receipt(event: Event) -> None:
    """What a receipt waited for is closed: the next one follows. Nothing changed, no new one."""
    grant = AccessGrant.objects.select_related("assignment").get(pk=event.subject_id)
    receipts.remake_receipt(assignment=grant.assignment, actor=actor_behind(event))


@events.listen("*")
def hear(event: Event) -> None:
    """Whatever happens may start runs and end waits. Stands last: what an event ends is ended before it starts something."""
    starts.hear(event)
