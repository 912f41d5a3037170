"""Somebody who is asked is no longer there: whoever answers in their place is told, nothing waits for nobody."""

from django.db import transaction
from django.db.models import Q

from freelance_hub.access import Actor
from freelance_hub.models import Membership
from workflows import asking, notices, people
from workflows.engine.moves import lock_run
from workflows.models import Ask, Run, Step
from workflows.services.decisions import give_up


@transaction.atomic
def hand_over(*, membership: Membership, actor: Actor) -> int:
    """Follow up every waiting step that asks a person who is not active any more; returns how many.

    Their manager (the first active one up the line) answers in a place that bears their name, and is told. Where only they
    had the right that is asked for, the step is escalated to that manager. A quorum that cannot be reached any more ends as
    rejected, with that as its reason. Call it in the transaction in which they leave.
    """
    asked = Step.objects.filter(_asks(membership), state=Step.State.WAITING, kind__in=Step.FOR_PEOPLE)
    steps = list(asked.order_by("run_id", "pk").values_list("run_id", "pk"))
    for run_id, pk in steps:
        run = lock_run(run_id)
        step = Step.objects.select_related("tenant").get(pk=pk)
        if step.state == Step.State.WAITING and run.state in Run.OPEN:
            _follow_up(run, step, membership, actor)
    return len(steps)


def _asks(membership: Membership) -> Q:
    found = (
        Q(assignee=membership)
        | Q(escalated_to=membership)
        | Q(pk__in=Ask.objects.filter(member=membership).values("step"))
    )
    for link in membership.role_links.select_related("role"):
        anybodys = Q(assignee=None, needed=None, capability__in=link.role.capabilities)
        found |= anybodys & Q(run__program__in=link.program_ids) if link.program_ids else anybodys
    return found


def _follow_up(run: Run, step: Step, membership: Membership, actor: Actor) -> None:
    if step.escalated_to_id == membership.pk:
        asking.escalate(run, step)
    if step.needed is not None and not asking.can_be_reached(run, step):
        give_up(run, step, by=actor.label)
        return
    is_approval = step.kind == Step.Kind.APPROVAL
    if is_approval and step.escalated_to_id is None and not people.candidates(run, step).exists():
        step.escalated_to = people.successor_of(membership, but=people.barred(run, step))
        Step.objects.filter(pk=step.pk).update(escalated_to=step.escalated_to)
    notices.handed_over(run, step)
