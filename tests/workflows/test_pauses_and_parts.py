"""Runs on hold, steps that are skipped, and runs that are part of another."""

import pytest
from django.db import transaction

from freelance_hub.access import actor_for, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import Event, Membership, MembershipRole, Notification, Role
from freelance_hub.permissions import Refused
from tests.workflows.engine_room import calls, drain, facts, start, states, step_of, tick, version_of
from workflows.engine import claims, parts, pauses, runs, sweeper, transitions
from workflows.models import Definition, Run, Step
from workflows.services.runs import cancel_run, pause_run, resume_run, retry_now, skip_step

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = {"person": "owner"}


def manager():
    role = Role.objects.create(key="m", name="M", capabilities=["workflow.manage", "task.see_all"])
    membership = Membership.objects.get(user__email="owner@engine.example")
    MembershipRole.objects.create(membership=membership, role=role)
    return actor_for(membership)


def test_a_paused_run_begins_nothing_and_its_terms_move_on_by_the_pause(engine):
    facts["until"] = None
    run = start(
        {"key": "work"},
        {"key": "next", "after": ["work"]},
        {"key": "wait", "kind": "wait", "delay_hours": 2},
        {"key": "ask", "kind": "task", "who": OWNER, "time_limit_hours": 3},
    )
    before = {key: step_of(run, key).run_at for key in ("wait", "ask")}
    claim = claims.claim("w")
    actor = manager()

    pause_run(run=run, reason="Waiting for the lawyer.", actor=actor)
    assert transitions.complete(claim) == 0  # what a worker is at is ended
    tick(10 * 3600)
    sweeper.sweep()
    assert drain() == 0
    assert states(run) == {"work": "done", "next": "held", "wait": "held", "ask": "held"}
    with transaction.atomic():
        locked = transitions.lock_run(run.pk)
        assert transitions.end_waiting(locked, step_of(run, "ask"), by="Ann") is None

    run.refresh_from_db()
    resume_run(run=run, actor=actor)
    assert states(run) == {"work": "done", "next": "ready", "wait": "waiting", "ask": "waiting"}
    assert {key: (step_of(run, key).run_at - at).total_seconds() for key, at in before.items()} == {
        "wait": 36000,
        "ask": 36000,
    }
    sweeper.sweep()
    assert states(run)["wait"] == "waiting"
    tick(2 * 3600)
    sweeper.sweep()
    assert states(run)["wait"] == "done"
    kinds = (
        Event.objects.filter(subject_id=run.pk, kind__startswith="run.").order_by("pk").values_list("kind", flat=True)
    )
    assert list(kinds) == ["run.started", "run.paused", "run.resumed"]


def test_a_person_is_told_of_what_waits_when_the_run_goes_on(engine):
    run = start({"key": "work"}, {"key": "ask", "kind": "task", "who": OWNER, "after": ["work"]})
    claim = claims.claim("w")
    pauses.pause(run.pk, by="Ann")
    transitions.complete(claim)
    assert not Notification.objects.exists()

    assert pauses.resume(run.pk, by="Ann") == 0

    assert Notification.objects.filter(kind="workflow.waiting").count() == 1


def test_what_comes_true_during_a_pause_counts_when_the_run_goes_on(engine):
    from tests.workflows.test_kinds_of_steps import announce

    run = start(
        {"key": "ask", "kind": "task", "who": OWNER, "skip_when": "is_there"},
        {"key": "event", "kind": "wait", "until": {"event": "entity.moved"}},
        {"key": "end", "after": ["ask", "event"]},
    )
    actor = manager()
    pause_run(run=run, reason="Wait.", actor=actor)
    facts["is_there"] = True
    announce("entity.moved", run_subject(run))
    assert states(run) == {"ask": "held", "event": "held", "end": "pending"}

    run.refresh_from_db()
    resume_run(run=run, actor=actor)
    sweeper.sweep()

    assert states(run) == {"ask": "done", "event": "done", "end": "ready"}
    assert step_of(run, "event").outcome == "happened"


def run_subject(run):
    from workflows.subjects import subject_of

    return subject_of(run)


def test_a_failing_step_of_a_paused_run_waits_and_one_that_compensates_is_undone(engine):
    step = {"max_attempts": 3, "on_failure": "compensate"}
    run = start({"key": "a", "undo": "test.undo"}, {"key": "b", "after": ["a"], "action": "test.break", **step})
    drain(1)
    claim = claims.claim("w")
    pauses.pause(run.pk, by="Ann")

    assert transitions.fail(claim, "no") == 0
    assert states(run)["b"] == "held"
    pauses.resume(run.pk, by="Ann")
    for _ in range(3):
        tick(60)
        drain()

    run.refresh_from_db()
    assert run.state == Run.State.COMPENSATED
    assert [name for name, _ in calls][-1] == "undo"


def test_pausing_needs_a_reason_a_right_and_a_run_that_runs(engine):
    run = start({"key": "ask", "kind": "task", "who": OWNER})
    nobody = actor_for(Membership.objects.get())
    with pytest.raises(Refused):
        pause_run(run=run, reason="So.", actor=nobody)
    actor = manager()
    with pytest.raises(Refusal, match="Say why"):
        pause_run(run=run, reason=" ", actor=actor)
    with pytest.raises(Refusal, match="not paused"):
        resume_run(run=run, actor=actor)
    pause_run(run=run, reason="So.", actor=actor)
    with pytest.raises(Refusal, match="Only a running workflow"):
        pause_run(run=run, reason="So.", actor=actor)

    cancel_run(run=run, reason="No more.", actor=actor)
    assert states(run) == {"ask": "cancelled"}


def test_steps_that_wait_or_are_queued_are_skipped_with_a_reason_but_no_approval_or_decision(engine):
    facts.update(size=1)
    run = start(
        {"key": "queued"},
        {"key": "task", "kind": "task", "who": OWNER},
        {"key": "ask", "kind": "approval"},
        {"key": "choose", "kind": "decision", "condition": {"fact": "size", "is": "equal_to", "than": 1}},
        {"key": "later", "after": ["queued", "task"]},
    )
    actor = manager()

    with pytest.raises(Refusal, match="Say why"):
        skip_step(step=step_of(run, "task"), reason="", actor=actor)
    with pytest.raises(Refusal, match="decided, not skipped"):
        skip_step(step=step_of(run, "ask"), reason="So.", actor=actor)
    with pytest.raises(Refusal, match="depends on this decision"):
        skip_step(step=step_of(run, "choose"), reason="So.", actor=actor)
    with pytest.raises(Refusal, match="not begun yet"):
        skip_step(step=step_of(run, "later"), reason="So.", actor=actor)
    skip_step(step=step_of(run, "queued"), reason="Done on paper.", actor=actor)
    skip_step(step=step_of(run, "task"), reason="Done on paper.", actor=actor)
    with pytest.raises(Refusal, match="over already"):
        skip_step(step=step_of(run, "task"), reason="Again.", actor=actor)

    assert states(run) == {
        "queued": "skipped",
        "task": "skipped",
        "ask": "waiting",
        "choose": "ready",
        "later": "ready",
    }
    assert Event.objects.filter(kind="step.resolved").count() == 2


def test_a_retry_need_not_wait_for_its_pause(engine):
    run = start({"key": "a", "action": "test.break", "max_attempts": 3})
    drain()
    assert drain() == 0

    retry_now(step=step_of(run, "a"), actor=manager())

    assert drain() == 1


# Runs that are part of another


def outer_and_inner(*inner, **details):
    """A run whose step starts another; returns both. The inner one is not begun yet."""
    named = version_of(*inner).definition
    Definition.objects.filter(pk=named.pk).update(key="inner", program=None)
    return start({"key": "part", "kind": "workflow", "workflow": "inner", **details}, {"key": "end", "after": ["part"]})


def inner_of(run):
    return Run.objects.get(parent_step__run=run)


def test_a_step_that_starts_a_workflow_ends_with_it(engine):
    run = outer_and_inner({"key": "a"}, {"key": "b", "after": ["a"]})
    assert drain(1) == 1
    inner = inner_of(run)
    assert (states(run), states(inner)) == ({"part": "waiting", "end": "pending"}, {"a": "ready", "b": "pending"})
    assert (inner.subject_id, inner.started_by, inner.context) == (
        run.subject_id, run.started_by, {"part_of": str(run.public_id)}
    )  # fmt: skip

    drain()
    assert states(run)["part"] == "waiting"  # the sweeper ends it
    sweeper.sweep()
    drain()

    assert states(run) == {"part": "done", "end": "done"}
    assert Run.objects.filter(state="done").count() == 2


def test_a_part_that_was_cancelled_needs_attention_and_may_be_started_again(engine):
    from tests.workflows.test_kinds_of_steps import resolve

    run = outer_and_inner({"key": "a"})
    drain(1)
    runs.cancel(inner_of(run).pk, actor=automation(tenant_id=engine.pk))
    sweeper.sweep()
    step = step_of(run, "part")
    assert (step.state, step.error) == ("attention", "The workflow was cancelled.")

    resolve(run, "part", "retry")
    drain()
    sweeper.sweep()
    drain()

    assert states(run) == {"part": "done", "end": "done"}
    assert sorted(Run.objects.filter(parent_step=step).values_list("state", flat=True)) == ["cancelled", "done"]


def test_a_part_goes_with_its_run_on_hold_on_again_and_away(engine):
    run = outer_and_inner({"key": "ask", "kind": "task", "who": OWNER})
    drain(1)
    inner = inner_of(run)

    assert pauses.pause(run.pk, by="Ann")
    assert (states(run)["part"], states(inner)) == ("held", {"ask": "held"})
    assert pauses.resume(run.pk, by="Ann") == 0
    assert (states(run)["part"], states(inner)) == ("waiting", {"ask": "waiting"})
    assert runs.cancel(run.pk, actor=automation(tenant_id=engine.pk))

    inner.refresh_from_db()
    assert (inner.state, states(inner), states(run)["part"]) == ("cancelled", {"ask": "cancelled"}, "cancelled")


def test_a_part_that_ends_during_a_pause_counts_when_the_run_goes_on(engine):
    run = outer_and_inner({"key": "a"})
    drain(1)
    claim = claims.claim("w")
    pauses.pause(run.pk, by="Ann")
    transitions.complete(claim)
    tick(3600)
    sweeper.sweep()
    assert states(run)["part"] == "held"

    pauses.resume(run.pk, by="Ann")
    sweeper.sweep()

    assert states(run) == {"part": "done", "end": "ready"}


def test_when_a_run_is_undone_its_open_part_is_undone_first(engine):
    run = start(
        {"key": "before", "undo": "test.undo"},
        {"key": "part", "kind": "workflow", "workflow": "inner", "after": ["before"]},
    )
    named = version_of({"key": "a", "undo": "test.undo"}, {"key": "ask", "kind": "task", "who": OWNER, "after": ["a"]})
    Definition.objects.filter(pk=named.definition_id).update(key="inner", program=None)
    drain()
    inner = inner_of(run)
    assert states(inner) == {"a": "done", "ask": "waiting"}

    runs.cancel(run.pk, actor=automation(tenant_id=engine.pk), undo=True)
    assert states(run) == {"before": "done", "part": "waiting"}  # nothing is undone before the part is
    for _ in range(3):
        drain()
        sweeper.sweep()

    inner.refresh_from_db()
    run.refresh_from_db()
    assert (inner.state, run.state) == ("compensated", "compensated")
    undone = [Step.objects.get(pk=pk).compensates.key for name, pk in calls if name == "undo"]
    assert undone == ["a", "before"]


def test_skipping_the_step_cancels_its_part(engine):
    run = outer_and_inner({"key": "ask", "kind": "task", "who": OWNER})
    drain(1)

    skip_step(step=step_of(run, "part"), reason="Not needed.", actor=manager())

    assert states(run) == {"part": "skipped", "end": "ready"}
    assert inner_of(run).state == Run.State.CANCELLED


def test_a_workflow_that_is_not_there_or_starts_itself_ends_with_a_persons_attention(engine):
    run = start({"key": "part", "kind": "workflow", "workflow": "moon"})
    drain()
    assert "no active workflow “moon”" in step_of(run, "part").error

    own = version_of({"key": "part", "kind": "workflow", "workflow": "self"})
    Definition.objects.filter(pk=own.definition_id).update(key="self", program=None)
    first = runs.start(
        version=own, subject=run_subject(run), idempotency_key="self", actor=automation(tenant_id=engine.pk)
    )
    drain()

    stuck = Step.objects.get(key="part", state="attention", params__workflow="self")
    assert "starts itself" in stuck.error
    assert Run.objects.exclude(pk__in=[run.pk, first.pk]).count() == parts.DEEPEST
