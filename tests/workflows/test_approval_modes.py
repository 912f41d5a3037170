"""Any, all, a quorum; changes asked for; people racing for the last place."""

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership
from freelance_hub.permissions import Refused
from freelance_hub.services.members import suspend_member
from tests.workflows.engine_room import start, states, step_of
from tests.workflows.test_races import approver, together
from workflows.models import Ask, Decision, Run, Step
from workflows.people import candidates, waiting_for
from workflows.services.decisions import decide

EVERYBODY = {"key": "ask", "kind": "approval", "mode": "all"}
TWO = {"key": "ask", "kind": "approval", "mode": "quorum", "quorum": 2}
AFTER = ({"key": "yes", "after": ["ask:approved"]}, {"key": "no", "after": ["ask:rejected"]})


def answer(run, actor, outcome="approved", comment="Because."):
    return decide(step=step_of(run, "ask"), outcome=outcome, actor=actor, comment=comment)


def test_all_means_everybody_who_was_asked_when_the_step_began(engine):
    ann, bob = approver("ann"), approver("bob")
    run = start(EVERYBODY, *AFTER)
    approver("late")

    answer(run, ann)
    assert states(run)["ask"] == "waiting"
    answer(run, bob)

    assert set(Ask.objects.values_list("member", flat=True)) == {ann.membership_id, bob.membership_id}
    assert states(run) == {"ask": "done", "yes": "ready", "no": "skipped"}
    assert step_of(run, "ask").comment == "Because. · Because."


def test_a_quorum_ends_with_its_last_approval_and_not_before(engine):
    ann, bob, cem = approver("ann"), approver("bob"), approver("cem")
    run = start(TWO, *AFTER)

    answer(run, ann)
    assert (states(run)["ask"], list(waiting_for(ann)), len(waiting_for(bob))) == ("waiting", [], 1)
    answer(run, bob)

    assert states(run)["yes"] == "ready"
    with pytest.raises(Refusal, match="has approved this already"):
        answer(run, cem)
    assert Decision.objects.count() == Event.objects.filter(kind="step.decided").count() == 2
    assert AuditEvent.objects.filter(table_name="workflows_decision").count() == 2


def test_the_first_rejection_ends_it(engine):
    ann, bob = approver("ann"), approver("bob")
    run = start(EVERYBODY, *AFTER)

    answer(run, ann)
    answer(run, bob, "rejected", "Too dear.")

    assert states(run) == {"ask": "done", "yes": "skipped", "no": "ready"}
    assert step_of(run, "ask").comment == "Too dear."


def test_nobody_counts_twice_in_a_quorum(engine):
    ann = approver("ann")
    approver("bob")
    run = start(TWO)

    answer(run, ann)

    with pytest.raises(Refusal, match="You have decided this already"):
        answer(run, ann)
    assert Decision.objects.count() == 1


def test_a_quorum_asks_neither_the_requester_nor_who_is_not_asked(engine):
    ann, bob, cem = approver("ann"), approver("bob"), approver("cem")
    run = start(TWO, started_by=Membership.objects.select_related("user").get(pk=ann.membership_id))

    assert {one.pk for one in candidates(run, step_of(run, "ask"))} == {bob.membership_id, cem.membership_id}
    with pytest.raises(Refusal, match="own request"):
        answer(run, ann)
    with pytest.raises(Refusal, match="somebody else"):
        answer(run, approver("new"))


def test_when_too_few_are_left_the_thing_goes_back_and_says_why(engine):
    ann, bob, cem = approver("ann"), approver("bob"), approver("cem")
    run = start(TWO, *AFTER)
    answer(run, ann)
    manager = approver("manager")
    Membership.objects.filter(pk=bob.membership_id).update(manager=manager.membership_id)

    suspend(bob)
    assert states(run)["ask"] == "waiting"  # the manager answers in Bob's place
    suspend(manager)
    assert states(run)["ask"] == "waiting"  # Cem is there
    suspend(cem)

    ask = step_of(run, "ask")
    assert (ask.outcome, states(run)["no"]) == ("rejected", "ready")
    assert "2 people must approve" in ask.comment


def suspend(actor):
    from freelance_hub.access import automation

    member = Membership.objects.get(pk=actor.membership_id)
    suspend_member(membership=member, actor=automation(tenant_id=member.tenant_id))


def test_changes_give_it_back_by_their_own_edge_or_as_a_rejection_does(engine):
    ann = approver("ann")
    knows = start({"key": "ask", "kind": "approval"}, {"key": "mend", "after": ["ask:changes"]}, *AFTER)
    knows_not = start({"key": "ask", "kind": "approval"}, *AFTER)

    with pytest.raises(Refusal, match="Say why"):
        answer(knows, ann, "changes", " ")
    answer(knows, ann, "changes", "Shorter.")
    answer(knows_not, ann, "changes", "Shorter.")

    assert states(knows) == {"ask": "done", "mend": "ready", "yes": "skipped", "no": "skipped"}
    assert states(knows_not) == {"ask": "done", "yes": "skipped", "no": "ready"}
    assert set(Decision.objects.values_list("outcome", flat=True)) == {"changes"}


def test_of_two_who_race_for_the_last_place_of_a_quorum_one_is_heard(engine):
    ann, bob, cem = approver("ann"), approver("bob"), approver("cem")
    for _ in range(6):
        run = start(TWO, *AFTER)
        answer(run, ann)

        answers = together(engine, lambda run=run: answer(run, bob), lambda run=run: answer(run, cem))

        refusals = [one for one in answers if isinstance(one, Refusal)]
        assert len(refusals) == 1
        assert "has approved this already" in str(refusals[0])
        assert states(run) == {"ask": "done", "yes": "ready", "no": "skipped"}
        assert Decision.objects.filter(step__run=run).count() == 2


def test_a_double_click_in_a_quorum_counts_once(engine):
    ann = approver("ann")
    approver("bob")
    for _ in range(6):
        run = start(TWO)

        answers = together(engine, lambda run=run: answer(run, ann), lambda run=run: answer(run, ann))

        assert sum(isinstance(one, Refusal) for one in answers) == 1
        assert Decision.objects.filter(step__run=run).count() == 1
        assert states(run)["ask"] == "waiting"


def test_a_rejection_and_the_last_approval_at_once_leave_one_answer(engine):
    ann, bob, cem = approver("ann"), approver("bob"), approver("cem")
    for _ in range(6):
        run = start(TWO, *AFTER)
        answer(run, ann)

        together(engine, lambda run=run: answer(run, bob), lambda run=run: answer(run, cem, "rejected"))

        ask = Step.objects.get(run=run, key="ask")
        last = Decision.objects.filter(step=ask).latest("pk")
        assert (ask.outcome, ask.decided_by) == (last.outcome, last.decided_by)
        assert Run.objects.get(pk=run.pk).state == "running"


def test_who_has_no_right_is_refused_also_where_anybody_may(engine):
    approver("ann")
    run = start({"key": "ask", "kind": "approval", "who": {"capability": "invoice.release"}})

    with pytest.raises(Refused):
        answer(run, approver("bob"))
