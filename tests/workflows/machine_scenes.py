"""Scenes that chance alone would seldom play; their runs then meet all the other rules."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.workflows.engine_room import tick
from tests.workflows.machine_graphs import TWO_WAYS, chain
from workflows.models import Step

may_start = precondition(lambda self: self.started < 4)


class Scenes:
    @rule(length=st.integers(2, 4), undo=st.sampled_from(["ok", "fatal", "crash after"]))
    @may_start
    def chain_fails_at_its_end(self, length, undo):
        run = self.begin(chain(length))
        for number in range(length):
            if claim := self.take_of(run):
                self.perform(claim, "fatal" if number == length - 1 else "ok")
        for step in Step.objects.filter(run=run, state="ready").exclude(compensates=None):
            self.try_to_skip(step)
        if claim := self.take_of(run):
            self.perform(claim, undo)

    @rule(late=st.sampled_from(["ok", "crash after", "crash before", "unknown"]), is_part=st.booleans())
    @may_start
    def sibling_is_late(self, late, is_part):
        step = {"on_failure": "compensate", "max_attempts": 9}
        kinds = {"c": {"kind": "workflow", "workflow": "inner"}} if is_part else {}
        run = self.begin([{"key": key, **step, **kinds.get(key, {"undo": "test.undo"})} for key in "abc"])
        one, two, three = self.take_of(run), self.take_of(run), self.take_of(run)
        if three:
            self.perform(one, "ok")
            self.perform(two, "fatal")
            self.safe()
            self.perform(three, late)

    @rule(outcome=st.sampled_from(["approved", "rejected"]))
    @may_start
    def two_ways(self, outcome):
        run = self.begin(TWO_WAYS)
        step = Step.objects.get(run=run, key="ask")
        self.try_to_skip(step)
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
