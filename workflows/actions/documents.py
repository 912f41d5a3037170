"""Documents that run out: after one was accepted, the next is watched."""

from workflows.actions.registry import Result, Work, action
from workflows.engine import runs
from workflows.subjects import fact_of


@action("watch_again", on="talent.assignment", title="Watch the new document")
def watch_again(work: Work) -> Result:
    """A new run of the same workflow about the same assignment. It knows which document, and until when the new one is valid,
    when the review said that; else it asks."""
    run = runs.start(
        version=work.run.version,
        subject=work.subject,
        idempotency_key=f"again:{work.run.public_id}",
        actor=work.actor,
        context={"after": str(work.run.public_id), **_known(work)},
    )
    return {"run": str(run.public_id)}


def _known(work: Work) -> Result:
    """The answers to `about` that the next run need not ask for; nothing in a version that does not ask for the date."""
    fact = fact_of(work.run, work.subject)
    try:
        until = fact("review_again.expires_on") or fact("review.expires_on")
        document = fact("about.document")
    except LookupError:
        return {}
    if until is None:
        return {}
    return {"answers": {"about": {"document": document, "expires_on": until.isoformat()}}}
