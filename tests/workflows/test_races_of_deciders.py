"""People at once, on real connections: about what is asked again, by a link and in the inbox, in each other's place."""

import os
from datetime import date

import pytest

from freelance_hub.access import actor_for, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from tests.workflows.engine_room import employee, start, states, step_of
from tests.workflows.test_approval_content import edit
from tests.workflows.test_races import approver, together
from workflows.engine import runs
from workflows.models import Decision, DecisionLink, StepEvent
from workflows.services import links
from workflows.services.decisions import decide
from workflows.services.delegations import delegate

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = int(os.environ.get("RACES", "6"))
AFTER = (
    {"key": "go", "kind": "task", "after": ["ask:approved"]},
    {"key": "mend", "kind": "task", "after": ["ask:rejected"]},
)


@pytest.fixture
def asked(engine):
    """Asks anew each time, when what was asked before is over."""
    begun = []

    def again(**details):
        while begun:
            runs.cancel(begun.pop().pk, actor=automation(tenant_id=engine.pk))
        begun.append(start({"key": "ask", "kind": "approval", "material": ["name"], **details}, *AFTER))
        return begun[0]

    return again


def says(run, actor, outcome="approved"):
    return lambda: decide(step=step_of(run, "ask"), outcome=outcome, actor=actor, comment="So.")


def standing(run):
    return Decision.objects.filter(step__run=run, voided_at=None)


def refusals(answers):
    """Whoever was refused; everything else that went wrong is an error of the test."""
    others = [one for one in answers if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert not others, others
    return [one for one in answers if isinstance(one, Refusal)]


@pytest.mark.parametrize(("details", "count"), [({}, 1), ({"mode": "quorum", "quorum": 2}, 2), ({"mode": "all"}, 3)])
def test_those_who_race_for_what_is_asked_again_count_once_each(engine, asked, details, count):
    three = [approver(name) for name in ("ann", "bob", "cem")]
    for number in range(TIMES):
        run = asked(**details)
        for one in three[:count]:
            says(run, one)()
        assert len(edit(engine, name=f"Name {number}")) == count

        answers = together(engine, *(says(run, one) for one in three))

        assert len(refusals(answers)) == 3 - count
        assert standing(run).filter(outcome="approved").count() == count
        assert states(run) == {"ask": "done", "go": "waiting", "mend": "skipped"}
        assert StepEvent.objects.filter(step=step_of(run, "ask"), new_state="done").count() == 2


def test_an_edit_and_the_last_approval_of_a_quorum_leave_nothing_approved_about_the_old(engine, asked):
    ann, bob = approver("ann"), approver("bob")
    approver("cem")
    for number in range(TIMES):
        run = asked(mode="quorum", quorum=2)
        says(run, ann)()

        refusals(together(engine, says(run, bob), lambda number=number: edit(engine, name=f"Name {number}")))

        assert {one.content["name"] for one in standing(run)} <= {f"Name {number}"}
        assert standing(run).count() < 2
        assert states(run) == {"ask": "waiting", "go": "pending", "mend": "pending"}


def test_a_rejection_and_an_edit_at_once_leave_one_of_them(engine, asked):
    ann, bob = approver("ann"), approver("bob")
    for number in range(TIMES):
        run = asked(mode="all")
        says(run, ann)()

        refusals(
            together(engine, says(run, bob, "rejected"), lambda number=number: edit(engine, name=f"Name {number}"))
        )

        assert states(run) == {"ask": "done", "go": "skipped", "mend": "waiting"}
        assert list(standing(run).values_list("outcome", flat=True)) == ["rejected"]


def link_for(run, actor):
    secret = links.mint(step=step_of(run, "ask"), member=Membership.objects.get(pk=actor.membership_id))
    return links.find(secret)


def by(found):
    return lambda: links.decide_by_link(found=found, outcome="approved")


def test_a_link_that_is_used_twice_at_once_decides_once(engine, asked):
    ann = employee("ann", "requisition.approve", "task.see")
    approver("bob")
    for details in [{}, {"mode": "all"}] * (TIMES // 2):
        run = asked(**details)
        found = link_for(run, ann)

        answers = together(engine, by(found), by(found))

        assert [one.code for one in refusals(answers)] == ["dead_link"]
        assert standing(run).count() == 1
        assert DecisionLink.objects.filter(step__run=run).exclude(used_at=None).count() == 1


def test_a_link_and_the_inbox_at_once_decide_once(engine, asked):
    ann, bob = approver("ann"), approver("bob")
    for number in range(TIMES):
        run = asked()
        found = link_for(run, ann)

        answers = together(engine, by(found), says(run, (ann, bob)[number % 2], "rejected"))

        assert len(refusals(answers)) == 1
        decision = standing(run).get()
        assert step_of(run, "ask").outcome == decision.outcome
        assert (decision.outcome, decision.via) in (("approved", "link"), ("rejected", "page"))


def test_a_link_decides_nothing_about_what_is_edited_at_the_same_time(engine, asked):
    ann = approver("ann")
    for number in range(TIMES):
        run = asked()
        found = link_for(run, ann)

        refusals(together(engine, by(found), lambda number=number: edit(engine, name=f"Name {number}")))

        assert not standing(run).exists()
        assert states(run) == {"ask": "waiting", "go": "pending", "mend": "pending"}


@pytest.mark.parametrize("mode", ["any", "all"])
def test_a_delegate_and_the_one_they_stand_in_for_fill_one_place(engine, asked, mode):
    ann, bob = approver("ann"), approver("bob")
    dee = employee("dee", "task.see")
    giver, taker = (Membership.objects.get(pk=one.membership_id) for one in (ann, dee))
    delegate(giver=giver, taker=taker, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2), actor=actor_for(giver))
    for _ in range(TIMES):
        run = asked(mode=mode)

        answers = together(engine, says(run, ann), says(run, dee))

        assert len(refusals(answers)) == 1
        assert [one.in_place_of_id for one in standing(run)] == [ann.membership_id]
        if mode == "all":
            assert states(run)["ask"] == "waiting"
            says(run, bob)()
        assert states(run) == {"ask": "done", "go": "waiting", "mend": "skipped"}
