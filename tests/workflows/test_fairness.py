"""Tenants take turns: one with thousands of steps does not starve the others."""

import pytest

from freelance_hub.tenancy.context import tenant
from tests.workflows.engine_room import make_company, start, tick
from workflows import tasks
from workflows.engine import claims, transitions, work
from workflows.engine import hints as engine_hints

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_small_tenant_does_not_wait_behind_a_large_one(engine):
    for _ in range(5):
        start(*[{"key": f"s{number}"} for number in range(20)])
    small = make_company("small")
    with tenant(small):
        start({"key": "a"}, {"key": "b", "after": ["a"]})

    turns, last = [], 0
    for _ in range(6):
        claim = claims.claim("w", after_tenant=last)
        last = claim.tenant_id
        turns.append(claim.tenant_id)
        work.perform(claim)

    assert turns == [engine.pk, small.pk, engine.pk, small.pk, engine.pk, engine.pk]


def test_a_tenant_whose_retries_lie_ahead_does_not_hide_the_next(engine):
    start({"key": "a", "action": "test.break"})
    work.perform(claims.claim("w"))
    small = make_company("small")
    with tenant(small):
        start({"key": "a"})

    claim = claims.claim("w")

    assert claim.tenant_id == small.pk
    assert claims.claim("w") is None


def test_a_retry_that_is_due_comes_before_new_steps_of_its_tenant(engine):
    start({"key": "a", "action": "test.break"})
    first = claims.claim("w")
    work.perform(first)
    start({"key": "b"})
    tick(10)

    assert claims.claim("w").step_id == first.step_id


def test_draining_performs_everything_and_takes_successors_itself(engine, hints):
    start({"key": "a"}, {"key": "b", "after": ["a"]}, {"key": "c", "after": ["b"]})
    hints.clear()

    tasks.drain()

    assert hints == []  # a chain needs no other worker
    assert claims.claim("w") is None


def test_draining_hints_at_the_steps_that_others_may_take(engine, hints):
    start({"key": "a"}, *[{"key": f"child{number}", "after": ["a"]} for number in range(3)])
    hints.clear()

    tasks.drain()

    assert hints == ["workflows.drain"] * 2


def test_sweeping_hints_at_ready_steps_but_never_more_than_there_are_workers(engine, hints, settings, monkeypatch):
    settings.WORKFLOW_WORKERS = 2
    start(*[{"key": f"s{number}"} for number in range(5)])
    hints.clear()
    monkeypatch.setattr(engine_hints, "_queued", lambda: 1)

    tasks.sweep()

    assert hints == ["workflows.drain"]


def test_one_step_that_cannot_be_swept_does_not_hold_up_the_others(engine, monkeypatch):
    start({"key": "a", "max_attempts": 9}, {"key": "b", "max_attempts": 9})
    first, second = claims.claim("w"), claims.claim("w")
    tick(61)
    expire = transitions.expire_lease

    def stumble(run_id, step_id):
        if step_id == first.step_id:
            raise ValueError
        return expire(run_id, step_id)

    monkeypatch.setitem(tasks.sweeper.HANDLERS, "lease", tasks.sweeper._in_run(stumble))
    tasks.sweep()

    assert claims.claim("w").step_id == second.step_id


def test_the_workflow_clock_is_the_databases_own_in_production(db):
    from datetime import UTC, datetime

    from workflows.engine.clock import now

    assert abs((now() - datetime.now(UTC)).total_seconds()) < 5
