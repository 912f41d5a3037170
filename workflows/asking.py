"""A step of people begins: who is asked, about which amount, until when."""

from datetime import datetime
from typing import Any

from freelance_hub.worktime import term_end
from workflows import people
from workflows.engine.clock import now
from workflows.materials import voiding
from workflows.models import Ask, Decision, Run, Step
from workflows.subjects import kind_of

ALL, QUORUM = "all", "quorum"
APPROVED, REJECTED, CHANGES = "approved", "rejected", "changes"


def values_for(run: Run, step: Step, subject: Any) -> dict[str, Any]:
    """What the row of a step of people says from now on. Terms are working time by the calendar of the one person who is
    asked, else of the company; half of it later there is a reminder.

    Approvals of all or of a quorum get their Ask rows here.
    """
    assignee, capability = people.resolve(run, step.params["who"])
    amount, currency = kind_of(run.subject_type).amount(subject) or (None, "")
    values: dict[str, Any] = {"assignee": assignee, "capability": capability, "amount": amount, "currency": currency}
    values |= {"needed": None, "escalated_at": None, "escalated_to": None, "outcome": "", "comment": ""}
    if step.kind == Step.Kind.APPROVAL and step.params.get("mode") in (ALL, QUORUM):
        values["needed"] = _ask_several(run, step, assignee, capability)
    return values | terms(run, step, assignee)


def terms(run: Run, step: Step, assignee: Any = None, *, start: datetime | None = None) -> dict[str, Any]:
    """`remind_at` and `due_at` of a step that begins to wait; both None without a term."""
    hours = step.params.get("term_hours")
    if not hours:
        return {"due_at": None, "remind_at": None}
    start = start or now()
    company = run.tenant
    return {
        "due_at": term_end(start, hours, company=company, member=assignee),
        "remind_at": term_end(start, hours / 2, company=company, member=assignee),
    }


def _ask_several(run: Run, step: Step, assignee: Any, capability: str) -> int:
    """Ask rows for everybody who is asked now; returns how many must approve."""
    asked = (
        {assignee.pk}
        if assignee
        else set(people.members_who_can(capability, run.program_id).values_list("pk", flat=True))
    )
    # Nobody is asked about their own request: with them "all" would never be reached.
    asked -= {run.requested_by_id, run.started_by_id}
    Ask.objects.filter(step=step).exclude(member__in=asked).delete()
    Ask.objects.bulk_create([Ask(step=step, member_id=pk) for pk in sorted(asked)], ignore_conflicts=True)
    return max(1, len(asked)) if step.params["mode"] == ALL else int(step.params.get("quorum") or 1)


def kept(run: Run, step: Step, subject: Any) -> Decision | None:
    """The last of the approvals that answer a step already when it is asked again: enough of them stand, and none of their
    fields has changed. None when people must be asked."""
    if step.kind != Step.Kind.APPROVAL:
        return None
    standing = Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED).order_by("decided_at", "pk")
    holding = [decision for decision in standing if not voiding(step, decision, subject, run=run)]
    return holding[-1] if len(holding) >= (step.needed or 1) else None


def as_decided(decision: Decision) -> dict[str, Any]:
    """What the row of a step says that ends with this decision."""
    return {
        "outcome": decision.outcome,
        "decided_by_id": decision.decided_by_id,
        "decided_at": decision.decided_at,
        "comment": decision.comment,
    }


def can_be_reached(run: Run, step: Step) -> bool:
    """Whether enough people are left for an approval: those who have approved, and the places that somebody can still fill.

    One person fills one place, so as many places count as there are people for them.
    """
    approved = Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED).count()
    left = people.stand_ins_of(run, step)
    places, persons = {one.place for one in left}, {one.person for one in left}
    return approved + min(len(places), len(persons)) >= (step.needed or 1)


def escalate(run: Run, step: Step) -> bool:
    """Let the manager of a late approver answer too; False when no late approver has one. Tasks stay with who has them."""
    found = people.escalation_of(run, step) if step.kind == Step.Kind.APPROVAL else None
    step.escalated_to = found[1] if found else None
    Step.objects.filter(pk=step.pk).update(escalated_to=step.escalated_to)
    return found is not None
