"""Documents that run out: after one was accepted, the next is watched."""

from workflows.actions.registry import Result, Work, action
from workflows.engine import runs


@action("watch_again", on="talent.assignment", title="Watch the new document")
def watch_again(work: Work) -> Result:
    """A new run of the same workflow about the same assignment: it asks until when the new document is valid."""
    run = runs.start(
        version=work.run.version,
        subject=work.subject,
        idempotency_key=f"again:{work.run.public_id}",
        actor=work.actor,
        context={"after": str(work.run.public_id)},
    )
    return {"run": str(run.public_id)}
