"""The end of a run."""

from freelance_hub import events, queue
from freelance_hub.access import Actor, automation
from freelance_hub.schedule import SWEEP
from workflows.engine.clock import Now
from workflows.models import Run, Step


def actor_of(run: Run) -> Actor:
    """The automation on behalf of whoever started the run."""
    return automation(tenant_id=run.tenant_id, on_behalf_of=run.started_by, label=name_of(run))


def name_of(run: Run) -> str:
    """How the history calls the automation: "Freelance Hub (Approve a request)"."""
    return f"Freelance Hub ({run.version.definition.title[:100]})"


def finish(run: Run) -> bool:
    """Close a locked run when none of its steps is open. Side effect: event `run.finished`."""
    if run.state not in Run.OPEN or Step.objects.filter(run=run).exclude(state__in=Step.ENDED).exists():
        return False
    target = Run.State.COMPENSATED if run.state == Run.State.COMPENSATING else Run.State.DONE
    return close(run, target, actor=actor_of(run))


def close(run: Run, target: str, *, actor: Actor) -> bool:
    """Move a locked run to its last state and announce it. The step that waits for it is due now: the sweeper ends it.

    (Not here: that step's run is locked before this one, never after it.)
    """
    if Run.objects.filter(pk=run.pk, state=run.state).update(state=target, finished_at=Now(), paused_at=None) != 1:
        return False
    run.state = target
    if run.parent_step_id:
        waiting = Step.objects.filter(pk=run.parent_step_id, state__in=(Step.State.WAITING, Step.State.HELD))
        waiting.update(run_at=Now(), outcome=target)
        queue.after_commit("workflows.sweep", queue=SWEEP)
    subject = {"subject_type": run.subject_type, "subject_id": run.subject_id}
    events.announce("run.finished", run, actor=actor, state=target, **subject)
    return True
