"""What people have said in a run, for the actions that carry it out."""

from typing import Any

from django.db.models import QuerySet

from freelance_hub.access import Actor, automation
from freelance_hub.models import Membership
from workflows.actions.registry import Work
from workflows.engine.finish import name_of
from workflows.models import Step

APPROVED, REJECTED, CHANGES = "approved", "rejected", "changes"


def decisions(work: Work, outcome: str) -> QuerySet[Step]:
    """Approvals of the run that ended so, in their order."""
    steps = Step.objects.filter(run=work.run, kind=Step.Kind.APPROVAL, state=Step.State.DONE, outcome=outcome)
    return steps.order_by("position", "pk")


def comments(work: Work, outcome: str, *, otherwise: str = "") -> str:
    """What was written with those decisions, in one line."""
    return " · ".join(step.comment for step in decisions(work, outcome) if step.comment) or otherwise


def answer(work: Work, key: str, field: str) -> Any:
    """What was put into a field of a form step of the run; None while nobody has."""
    step = Step.objects.filter(run=work.run, key=key, kind=Step.Kind.FORM).first()
    return (step.result or {}).get("values", {}).get(field) if step else None


def decider_of(step: Step, work: Work) -> Actor:
    """The automation on behalf of whoever decided the step: they answer for what follows, not who started the run."""
    person = Membership.objects.select_related("user").filter(pk=step.decided_by_id or 0).first()
    return automation(tenant_id=work.run.tenant_id, on_behalf_of=person, label=name_of(work.run))
