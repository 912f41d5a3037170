"""The engine under random work, crashes, lost leases, clock jumps, double clicks, pauses, parts and cancellations.

Each rule is something that happens in production; the invariants are what must hold after each of them; the teardown switches
the faults off and asks that everything ends. `machine_holds.py`: what people do with runs. `machine_scenes.py`: what chance
alone would seldom play. `machine_approvals.py`: people who decide about something that changes.
"""

import os
from typing import Any

from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from freelance_hub.access import Actor, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity, Tenant
from freelance_hub.tenancy.context import tenant
from tests.workflows.engine_room import employee, facts, superuser, tick, version_of
from tests.workflows.invariants import LOG, NOT_UNDONE, WITHOUT_EFFECT, log_problems, violated
from tests.workflows.machine_graphs import DEEPEST, KINDS, TEAMS, graphs
from tests.workflows.machine_holds import Holds
from tests.workflows.machine_scenes import Scenes
from workflows import people
from workflows.engine import claims, effects, parts, runs, sweeper, transitions
from workflows.models import Definition, Effect, Run, Step
from workflows.services.decisions import decide
from workflows.services.runs import recheck, resolve_step, resume_run

MOST_RUNS = 4
EMPTY = "".join(
    f"DELETE FROM {table}; "
    for table in (
        *(f"workflows_{name}" for name in ("effect", "stepevent", "edge", "ask", "decision")),
        "hub_notification",
        "workflows_step",
        *("workflows_run", "workflows_definitionversion", "workflows_definition", "hub_event"),
    )
)


def query(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall()


class EngineMachine(Holds, Scenes, RuleBasedStateMachine):
    company: Tenant  # set by the test: the tenant in whose context everything happens
    manager: Actor
    team: dict[int, Actor]  # whoever may approve, by membership
    kinds = KINDS

    def __init__(self):
        super().__init__()
        superuser(
            EMPTY + "UPDATE hub_legalentity SET name = 'engine Ltd', country = 'IE'; "
            "UPDATE wf_clock SET at = '2026-01-01 12:00+00'"
        )
        facts.clear()
        facts["size"] = 1
        self.live = []  # claims of workers that are at work
        self.read = {}  # token -> the step as its worker has read it
        self.zombies = []  # (claim, has called): workers that died or were paused
        self.calls = {}  # key -> how often the provider was called
        self.step_of_key = {}
        self.started = 0

    @property
    def actor(self):
        return automation(tenant_id=self.company.pk)

    @property
    def subject(self):
        return LegalEntity.objects.get()

    # Runs

    @initialize(data=st.data())
    def first(self, data):
        plain = tuple(kind for kind in self.kinds if kind != "approval")
        for key, graph in (
            ("inner", data.draw(graphs(plain, part="innermost", most=3))),
            ("innermost", DEEPEST),
        ):
            Definition.objects.filter(pk=version_of(*graph).definition_id).update(key=key, program=None)
        self.begin(data.draw(graphs(self.kinds)))

    @rule(data=st.data())
    @precondition(lambda self: self.started < MOST_RUNS)
    def start(self, data):
        self.begin(data.draw(graphs(self.kinds)))

    def begin(self, graph):
        self.started += 1
        arguments = {"version": version_of(*graph), "idempotency_key": f"k{self.started}", "actor": self.actor}
        run = runs.start(subject=self.subject, **arguments)
        before = Step.objects.count()
        assert runs.start(subject=self.subject, **arguments) == run
        assert Step.objects.count() == before, "the same key made steps twice"
        return run

    @rule(data=st.data(), undo=st.booleans())
    @precondition(lambda self: self.started > 1)
    def cancel(self, data, undo):
        self.claim()  # a worker is at it
        run = self.draw_run(data, *Run.OPEN)
        if run:
            assert runs.cancel(run.pk, actor=self.actor, undo=undo)
            if not undo:
                assert not runs.cancel(run.pk, actor=self.actor)
                assert not Step.objects.filter(run=run).exclude(state__in=Step.ENDED).exists()

    def draw_run(self, data, *wanted):
        found = list(Run.objects.filter(state__in=wanted).order_by("pk"))
        return data.draw(st.sampled_from(found)) if found else None

    def draw_step(self, data, **wanted):
        found = list(Step.objects.filter(**wanted).order_by("pk"))
        return data.draw(st.sampled_from(found)) if found else None

    # Workers

    def take(self):
        claim = claims.claim("w")
        if claim:
            step = Step.objects.get(pk=claim.step_id)
            assert step.run_at is None or not query(
                "SELECT 1 FROM workflows_step WHERE id = %s AND run_at > wf_now()", step.pk
            )
            assert all(other.token != claim.token for other in self.live)
            if claim.step_id % 2:  # as a worker knows it from the beginning of its work
                self.read[claim.token] = Step.objects.select_related("run").get(pk=claim.step_id)
        return claim

    @rule(times=st.sampled_from([1, 1, 2]))
    def claim(self, times=1):
        """A hint has come, or the same one twice."""
        for _ in range(times):
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
        kind = Step.objects.values_list("kind", flat=True).get(pk=claim.step_id)
        try:
            if how == "crash before":
                self.zombies.append((claim, False))
            elif how in {"fail", "fatal"}:
                transitions.fail(claim, "boom", is_final=how == "fatal")
            elif how == "unknown":
                transitions.ask_person(claim, "who knows?")
            elif kind == Step.Kind.WORKFLOW:
                self.begin_part(claim)
                if how == "crash after":
                    self.zombies.append((claim, True))
            else:
                if kind == Step.Kind.AUTOMATION and not has_called:
                    self.call(claim)
                if how == "crash after":
                    self.zombies.append((claim, True))
                else:
                    self.end(claim, kind)
        except claims.LostLease:
            pass

    def begin_part(self, claim):
        before = Run.objects.count()
        if parts.begin(claim) is None:
            assert Run.objects.count() == before, "a worker without the lease began a part"
        else:
            part, outer = Run.objects.latest("pk"), Run.objects.get(pk=claim.run_id)
            assert (part.state == "paused") == (outer.state == "paused"), "a part begins though its run is on hold"
        assert parts.begin(claim) is None, "the same claim was used twice"

    def end(self, claim, kind):
        """The worker says that it has done its step; a second time, as nobody heard the answer."""
        is_big = facts["size"] > 5
        outcome = {"outcome": "yes" if is_big else "no"} if kind == Step.Kind.DECISION else {}
        transitions.complete(claim, self.read.pop(claim.token, None), result={"ok": 1}, **outcome)
        assert transitions.complete(claim, **outcome) is None, "the same result counted twice"

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

    def answer(self, step, outcome, by=None):
        """The decision of somebody who may answer; None when nobody may."""
        step = Step.objects.select_related("run", "tenant").get(pk=step.pk)
        who = by or people.candidates(step.run, step).first()
        if who is None:
            return None
        try:
            return decide(step=step, outcome=outcome, actor=self.team[who.pk], comment="Because.")
        except Refusal as refusal:
            if refusal.code != "state_changed":
                raise
            return None

    def do_task(self, step):
        with transaction.atomic():
            run = transitions.lock_run(step.run_id)
            return transitions.end_waiting(run, Step.objects.get(pk=step.pk), by="Ann", outcome="done")

    def answer_all(self):
        """Approve what waits, quorums too, and do the tasks that nothing else ends."""
        for _ in range(2):
            for step in Step.objects.filter(state="waiting", kind="approval"):
                self.answer(step, "approved")
        for step in Step.objects.filter(state="waiting", kind="task"):
            if not step.ends_by_itself:
                assert self.do_task(step) is not None
                assert self.do_task(step) is None, "done twice"

    @rule(data=st.data(), outcome=st.sampled_from(["approved", "approved", "rejected"]))
    def approve_twice(self, data, outcome):
        step = self.draw_step(data, state="waiting", kind="approval", needed=None)
        if step:
            assert self.answer(step, outcome) is not None
            assert self.answer(step, "approved") is None, "decided twice"

    @rule(data=st.data(), how=st.sampled_from(["retry", "retry", "skip", "done"]))
    def person_resolves(self, data, how):
        step = self.draw_step(data, state="attention")
        if step:
            how = "retry" if step.kind in ("approval", "decision") else how
            resolve_step(step=step, how=how, reason="So.", actor=self.manager)
            step.refresh_from_db()
            assert step.state != "attention"

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
            "OR state = 'running' AND (lease_until > wf_now() + interval '1 hour' OR lease_until < wf_now()) "
            "OR state = 'waiting' AND kind = 'wait' AND run_at <= wf_now()"
        ), "the sweeper left what is due, or what a clock gone back hides"

    # What must always hold

    @invariant()
    def safe(self):
        assert not (words := query(violated(WITHOUT_EFFECT))), words
        assert not (words := log_problems(query(LOG))), words
        assert len(set(self.step_of_key.values())) == len(self.step_of_key)
        if facts.get("is_there"):
            assert not Step.objects.filter(state="waiting", params__skip_when="is_there").exists(), (
                "a step waits for what has happened"
            )

    def teardown(self):
        """Liveness: with the faults off, everything ends, and what a failed run did is undone."""
        if not self.started:
            return
        for run in Run.objects.filter(state="paused").order_by("pk"):
            run.refresh_from_db()
            if run.state == "paused":  # parts go on with theirs
                resume_run(run=run, actor=self.manager)
        facts["is_there"] = True
        recheck(subject=self.subject, actor=self.actor)
        for _ in range(60):
            for claim in self.live:
                self.perform(claim, "ok")
            self.live = []
            sweeper.sweep()
            while claim := self.take():
                self.perform(claim, "ok")
            self.answer_all()
            for step in Step.objects.filter(state="attention"):
                resolve_step(step=step, how="retry", actor=self.manager)
            if not Run.objects.filter(state__in=Run.OPEN).exists():
                break
            tick(7200)
        self.safe()
        stuck = Step.objects.exclude(state__in=Step.ENDED).values_list("key", "state", "deps_left", "error")
        assert not Run.objects.filter(state__in=Run.OPEN).exists(), f"stuck: {list(stuck)}"
        assert not query(NOT_UNDONE), "a failed run has a step that was not undone"


def run_machine(company, *, machine=EngineMachine, examples: int | None = None, steps: int | None = None) -> None:
    """Let hypothesis play; `EXAMPLES` and `STEPS` in the environment make it longer."""
    from hypothesis.stateful import run_state_machine_as_test

    with tenant(company):
        people: dict[str, Any] = {
            "manager": employee("mia", "workflow.manage", "task.see_all"),
            "team": {
                one.membership_id: one
                for capability, size in TEAMS.items()
                for one in (employee(f"{capability}{number}", capability, "task.see") for number in range(size))
            },
        }
        run_state_machine_as_test(
            type("Machine", (machine,), {"company": company, **people}),
            settings=settings(
                max_examples=examples or int(os.environ.get("EXAMPLES", "16")),
                stateful_step_count=steps or int(os.environ.get("STEPS", "25")),
                deadline=None,
                database=None,
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink] if os.environ.get("SHRINK") else [Phase.generate],
            ),
        )
