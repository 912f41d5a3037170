"""A subject changes while its approval runs: decisions about what has changed are void, and only they."""

from django.db import models, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from workflows import conditions, notices
from workflows.asking import APPROVED
from workflows.engine import hints
from workflows.engine.clock import Now
from workflows.engine.moves import lock_run, note
from workflows.engine.reopening import reopen
from workflows.materials import Change, voiding
from workflows.models import Decision, Run, Step
from workflows.subjects import fact_of, kind_of, subject_of

State = Step.State


@transaction.atomic
def content_changed(*, subject: models.Model, actor: Actor) -> list[Decision]:
    """Void the decisions about a subject whose fields have changed, and ask exactly those approvals again; returns what was
    void. Call it in the transaction of the change, by which the subject is locked.

    Amounts of steps that wait follow the subject, and decisions of the graph that come out differently are made again, with
    what follows from them. Side effects: event `decision.voided` for each, notifications of who is asked again and of who
    is asked about something that has changed.
    """
    about = Run.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    voided: list[Decision] = []
    for pk in about.filter(state__in=(Run.State.RUNNING, Run.State.PAUSED)).order_by("pk").values_list("pk", flat=True):
        run = lock_run(pk)
        if run.state in Run.OPEN:
            voided += _follow(run, subject_of(run), actor)
    return voided


def _follow(run: Run, subject: object, actor: Actor) -> list[Decision]:
    amount, currency = kind_of(run.subject_type).amount(subject) or (None, "")
    Run.objects.filter(pk=run.pk).update(title=str(subject)[:200])
    Step.objects.filter(run=run, state__in=(State.WAITING, State.HELD)).update(amount=amount, currency=currency)
    voided = []
    for step in Step.objects.filter(run=run, kind=Step.Kind.APPROVAL).order_by("position", "pk"):
        found = _void(run, step, subject, actor)
        voided += found
        step.refresh_from_db()
        if not found:
            continue
        if step.state == State.DONE and step.outcome == APPROVED:  # a rejection needs none of the others
            words = found[0].voided_because
            hints.after_commit(reopen(run, step, by=actor.label, detail=words) or 0)
        elif step.state == State.WAITING:
            note(step, by=actor.label, detail=found[0].voided_because)
            notices.waiting(run, step)
    _decide_again(run, subject, actor)
    return voided


def _void(run: Run, step: Step, subject: object, actor: Actor) -> list[Decision]:
    voided = []
    for decision in Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED).order_by("pk"):
        changed = voiding(step, decision, subject, run=run)
        if not changed:
            continue
        because = _words(changed)
        Decision.objects.filter(pk=decision.pk, voided_at=None).update(voided_at=Now(), voided_because=because)
        decision.voided_because = because
        events.announce("decision.voided", decision, actor=actor, step_id=step.pk, because=because)
        voided.append(decision)
    return voided


def _decide_again(run: Run, subject: object, actor: Actor) -> None:
    """Decisions of the graph that would come out differently now, such as “Is it above the limit?”."""
    for step in Step.objects.filter(run=run, kind=Step.Kind.DECISION, state=State.DONE).order_by("position", "pk"):
        step.refresh_from_db(fields=["state", "outcome"])
        if step.state != State.DONE:
            continue
        outcome = "yes" if conditions.holds(step.params["condition"], fact_of(run, subject)) else "no"
        if outcome != step.outcome:
            hints.after_commit(reopen(run, step, by=actor.label, detail=f"It is “{outcome}” now") or 0)


def _words(changed: list[Change]) -> str:
    return "; ".join(map(str, changed))[:400]
