"""What people do with runs: pause and resume, skip, try again at once; facts that come true; parts that end badly."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from freelance_hub.errors import Refusal
from tests.workflows.engine_room import facts, tick
from tests.workflows.machine_graphs import HOLDS
from tests.workflows.machine_scenes import may_start
from workflows.engine import clock, runs, sweeper
from workflows.models import Run, Step
from workflows.services.runs import pause_run, recheck, resume_run, retry_now, skip_step

OVER = ("done", "compensated", "cancelled")


def with_parts(run):
    """The run and the open runs that are part of it, however deep."""
    found = [run]
    for one in found:
        found += Run.objects.filter(parent_step__run=one, state__in=Run.OPEN).order_by("pk")
    return found


def timers_of(run):
    """(end, since) of each wait of the run that is on hold or waits."""
    rows = Step.objects.filter(run=run, kind="wait", state__in=("held", "waiting"))
    return {pk: (end, since) for pk, end, since in rows.values_list("pk", "run_at", "since")}


class Holds:
    def hold(self, run):
        pause_run(run=run, reason="Wait.", actor=self.manager)
        for one in with_parts(run):
            assert one.state != "running", "a pause did not reach a part"
            waiting = Step.objects.filter(run=one, state__in=("ready", "waiting"))
            assert one.state != "paused" or not waiting.exists(), "a paused run has a step that begins or waits"
        with pytest.raises(Refusal):
            pause_run(run=run, reason="Again.", actor=self.manager)

    def let_go(self, run):
        held, now = timers_of(run), clock.now()
        has_held = Step.objects.filter(run=run, state="held").exists()
        resume_run(run=run, actor=self.manager)
        for pk, (end, _) in timers_of(run).items():
            assert end == held[pk][0] + (now - held[pk][1]), "a timer did not move on by the pause"
        assert not has_held or Step.objects.filter(run=run, state__in=("ready", "waiting", "done", "skipped")).exists()
        assert not Run.objects.filter(pk__in=[one.pk for one in with_parts(run)], state="paused").exists()
        with pytest.raises(Refusal):
            resume_run(run=run, actor=self.manager)

    @rule(data=st.data())
    def pause(self, data):
        run = self.draw_run(data, "running")
        if run:
            self.hold(run)

    @rule(data=st.data())
    def resume(self, data):
        run = self.draw_run(data, "paused")
        if run:
            self.let_go(run)

    @rule(data=st.data(), seconds=st.sampled_from([1, 4000, 90000, -4000]))
    def pause_for_a_while(self, data, seconds):
        """A worker is at it, and ends or dies while the run is on hold."""
        self.claim()
        run = self.draw_run(data, "running")
        if not run:
            return
        self.hold(run)
        if self.live:
            self.perform(self.live.pop(), data.draw(st.sampled_from(["ok", "fail", "crash before", "fatal"])))
        tick(seconds)
        sweeper.sweep()
        self.safe()
        run.refresh_from_db()
        if run.state == "paused":
            self.let_go(run)

    @rule(data=st.data())
    def skip(self, data):
        step = self.draw_step(data, state__in=("ready", "waiting", "held", "running", "pending", "done"))
        if step:
            self.try_to_skip(step)

    def try_to_skip(self, step):
        before = Step.objects.filter(pk=step.pk).values("state", "outcome").get()
        is_open = step.state in ("ready", "waiting", "held") and step.compensates_id is None
        if is_open and step.kind not in ("approval", "decision"):
            skip_step(step=step, reason="So.", actor=self.manager)
            assert not Run.objects.filter(parent_step=step, state__in=Run.OPEN).exists(), "a part goes on for nobody"
        else:
            with pytest.raises(Refusal):
                skip_step(step=step, reason="So.", actor=self.manager)
            assert Step.objects.filter(pk=step.pk).values("state", "outcome").get() == before

    @rule(data=st.data())
    def try_again_at_once(self, data):
        step = self.draw_step(data, state="ready")
        if step:
            retry_now(step=step, actor=self.manager)
            assert Step.objects.get(pk=step.pk).run_at is None

    @rule(is_true=st.booleans())
    def fact_changes(self, is_true):
        facts["is_there"] = is_true
        recheck(subject=self.subject, actor=self.actor)

    # Scenes

    @rule(data=st.data(), seconds=st.sampled_from([60, 90000]), worker=st.sampled_from(["ok", "fail", "fatal", "none"]))
    @may_start
    def everything_is_on_hold(self, data, seconds, worker):
        run = self.begin(HOLDS)
        taken = [claim for claim in (self.take_of(run), self.take_of(run)) if claim]
        if taken and data.draw(st.booleans()):
            self.perform(taken.pop(), "ok")
        self.hold(run)
        for claim, how in zip(taken, (worker, "ok"), strict=False):
            if how != "none":
                self.perform(claim, how)
        self.safe()
        if data.draw(st.booleans()):
            self.fact_changes(is_true=True)
        tick(seconds)
        sweeper.sweep()
        self.safe()
        run.refresh_from_db()
        if run.state == "paused" and data.draw(st.booleans()):
            self.let_go(run)

    @rule(
        end=st.sampled_from(["cancelled", "compensated", "done", "skipped", "outer", "outer undone"]),
        held=st.booleans(),
    )
    @may_start
    def part_ends(self, end, held):
        """A run and its part: the part ends in one of its ways, or goes when its run goes; perhaps on hold meanwhile."""
        outer = self.begin(
            [
                {"key": "first", "undo": "test.undo"},
                {"key": "part", "kind": "workflow", "workflow": "innermost", "after": ["first"]},
                {"key": "behind", "after": ["part"]},
            ]
        )
        for _ in range(2):
            if claim := self.take_of(outer):
                self.perform(claim, "ok")
        part = Run.objects.filter(parent_step__run=outer).first()
        if part is None:
            return
        if held:
            self.hold(outer)
        self.end_part(outer, part, end)
        self.safe()
        sweeper.sweep()
        self.safe()
        part.refresh_from_db()
        step = Step.objects.get(run=outer, key="part")
        if part.state in OVER and not held:
            assert step.state != "waiting", "the end of a part was not told"
        outer.refresh_from_db()
        if outer.state == "paused":
            self.let_go(outer)
            sweeper.sweep()
            step.refresh_from_db()
            assert part.state not in OVER or step.state != "waiting", "the end of a part during a pause was not told"

    def end_part(self, outer, part, end):
        if end in ("cancelled", "compensated"):
            runs.cancel(part.pk, actor=self.actor, undo=end == "compensated")
        elif end == "skipped":
            self.try_to_skip(Step.objects.get(run=outer, key="part"))
        elif end == "done" and (claim := self.take_of(part)):
            self.perform(claim, "ok")
        elif end.startswith("outer"):
            runs.cancel(outer.pk, actor=self.actor, undo=end == "outer undone")
            part.refresh_from_db()
            assert part.state in (*OVER, "compensating"), "a part goes on without its run"
