"""Two at once, on real connections: deciders, workers, sweepers, starters, the last two steps of a run."""

import threading
from collections import Counter

import pytest
from django.db import connections, transaction

from freelance_hub.access import automation
from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity
from freelance_hub.tenancy.context import tenant
from tests.workflows.engine_room import drain, employee, start, states, step_of, tick, version_of
from workflows.engine import claims, runs, sweeper, transitions
from workflows.models import Run, Step, StepEvent
from workflows.services.decisions import decide
from workflows.services.runs import recheck

pytestmark = pytest.mark.django_db(transaction=True)


def together(company, *functions):
    """Run the functions at the same moment, each on a connection of its own; returns what they returned or raised."""
    barrier, answers = threading.Barrier(len(functions)), [None] * len(functions)

    def run(number, function):
        try:
            with tenant(company):
                barrier.wait(10)
                answers[number] = function()
        except Exception as error:  # noqa: BLE001  the test looks at it
            answers[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def approver(name):
    return employee(name, "requisition.approve", "task.see")


def test_of_two_who_decide_one_is_heard_and_the_other_learns_who(engine):
    ann, bob = approver("ann"), approver("bob")
    for _ in range(10):
        run = start({"key": "ask", "kind": "approval"}, {"key": "yes", "after": ["ask:approved"]})
        ask = step_of(run, "ask")

        answers = together(
            engine,
            lambda ask=ask: decide(step=ask, outcome="approved", actor=ann),
            lambda ask=ask: decide(step=ask, outcome="rejected", actor=bob, comment="No."),
        )

        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        ask.refresh_from_db()
        assert len(refusals) == 1
        assert str(ask.decided_by.user) in str(refusals[0])
        assert StepEvent.objects.filter(step=ask, new_state="done").count() == 1


def test_no_step_is_claimed_twice(engine):
    for _ in range(10):
        start(*[{"key": f"s{number}"} for number in range(20)])

    def worker():
        return [claim.step_id for claim in iter(lambda: claims.claim("w"), None)]

    taken = Counter(step for steps in together(engine, worker, worker, worker, worker) for step in steps)

    assert len(taken) == 200
    assert set(taken.values()) == {1}


def test_two_last_steps_that_end_together_release_the_join_and_end_the_run(engine):
    begun = []
    for _ in range(16):
        run = start({"key": "a"}, {"key": "b"}, {"key": "join", "after": ["a", "b"]})
        begun.append((run, claims.claim("w1"), claims.claim("w2")))

    for _, one, two in begun:
        answers = together(engine, lambda one=one: transitions.complete(one), lambda two=two: transitions.complete(two))
        assert sorted(answers) == [0, 1]

    assert {states(run)["join"] for run, _, _ in begun} == {"ready"}
    ends = [claims.claim("w") for _ in begun]
    for one, two in zip(ends[::2], ends[1::2], strict=True):
        together(engine, lambda one=one: transitions.complete(one), lambda two=two: transitions.complete(two))
    assert set(Run.objects.values_list("state", flat=True)) == {"done"}


def test_two_parallel_last_steps_end_their_run(engine):
    for _ in range(15):
        run = start({"key": "a"}, {"key": "b"})
        one, two = claims.claim("w1"), claims.claim("w2")

        together(engine, lambda one=one: transitions.complete(one), lambda two=two: transitions.complete(two))

        run.refresh_from_db()
        assert run.state == Run.State.DONE


def test_the_sweeper_and_a_slow_worker_do_not_both_have_the_step(engine):
    for _ in range(10):
        run = start({"key": "a"})
        slow = claims.claim("slow")
        tick(61)

        finished, _ = together(engine, lambda slow=slow: transitions.complete(slow), sweeper.sweep)

        if finished is None:
            assert states(run) == {"a": "ready"}
            drain()
        assert states(run) == {"a": "done"}
        assert StepEvent.objects.filter(step__run=run, new_state="done").count() == 1


def test_two_sweepers_reclaim_a_lease_once(engine):
    for _ in range(10):
        start({"key": "a"})
        claims.claim("dies")
    tick(61)

    together(engine, sweeper.sweep, sweeper.sweep)

    assert StepEvent.objects.filter(new_state="ready", old_state="running").count() == 10
    assert Step.objects.filter(state="ready").count() == 10


def test_two_who_start_with_one_key_start_one_run(engine):
    subject, actor = LegalEntity.objects.get(), automation(tenant_id=engine.pk)
    for number in range(10):
        version = version_of({"key": "a"})

        def begin(version=version, number=number):
            return runs.start(version=version, subject=subject, idempotency_key=f"k{number}", actor=actor)

        one, two = together(engine, begin, begin)

        assert one == two
    assert Run.objects.count() == Step.objects.count() == 10


def test_cancelling_and_claiming_leave_nothing_at_work(engine):
    for _ in range(10):
        run = start({"key": "a"}, {"key": "b"})

        _, claim = together(
            engine,
            lambda run=run: runs.cancel(run.pk, actor=automation(tenant_id=engine.pk)),
            lambda: claims.claim("w"),
        )

        assert states(run) == {"a": "cancelled", "b": "cancelled"}
        assert claim is None or transitions.complete(claim) is None


def test_a_fact_that_comes_true_while_its_step_begins_is_not_missed(engine):
    entity, actor = LegalEntity.objects.get(), automation(tenant_id=engine.pk)
    for number in range(10):
        run = start(
            {"key": "invite"},
            {"key": "accept", "kind": "task", "skip_when": f"named_{number % 2}", "after": ["invite"]},
        )
        LegalEntity.objects.update(name="nobody")
        claim = claims.claim("w")

        def happen(number=number):
            with transaction.atomic():
                LegalEntity.objects.update(name=f"named_{number % 2}")
                recheck(subject=entity, actor=actor)

        together(engine, lambda claim=claim: transitions.complete(claim), happen)

        assert states(run)["accept"] in {"done", "skipped"}
