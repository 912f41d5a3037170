"""Runs and their parts at once, on real connections: joins of parts, pauses and cancellations against what ends."""

import os

import pytest

from freelance_hub.access import automation
from tests.workflows.engine_room import drain, start, states, version_of
from tests.workflows.invariants import LOG, log_problems, violated
from tests.workflows.machine import query
from tests.workflows.test_races import together
from workflows.engine import claims, pauses, runs, sweeper, transitions
from workflows.models import Definition, Run, StepEvent

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = int(os.environ.get("RACES", "6"))
PART = {"kind": "workflow", "workflow": "inner"}


@pytest.fixture(autouse=True)
def inner(engine):
    made = version_of({"key": "only", "undo": "test.undo"})
    Definition.objects.filter(pk=made.definition_id).update(key="inner", program=None)


def begun(*steps):
    """A run whose parts have begun; the claims of their steps, and of what else is ready."""
    drain()  # what earlier runs have left
    run = start(*steps)
    parts = sum(step.get("kind") == "workflow" for step in steps)
    drain(parts)
    return run, list(iter(lambda: claims.claim("w"), None))


def ends(claim):
    return lambda: transitions.complete(claim)


def at_once(company, *functions):
    """As `together`, and none of them goes wrong."""
    answers = together(company, *functions)
    assert not [one for one in answers if isinstance(one, Exception)], answers


def assert_tables_are_right():
    assert query(violated()) == []
    assert log_problems(query(LOG)) == []


def test_two_parts_that_end_together_release_their_join_once(engine):
    for _ in range(TIMES):
        run, (one, two) = begun({"key": "a", **PART}, {"key": "b", **PART}, {"key": "join", "after": ["a", "b"]})

        at_once(engine, ends(one), ends(two))
        at_once(engine, sweeper.sweep, sweeper.sweep)

        assert states(run) == {"a": "done", "b": "done", "join": "ready"}
        drain()
        assert Run.objects.get(pk=run.pk).state == "done"
    assert_tables_are_right()


def test_a_part_and_a_worker_that_end_together_release_their_join_once(engine):
    for _ in range(TIMES):
        run, claimed = begun({"key": "a", **PART}, {"key": "b"}, {"key": "join", "after": ["a", "b"]})
        of_part, other = sorted(claimed, key=lambda claim: claim.run_id == run.pk)
        transitions.complete(of_part)

        at_once(engine, sweeper.sweep, ends(other))

        assert states(run) == {"a": "done", "b": "done", "join": "ready"}
        assert StepEvent.objects.filter(run=run, step__key="join").count() == 1
    assert_tables_are_right()


def test_a_pause_and_the_end_of_a_part_lose_neither(engine):
    for _ in range(TIMES):
        run, (one, two) = begun({"key": "a", **PART}, {"key": "b", **PART}, {"key": "join", "after": ["a", "b"]})

        at_once(engine, ends(one), lambda run=run: pauses.pause(run.pk, by="Ann"), sweeper.sweep)
        transitions.complete(two)
        at_once(engine, lambda run=run: pauses.resume(run.pk, by="Ann"), sweeper.sweep)
        sweeper.sweep()

        assert states(run) == {"a": "done", "b": "done", "join": "ready"}
    assert_tables_are_right()


@pytest.mark.parametrize("undo", [False, True])
def test_cancelling_a_run_and_the_end_of_its_part_leave_nothing_at_work(engine, undo):
    actor = automation(tenant_id=engine.pk)
    for _ in range(TIMES):
        run, (claim,) = begun({"key": "a", **PART}, {"key": "b", "after": ["a"]})

        at_once(engine, ends(claim), lambda run=run: runs.cancel(run.pk, actor=actor, undo=undo), sweeper.sweep)

        for _ in range(3):
            transitions.complete(claim)
            sweeper.sweep()
            drain()
        assert not Run.objects.filter(state__in=Run.OPEN).exists()
    assert_tables_are_right()


def test_two_who_cancel_a_run_and_its_part_do_not_wait_for_each_other(engine):
    actor = automation(tenant_id=engine.pk)
    for _ in range(TIMES):
        run, _ = begun({"key": "a", **PART}, {"key": "b", "after": ["a"]})
        part = Run.objects.get(parent_step__run=run)

        at_once(engine, *(lambda pk=pk: runs.cancel(pk, actor=actor) for pk in (run.pk, part.pk)), sweeper.sweep)

        assert set(Run.objects.filter(pk__in=[run.pk, part.pk]).values_list("state", flat=True)) == {"cancelled"}
    assert_tables_are_right()
