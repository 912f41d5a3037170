"""The same machine, with people who decide in their own names about something that others change meanwhile."""

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity, Membership
from freelance_hub.permissions import Refused
from tests.workflows.engine_room import facts, tick
from tests.workflows.machine import EngineMachine
from tests.workflows.machine_graphs import TWO_ANSWERS
from tests.workflows.machine_scenes import may_start
from workflows import people
from workflows.engine import sweeper
from workflows.materials import content_of, hash_of
from workflows.models import Decision, Run, Step
from workflows.services.decisions import decide
from workflows.services.materials import content_changed
from workflows.services.runs import resume_run

NAMES, COUNTRIES = ("engine Ltd", "Renamed Ltd"), ("IE", "DE")
ANSWERS = ("approved", "approved", "approved", "rejected", "changes")


def standing(step):
    """Who has approved a step, as far as it counts."""
    rows = Decision.objects.filter(step=step, voided_at=None, outcome="approved")
    return set(rows.values_list("decided_by_id", flat=True))


def is_behind(step, others):
    """Whether the step comes after one of the others, however far."""
    parents = set(Step.objects.filter(edges_out__child=step))
    return bool(parents & others) or any(is_behind(parent, others) for parent in parents)


class ApprovalMachine(EngineMachine):
    kinds = ("approval", "approval", "approval", "decision", "automation", "task", "workflow")

    def fresh(self, step):
        return Step.objects.select_related("run", "tenant").get(pk=step.pk)

    @rule(data=st.data(), outcome=st.sampled_from(ANSWERS))
    def decides(self, data, outcome):
        """One of those who are asked answers, and clicks twice."""
        step = self.draw_step(data, state="waiting", kind="approval")
        if not step:
            return
        step = self.fresh(step)
        asked = list(people.candidates(step.run, step))
        assert asked, "an approval waits for nobody"
        person = data.draw(st.sampled_from(asked))
        before = standing(step)
        assert self.answer(step, outcome, by=person) is not None
        step = self.fresh(step)
        if outcome == "approved":
            assert standing(step) == before | {person.pk}
            is_enough = len(before) + 1 >= (step.needed or 1)
            assert (step.state, step.outcome) == (("done", "approved") if is_enough else ("waiting", ""))
        else:
            assert step.state == "done"
            assert step.outcome in {outcome, "rejected"}  # a graph that knows no “changes” takes it for a rejection
        count = Decision.objects.count()
        with pytest.raises(Refusal):
            decide(step=step, outcome="approved", actor=self.team[person.pk])
        assert Decision.objects.count() == count, "a double click counted twice"

    @rule(data=st.data())
    def somebody_who_may_not_decides(self, data):
        step = self.draw_step(data, kind="approval")
        person = data.draw(st.sampled_from(sorted(self.team)))
        if step:
            step = self.fresh(step)
            asked = people.candidates(step.run, step) if step.state == "waiting" else Membership.objects.none()
            if person not in asked.values_list("pk", flat=True):
                with pytest.raises((Refusal, Refused)):
                    decide(step=step, outcome="approved", actor=self.team[person])

    @rule(name=st.sampled_from(NAMES), country=st.sampled_from(COUNTRIES), size=st.sampled_from([1, 9]))
    def edit(self, name=None, country=None, size=None):
        """Exactly the decisions about what has changed are void, and exactly their approvals are asked again."""
        with transaction.atomic():
            entity = LegalEntity.objects.select_for_update().get()
            after = {"name": name or entity.name, "country": country or entity.country}
            of_open = Decision.objects.filter(
                voided_at=None, outcome="approved", step__run__state__in=("running", "paused")
            )
            due = {
                one.pk
                for one in of_open
                if any(after[field] != one.content.get(field, after[field]) for field in after)
            }
            done = list(Step.objects.filter(run__state__in=("running", "paused"), kind="approval", state="done"))
            before = {step.pk: standing(step) for step in done}
            LegalEntity.objects.update(**after)
            facts["size"] = size or facts["size"]
            voided = content_changed(subject=self.subject, actor=self.actor)
        assert {one.pk for one in voided} == due, "other decisions are void than those about what has changed"
        reopened = {one.step for one in voided}
        changed = reopened | set(Step.objects.filter(kind="decision", state__in=("ready", "held")))
        for step in done:
            state = Step.objects.get(pk=step.pk).state
            assert step in reopened or standing(step) == before[step.pk]
            if step in reopened and step.outcome == "approved":
                assert state in ("waiting", "held", "pending"), "an approval stands without its decision"
            else:
                assert state == "done" or is_behind(step, changed), "an approval is asked again for nothing"
        right = "yes" if facts["size"] > 5 else "no"
        made = Step.objects.filter(run__state__in=("running", "paused"), kind="decision", state="done")
        assert not made.exclude(outcome=right).exists(), "a decision stands though it would come out differently"

    @rule(data=st.data())
    def decides_about_what_was_there_before(self, data):
        step = self.draw_step(data, state="waiting", kind="approval")
        if not step:
            return
        step = self.fresh(step)
        person = people.candidates(step.run, step).first()
        seen = hash_of(content_of(step, self.subject, run=step.run))
        entity = self.subject
        self.edit(name=next(name for name in NAMES if name != entity.name))
        is_about_it = seen != hash_of(content_of(step, self.subject, run=step.run))
        if is_about_it and self.fresh(step).state == "waiting":
            with pytest.raises(Refusal):
                decide(step=step, outcome="approved", actor=self.team[person.pk], seen=seen)

    @rule(data=st.data())
    @may_start
    def two_have_answered_and_it_changes(self, data):
        run = self.begin(TWO_ANSWERS)
        for key in ("legal", "money", "money", "board"):
            self.answer(Step.objects.get(run=run, key=key), "approved")
        if data.draw(st.booleans()):
            self.answer(Step.objects.get(run=run, key="board"), data.draw(st.sampled_from(ANSWERS)))
        for how in data.draw(st.lists(st.sampled_from(["ok", "crash after"]), max_size=2)):
            if claim := self.take_of(run):
                self.perform(claim, how)
        tick(data.draw(st.sampled_from([1, 61])))
        sweeper.sweep()
        if data.draw(st.booleans()):
            self.hold(run)
        entity = self.subject
        field = data.draw(st.sampled_from(["name", "country", "size"]))
        other = {
            "name": {"name": next(name for name in NAMES if name != entity.name)},
            "country": {"country": next(country for country in COUNTRIES if country != entity.country)},
            "size": {"size": 10 - facts["size"]},
        }[field]
        self.edit(**other)
        self.safe()
        run = Run.objects.get(pk=run.pk)
        if run.state == "paused" and data.draw(st.booleans()):
            resume_run(run=run, actor=self.manager)
        if data.draw(st.booleans()):
            self.answer(Step.objects.get(run=run, key="legal"), data.draw(st.sampled_from(ANSWERS)))
