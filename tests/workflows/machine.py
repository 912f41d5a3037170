"""The engine under random work, crashes, lost leases, clock jumps, double clicks and cancellations.

Each rule is something that happens in production; the invariants are what must hold after each of them; the teardown switches the
faults off and asks that everything ends.
"""

import os
from itertools import pairwise

from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from freelance_hub.access import automation
from freelance_hub.models import LegalEntity
from freelance_hub.tenancy.context import tenant
from tests.workflows.engine_room import superuser, tick, version_of
from tests.workflows.invariants import INVARIANTS, NOT_UNDONE
from workflows.engine import attention, claims, effects, runs, sweeper, transitions
from workflows.models import Effect, Run, Step

MOST_RUNS = 4


def query(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall()


@st.composite
def graphs(draw):
    """Up to six steps of every kind; later ones come after some of the earlier ones, sometimes only on one outcome."""
    steps = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["automation", "automation", "automation", "approval", "wait"]))
        after = []
        for other in steps:
            if draw(st.booleans()) and (other is steps[-1] or draw(st.booleans())):
                asks = draw(st.booleans()) and other["kind"] == "approval"
                after.append(other["key"] + (":approved" if asks else ""))
        step = {"key": f"s{number}", "kind": kind, "after": after, "max_attempts": draw(st.integers(1, 3))}
        if kind == "automation":
            step["undo"] = draw(st.sampled_from(["test.undo", "test.undo", "test.undo", ""]))
            step["on_failure"] = draw(st.sampled_from(["compensate", "compensate", "attention"]))
        if kind == "wait":
            step["delay_hours"] = draw(st.sampled_from([0.01, 24]))
        if kind == "approval":
            step["term_hours"] = 1
        steps.append(step)
    return steps


def chain(length):
    """Steps one after the other, each with its undo, and one behind them."""
    step = {"undo": "test.undo", "on_failure": "compensate", "max_attempts": 9}
    steps = [{"key": f"c{n}", "after": [f"c{n - 1}"] if n else [], **step} for n in range(length)]
    return [*steps, {"key": "behind", "after": [f"c{length - 1}"]}]


class EngineMachine(RuleBasedStateMachine):
    company = None  # set by the test: the tenant in whose context everything happens

    def __init__(self):
        super().__init__()
        superuser(
            "DELETE FROM workflows_effect; DELETE FROM workflows_stepevent; DELETE FROM workflows_edge; "
            "DELETE FROM workflows_step; DELETE FROM workflows_run; DELETE FROM workflows_definitionversion; "
            "DELETE FROM workflows_definition; DELETE FROM hub_event; UPDATE wf_clock SET at = '2026-01-01 12:00+00'"
        )
        self.live = []  # claims of workers that are at work
        self.zombies = []  # (claim, has called): workers that died or were paused
        self.calls = {}  # key -> how often the provider was called
        self.step_of_key = {}
        self.started = 0

    @property
    def actor(self):
        return automation(tenant_id=self.company.pk)

    # Runs

    @initialize(graph=graphs())
    def first(self, graph):
        self.begin(graph)

    @rule(graph=graphs())
    @precondition(lambda self: self.started < MOST_RUNS)
    def start(self, graph):
        self.begin(graph)

    def begin(self, graph):
        self.started += 1
        version, subject = version_of(*graph), LegalEntity.objects.get()
        arguments = {"version": version, "subject": subject, "idempotency_key": f"k{self.started}", "actor": self.actor}
        run = runs.start(**arguments)
        before = Step.objects.count()
        assert runs.start(**arguments) == run
        assert Step.objects.count() == before, "the same key made steps twice"
        return run

    @rule(undo=st.booleans())
    @precondition(lambda self: self.started > 1)
    def cancel(self, undo):
        self.claim()  # a worker is at it
        run = Run.objects.filter(state="running").order_by("pk").first()
        if run:
            assert runs.cancel(run.pk, actor=self.actor, undo=undo)
            if not undo:
                assert not runs.cancel(run.pk, actor=self.actor)
                assert not Step.objects.filter(run=run).exclude(state__in=Step.ENDED).exists()

    # Workers

    def take(self):
        claim = claims.claim("w")
        if claim:
            step = Step.objects.get(pk=claim.step_id)
            assert step.run_at is None or not query(
                "SELECT 1 FROM workflows_step WHERE id = %s AND run_at > wf_now()", step.pk
            )
            assert all(other.step_id != claim.step_id or other.token != claim.token for other in self.live)
        return claim

    @rule()
    def claim(self):
        if claim := self.take():
            self.live.append(claim)

    @rule(
        data=st.data(),
        how=st.sampled_from(["ok", "ok", "ok", "fail", "fatal", "unknown", "crash before", "crash after"]),
    )
    @precondition(lambda self: self.live)
    def work(self, data, how):
        claim = data.draw(st.sampled_from(self.live))
        self.live.remove(claim)
        self.perform(claim, how)

    def perform(self, claim, how, *, has_called=False):
        try:
            if how == "crash before":
                self.zombies.append((claim, False))
            elif how in {"fail", "fatal"}:
                transitions.fail(claim, "boom", is_final=how == "fatal")
            elif how == "unknown":
                transitions.ask_person(claim, "who knows?")
            else:
                if not has_called:
                    self.call(claim)
                if how == "crash after":
                    self.zombies.append((claim, True))
                else:
                    transitions.complete(claim, result={"ok": 1})
        except claims.LostLease:
            pass

    def call(self, claim):
        def provider(key):
            assert not Effect.objects.filter(key=key, state="done").exists(), (
                "called although the ledger has the answer"
            )
            self.calls[key] = self.calls.get(key, 0) + 1
            assert self.step_of_key.setdefault(key, claim.step_id) == claim.step_id, "two steps share a key"
            assert [k for k, step in self.step_of_key.items() if step == claim.step_id] == [key], "two keys for a step"
            holder = Step.objects.get(pk=claim.step_id)
            assert holder.lease_token == claim.token, "a worker without the lease called"
            return {"n": 1}

        return effects.once(claim, Step.objects.get(pk=claim.step_id), "p", provider)

    @rule(data=st.data(), how=st.sampled_from(["ok", "fail"]))
    @precondition(lambda self: self.zombies)
    def zombie_wakes(self, data, how):
        claim, has_called = zombie = data.draw(st.sampled_from(self.zombies))
        self.zombies.remove(zombie)
        self.perform(claim, how, has_called=has_called)

    @rule(data=st.data(), reclaim=st.booleans())
    @precondition(lambda self: self.zombies or self.live)
    def paused_worker_goes_on(self, data, reclaim):
        """Its lease runs out, the step is given to another, then it continues as if nothing had happened."""
        if self.live:
            claim = data.draw(st.sampled_from(self.live))
            self.live.remove(claim)
            self.perform(claim, "crash after")
        if not self.zombies:
            return
        claim, has_called = zombie = data.draw(st.sampled_from(self.zombies))
        self.zombies.remove(zombie)
        tick(61)
        sweeper.sweep()
        while reclaim and (other := self.take()):
            self.live.append(other)
            reclaim = other.step_id != claim.step_id
        before = self.row(claim.step_id)
        self.perform(claim, "ok", has_called=has_called)
        if before["lease_token"] != claim.token:
            assert self.row(claim.step_id) == before, "a worker without the lease changed the step"

    def row(self, step_id):
        return Step.objects.filter(pk=step_id).values("state", "lease_token", "attempt", "result").get()

    @rule(times=st.integers(1, 4))
    def flaky(self, times):
        """The same step fails again and again."""
        claim = self.take()
        for _ in range(times):
            if claim is None:
                return
            self.perform(claim, "fail")
            tick(60)
            claim = self.take()
        if claim:
            self.live.append(claim)

    # Scenarios that chance alone would seldom play; their runs then meet all the other rules.

    @rule(length=st.integers(2, 4), undo=st.sampled_from(["ok", "fatal", "crash after"]))
    @precondition(lambda self: self.started < MOST_RUNS)
    def chain_fails_at_its_end(self, length, undo):
        run = self.begin(chain(length))
        for number in range(length):
            if claim := self.take_of(run):
                self.perform(claim, "fatal" if number == length - 1 else "ok")
        if claim := self.take_of(run):
            self.perform(claim, undo)

    @rule(late=st.sampled_from(["ok", "crash after", "crash before", "unknown"]))
    @precondition(lambda self: self.started < MOST_RUNS)
    def sibling_is_late(self, late):
        step = {"undo": "test.undo", "on_failure": "compensate", "max_attempts": 9}
        run = self.begin([{"key": key, **step} for key in "abc"])
        one, two, three = self.take_of(run), self.take_of(run), self.take_of(run)
        if three:
            self.perform(one, "ok")
            self.perform(two, "fatal")
            self.safe()
            self.perform(three, late)

    @rule(outcome=st.sampled_from(["approved", "rejected"]))
    @precondition(lambda self: self.started < MOST_RUNS)
    def two_ways(self, outcome):
        run = self.begin(
            [
                {"key": "ask", "kind": "approval"},
                {"key": "yes", "after": ["ask:approved"]},
                {"key": "after_yes", "after": ["yes"]},
                {"key": "no", "after": ["ask:rejected"]},
                {"key": "end", "after": ["after_yes", "no"]},
            ]
        )
        step = Step.objects.get(run=run, key="ask")
        assert self.answer(step, outcome) is not None
        assert self.answer(step, "approved") is None, "decided twice"
        while claim := self.take_of(run):
            self.perform(claim, "ok")

    @rule(seconds=st.sampled_from([-4000, -90000]))
    def clock_goes_back_during_a_pause(self, seconds):
        if claim := self.take():
            self.perform(claim, "fail")
            tick(seconds)
            self.sweep()

    @rule(seconds=st.sampled_from([-4000, -90000]))
    def clock_goes_back_during_work(self, seconds):
        if claim := self.take():
            self.zombies.append((claim, False))
            tick(seconds)
            self.sweep()

    def take_of(self, run):
        """The next claim of this run; claims of others met on the way stay with their workers."""
        while claim := self.take():
            if claim.run_id == run.pk:
                return claim
            self.live.append(claim)
        return None

    @rule(times=st.integers(1, 8), last=st.sampled_from(["ok", "ok", "fatal"]))
    def busy_worker(self, times, last):
        """Drives runs deep, so that failures have something to undo."""
        for turn in range(times):
            sweeper.sweep()
            taken = list(iter(self.take, None))
            self.answer_all()
            for number, claim in enumerate(taken):
                self.perform(claim, last if (turn, number) == (times - 1, len(taken) - 1) else "ok")

    # People, time, the sweeper

    def answer(self, step, outcome):
        with transaction.atomic():
            run = transitions.lock_run(step.run_id)
            return transitions.end_waiting(run, Step.objects.get(pk=step.pk), by="Ann", outcome=outcome)

    def answer_all(self):
        for step in Step.objects.filter(state="waiting", kind="approval"):
            self.answer(step, "approved")

    @rule(data=st.data(), outcome=st.sampled_from(["approved", "approved", "rejected"]))
    def approve_twice(self, data, outcome):
        waiting = list(Step.objects.filter(state="waiting", kind="approval").order_by("pk"))
        if waiting:
            step = data.draw(st.sampled_from(waiting))
            assert self.answer(step, outcome) is not None
            assert self.answer(step, "approved") is None, "decided twice"

    @rule(how=st.sampled_from(["retry", "retry", "skip", "done"]))
    def person_resolves(self, how):
        step = Step.objects.filter(state="attention").order_by("pk").first()
        if step:
            with transaction.atomic():
                assert attention.resolve(transitions.lock_run(step.run_id), step, how=how, by="Ann")
            with transaction.atomic():
                step = Step.objects.get(pk=step.pk)
                assert (
                    not attention.resolve(transitions.lock_run(step.run_id), step, how=how, by="Bob") or how == "retry"
                )

    @rule()
    def early_timer(self):
        early = "SELECT id, run_id FROM workflows_step WHERE state = 'waiting' AND kind = 'wait' AND run_at > wf_now()"
        for pk, run in query(early):
            assert transitions.end_wait(run, pk) is None

    @rule(seconds=st.sampled_from([1, 6, 61, 4000, 90000, -30, -4000, -90000]))
    def clock_jumps(self, seconds):
        tick(seconds)

    @rule()
    def sweep(self):
        sweeper.sweep()
        assert not query(
            "SELECT 1 FROM workflows_step WHERE state = 'ready' AND run_at > wf_now() + interval '61 minutes' "
            "OR state = 'running' AND (lease_until > wf_now() + interval '1 hour' OR lease_until < wf_now())"
        ), "the sweeper left what is due, or what a clock gone back hides"

    # What must always hold

    @invariant()
    def safe(self):
        for words, sql in INVARIANTS.items():
            assert not query(sql), words
        for old, new in self.transitions_by_step():
            assert old == new, "the log of a step has a gap"
        assert len(set(self.step_of_key.values())) == len(self.step_of_key)

    def transitions_by_step(self):
        events = query("SELECT step_id, old_state, new_state FROM workflows_stepevent ORDER BY step_id, id")
        for (step, _, reached), (other, left, _) in pairwise(events):
            if step == other:
                yield reached, left

    def teardown(self):
        """Liveness: with the faults off, everything ends, and what a failed run did is undone."""
        if not self.started:
            return
        for _ in range(60):
            for claim in self.live:
                self.perform(claim, "ok")
            self.live = []
            sweeper.sweep()
            while claim := self.take():
                self.perform(claim, "ok")
            self.answer_all()
            for step in Step.objects.filter(state="attention"):
                with transaction.atomic():
                    attention.resolve(transitions.lock_run(step.run_id), step, how="retry", by="Ann")
            if not Run.objects.filter(state__in=Run.OPEN).exists():
                break
            tick(7200)
        self.safe()
        stuck = Step.objects.exclude(state__in=Step.ENDED).values_list("key", "state", "deps_left", "error")
        assert not Run.objects.filter(state__in=Run.OPEN).exists(), f"stuck: {list(stuck)}"
        assert not query(NOT_UNDONE), "a failed run has a step that was not undone"


def run_machine(company, *, examples: int | None = None, steps: int | None = None) -> None:
    """Let hypothesis play; `EXAMPLES` and `STEPS` in the environment make it longer."""
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("Machine", (EngineMachine,), {"company": company})
    with tenant(company):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples or int(os.environ.get("EXAMPLES", "25")),
                stateful_step_count=steps or int(os.environ.get("STEPS", "25")),
                deadline=None,
                database=None,
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink] if os.environ.get("SHRINK") else [Phase.generate],
            ),
        )
