"""What people are told by the engine. Mails and preferences are the platform's."""

from collections.abc import Iterable

from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability
from freelance_hub.services import notifications
from workflows import people
from workflows.models import Run, Step

MOST = 25  # people told of one step; the others find it in their inbox

notifications.register("workflow.waiting", "Something waits for me")
notifications.register("workflow.late", "Something waits too long in my programs")
notifications.register("workflow.attention", "A workflow needs attention")


def waiting(run: Run, step: Step) -> None:
    """Tell those who may answer a step that it waits for them. When nobody may, those who can mend that."""
    asked = list(people.candidates(run, step)[:MOST])
    if not asked:
        title = f"Nobody can answer “{step.title}”"
        body = f"{run.title}: give somebody the right to, or cancel the workflow."
        _tell(keepers(run), run, step, kind="workflow.attention", title=title, body=body)
        return
    for person in asked:
        _tell(
            [person],
            run,
            step,
            kind="workflow.waiting",
            title=f"{step.title}: {run.title}",
            body=step.params.get("help", ""),
        )


def late(run: Run, step: Step) -> None:
    """Tell whoever is answerable that a step has waited longer than its term, and remind those who are asked."""
    title = f"Late: {step.title}, {run.title}"
    asked = list(people.candidates(run, step)[:MOST])
    names = ", ".join(str(person.user) for person in asked[:3])
    _tell(asked, run, step, kind="workflow.waiting", title=title, dedupe="late")
    others = [person for person in keepers(run) if person not in asked]
    _tell(
        others,
        run,
        step,
        kind="workflow.late",
        title=title,
        body=f"Waiting for {names}." if names else "",
        dedupe="late",
    )


def attention(run: Run, step: Step) -> None:
    """Tell whoever manages the workflow that a step needs a person."""
    title = f"Needs attention: {step.title}, {run.title}"
    _tell(
        keepers(run),
        run,
        step,
        kind="workflow.attention",
        title=title,
        body=step.error,
        dedupe=f"attention{step.attempt}",
    )


def keepers(run: Run) -> list[Membership]:
    """Who looks after a run: the owner of its program; without one, those who manage workflows."""
    owner = run.program.owner if run.program else None
    if owner is not None and owner.state == Membership.State.ACTIVE:
        return [owner]
    return list(people.members_who_can(Capability.WORKFLOW_MANAGE, run.program_id)[:MOST])


def _tell(
    members: Iterable[Membership], run: Run, step: Step, *, kind: str, title: str, body: str = "", dedupe: str = "asked"
) -> None:
    slug = run.tenant.slug
    for member in members:
        if member.kind == Membership.Kind.GUEST:
            link = tenant_url("portal_tasks", tenant=slug)
        elif kind == "workflow.attention":
            link = tenant_url("run_detail", tenant=slug, public_id=run.public_id)
        else:
            link = tenant_url("step_detail", tenant=slug, public_id=step.public_id)
        notifications.notify(
            membership=member, kind=kind, title=title, body=body, link=link, dedupe_key=f"{dedupe}:{step.pk}"
        )
