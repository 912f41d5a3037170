"""The end of a run."""

from freelance_hub import events
from freelance_hub.access import Actor, automation
from workflows.engine.clock import Now
from workflows.models import Run, Step


def actor_of(run: Run) -> Actor:
    """The automation on behalf of whoever started the run."""
    return automation(tenant_id=run.tenant_id, on_behalf_of=run.started_by, label=run.title)


def finish(run: Run) -> bool:
    """Close a locked run when none of its steps is open. Side effect: event `run.finished`."""
    if run.state not in Run.OPEN or Step.objects.filter(run=run).exclude(state__in=Step.ENDED).exists():
        return False
    return close(run, Run.State.DONE if run.state == Run.State.RUNNING else Run.State.COMPENSATED, actor=actor_of(run))


def close(run: Run, target: str, *, actor: Actor) -> bool:
    """Move a locked run to its last state and announce it."""
    if Run.objects.filter(pk=run.pk, state=run.state).update(state=target, finished_at=Now()) != 1:
        return False
    run.state = target
    subject = {"subject_type": run.subject_type, "subject_id": run.subject_id}
    events.announce("run.finished", run, actor=actor, state=target, **subject)
    return True
