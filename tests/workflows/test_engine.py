"""The engine, one transition at a time."""

import pytest
from django.db import IntegrityError, connection, transaction

from freelance_hub.access import automation
from tests.workflows.engine_room import calls, drain, facts, start, states, step_of, tick
from workflows.engine import claims, runs, sweeper, transitions
from workflows.models import Run, Step, StepEvent

pytestmark = pytest.mark.django_db(transaction=True)


def test_steps_run_after_their_parents_and_the_run_ends(engine):
    run = start(
        {"key": "a"}, {"key": "b", "after": ["a"]}, {"key": "c", "after": ["a"]}, {"key": "d", "after": ["b", "c"]}
    )
    assert states(run) == {"a": "ready", "b": "pending", "c": "pending", "d": "pending"}

    assert drain() == 4

    assert set(states(run).values()) == {"done"}
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert run.finished_at is not None
    assert [key for _, pk in calls for key in [Step.objects.get(pk=pk).key]] == ["a", "b", "c", "d"]


def test_the_same_key_starts_one_run(engine):
    first, second = start({"key": "a"}, key="once"), start({"key": "a"}, key="once")

    assert first == second
    assert Run.objects.count() == 1
    assert Step.objects.count() == 1


def test_a_decision_leads_one_way_and_the_other_is_passed_over(engine):
    facts.update(size=20, limit=10)
    condition = {"fact": "size", "is": "more_than", "than": {"fact": "limit"}}
    run = start(
        {"key": "big", "kind": "decision", "condition": condition},
        {"key": "ask", "after": ["big:yes"]},
        {"key": "small", "after": ["big:no"]},
        {"key": "after_small", "after": ["small"]},
        {"key": "end", "after": ["ask", "small"]},
    )

    drain()

    assert states(run) == {"big": "done", "ask": "done", "small": "skipped", "after_small": "skipped", "end": "done"}
    run.refresh_from_db()
    assert run.state == Run.State.DONE


def test_an_approval_waits_and_its_outcome_chooses_the_way(engine):
    run = start(
        {"key": "ask", "kind": "approval"},
        {"key": "yes", "after": ["ask:approved"]},
        {"key": "no", "after": ["ask:rejected"]},
    )
    assert drain() == 0

    with transaction.atomic():
        locked, step = transitions.lock_run(run.pk), step_of(run, "ask")
        assert transitions.end_waiting(locked, step, by="Ann", outcome="rejected") == 1
    with transaction.atomic():
        assert (
            transitions.end_waiting(transitions.lock_run(run.pk), step_of(run, "ask"), by="Bob", outcome="approved")
            is None
        )
    drain()

    assert states(run) == {"ask": "done", "yes": "skipped", "no": "done"}


def test_a_step_whose_fact_is_true_is_skipped_and_the_rest_goes_on(engine):
    facts["is_there"] = True
    run = start({"key": "ask", "kind": "task", "skip_when": "is_there"}, {"key": "next", "after": ["ask"]})

    drain()

    assert states(run) == {"ask": "skipped", "next": "done"}


def test_a_failing_step_is_tried_again_after_longer_and_longer_pauses_then_asks_a_person(engine):
    run = start({"key": "a", "action": "test.break", "max_attempts": 3})

    assert drain() == 1
    assert states(run) == {"a": "ready"}
    tick(2.9)
    assert drain() == 0  # 2 s * 2 * 0.75 = 3 s
    tick(0.2)
    assert drain() == 1
    tick(5.9)
    assert drain() == 0
    tick(0.2)
    assert drain() == 1

    step = step_of(run, "a")
    assert (step.state, step.attempt, step.error) == ("attention", 3, "RuntimeError: It broke.")


def test_a_pause_is_never_longer_than_an_hour(engine):
    assert max(transitions.pause(attempt).total_seconds() for attempt in range(1, 30)) == 3600


def test_what_an_action_wrote_is_gone_when_its_worker_has_lost_the_lease(engine):
    run = start({"key": "a"})
    first = claims.claim("slow")
    tick(61)
    sweeper.sweep()
    second = claims.claim("fast")

    assert transitions.complete(first) is None
    assert not claims.beat(first)
    assert transitions.fail(first, "late") is None
    assert states(run) == {"a": "running"}
    assert transitions.complete(second) == 0
    assert states(run) == {"a": "done"}


def test_a_heartbeat_keeps_the_step(engine):
    start({"key": "a"})
    claim = claims.claim("slow")
    tick(50)
    assert claims.beat(claim)
    tick(50)

    sweeper.sweep()

    assert claims.claim("other") is None
    assert transitions.complete(claim) == 0


def test_a_lease_that_runs_out_on_the_last_attempt_asks_a_person(engine):
    run = start({"key": "a", "max_attempts": 1})
    claims.claim("dies")
    tick(61)

    sweeper.sweep()

    assert states(run) == {"a": "attention"}


def test_a_wait_ends_when_its_time_has_come_and_not_before(engine):
    run = start({"key": "sleep", "kind": "wait", "delay_hours": 24}, {"key": "a", "after": ["sleep"]})
    tick(24 * 3600 - 1)
    sweeper.sweep()
    assert states(run) == {"sleep": "waiting", "a": "pending"}

    tick(1)
    sweeper.sweep()

    assert states(run) == {"sleep": "done", "a": "ready"}


def test_a_person_who_is_late_is_escalated_once(engine):
    run = start({"key": "ask", "kind": "approval", "term_hours": 1})  # noon of a Thursday: within working time
    tick(3601)

    sweeper.sweep()
    sweeper.sweep()

    assert step_of(run, "ask").escalated_at is not None
    assert StepEvent.objects.filter(detail="The term is over").count() == 1


def test_a_retry_set_before_the_clock_went_back_is_not_hidden(engine):
    start({"key": "a", "action": "test.break"})
    drain()
    tick(-90000)
    assert claims.claim("w") is None

    sweeper.sweep()

    assert claims.claim("w") is not None


def test_failure_undoes_what_was_done_in_reverse_order(engine):
    run = start(
        {"key": "a", "undo": "test.undo"},
        {"key": "b", "after": ["a"]},
        {"key": "c", "after": ["b"], "undo": "test.undo"},
        {"key": "d", "after": ["c"], "action": "test.break", "max_attempts": 1},
        {"key": "e", "after": ["d"]},
        on_failure="compensate",
    )

    drain()

    assert states(run) == {
        "a": "done",
        "b": "done",
        "c": "done",
        "d": "failed",
        "e": "cancelled",
        "undo:a": "done",
        "undo:c": "done",
    }
    undone = [Step.objects.get(pk=pk).key for name, pk in calls if name == "undo"]
    assert undone == ["undo:c", "undo:a"]
    run.refresh_from_db()
    assert run.state == Run.State.COMPENSATED


def test_undoing_waits_for_siblings_that_are_still_running(engine):
    run = start(
        {"key": "a", "undo": "test.undo"}, {"key": "b", "undo": "test.undo", "max_attempts": 1}, on_failure="compensate"
    )
    one, two = claims.claim("w1"), claims.claim("w2")
    assert transitions.fail(two, "broke") == 0
    assert states(run) == {"a": "running", "b": "failed"}

    assert transitions.complete(one) == 1

    assert states(run) == {"a": "done", "b": "failed", "undo:a": "ready"}


def test_cancelling_takes_the_lease_away_and_ends_the_run(engine):
    run = start({"key": "a"}, {"key": "b", "after": ["a"]})
    claim = claims.claim("w")

    assert runs.cancel(run.pk, actor=automation(tenant_id=engine.pk))
    assert not runs.cancel(run.pk, actor=automation(tenant_id=engine.pk))

    assert states(run) == {"a": "cancelled", "b": "cancelled"}
    assert transitions.complete(claim) is None


def test_the_database_refuses_a_lease_without_a_running_step(engine):
    run = start({"key": "a"})

    with pytest.raises(IntegrityError), transaction.atomic():
        Step.objects.filter(run=run).update(state="running")


def test_the_web_role_cannot_rewrite_what_happened(engine):
    start({"key": "a"})

    for table in ("workflows_stepevent", "workflows_definitionversion"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id")


def test_hints_are_sent_after_commit_and_never_more_than_workers(engine, hints, settings):
    settings.WORKFLOW_WORKERS = 2

    start({"key": "a"}, {"key": "b"}, {"key": "c"})

    assert hints == ["workflows.drain", "workflows.drain"]
