"""What workflows listens to, and the conditions, looks and subjects that it registers."""

from freelance_hub import events, presentation
from freelance_hub.access import Actor, automation, register_condition, register_opening
from freelance_hub.models import Event, Membership
from freelance_hub.presentation import Look, Tone
from freelance_hub.services import files
from programs.models import Program
from talent.models import Assignment, Requisition
from workflows import access, actions, kinds, panels
from workflows.models import Run, Step
from workflows.services import definitions
from workflows.services import runs as run_services

kinds.load()
actions.load()
panels.load()
register_condition("workspace", access.has_workspace_grant)
files.register_owner("step", access.access_step_file)
register_opening("requisition", access.asked_about("talent.requisition"))

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


@events.listen("program.launched")
def install_playbooks(event: Event) -> None:
    """A program gets its workflows in the transaction in which it is launched."""
    program = Program.objects.get(pk=event.subject_id)
    definitions.install_playbooks(program=program, keys=event.payload.get("playbooks", []), actor=actor_behind(event))


@events.listen("requisition.submitted")
def approve(event: Event) -> None:
    """A submitted request goes to its approvers."""
    start(event, Requisition.objects.select_related("program", "requested_by").get(pk=event.subject_id))


@events.listen("requisition.cancelled")
def void_approval(event: Event) -> None:
    """Nobody is asked about a request that was taken back."""
    requisition = Requisition.objects.get(pk=event.subject_id)
    run_services.cancel_runs_about(subject=requisition, actor=actor_behind(event))


@events.listen("assignment.onboarding_started")
def onboard(event: Event) -> None:
    """A planned assignment begins its checklist."""
    start(event, Assignment.objects.select_related("program").get(pk=event.subject_id))


@events.listen("assignment.ended")
def offboard(event: Event) -> None:
    """An ended assignment is onboarded no further, and is offboarded."""
    assignment = Assignment.objects.select_related("program").get(pk=event.subject_id)
    run_services.cancel_runs_about(
        subject=assignment, actor=actor_behind(event), trigger="assignment.onboarding_started"
    )
    start(event, assignment)


@events.listen("invitation.accepted")
def joined(event: Event) -> None:
    """The freelancer's first task ends by itself."""
    for assignment in Assignment.objects.filter(invitation=event.subject_id).order_by("pk"):
        run_services.recheck(subject=assignment, actor=actor_behind(event))


def start(event: Event, subject: Requisition | Assignment) -> None:
    """Start what listens to the event; the event's own id makes it once."""
    definitions.start_triggered(
        trigger=event.kind,
        subject=subject,
        key=str(event.public_id),
        actor=actor_behind(event),
        payload={"payload": event.payload},
    )


def actor_behind(event: Event) -> Actor:
    """The automation on behalf of whoever made the event happen."""
    person = Membership.objects.select_related("user").filter(pk=event.actor_membership_id or 0).first()
    return automation(tenant_id=event.tenant_id, on_behalf_of=person)
