"""Extensions and amendments, run to each of their ends with the real services."""

from datetime import timedelta
from decimal import Decimal

import pytest

from freelance_hub.errors import Refusal
from talent.access import visible_amendments
from talent.models import Amendment, Assignment
from talent.services import amendments as services
from tests.factories.work import make_assignment
from tests.workflows.engine_room import drain
from workflows.models import Decision, Run, Step
from workflows.services.answers import complete_task
from workflows.services.decisions import decide

State = Amendment.State


@pytest.fixture
def at_work(acme):
    with acme.enter():
        yield make_assignment(acme)


def ask(company, at_work, by="hiring_manager", **terms):
    """A submitted change of terms with its run."""
    amendment = services.create_amendment(assignment=at_work, reason="More to do.", actor=company.actor(by), **terms)
    services.submit_amendment(amendment=amendment, actor=company.actor(by))
    drain()
    return amendment, Run.objects.get(subject_type="talent.amendment", subject_id=amendment.pk)


def step(run, key):
    return Step.objects.get(run=run, key=key)


def say(company, run, key, who, outcome="approved", comment=""):
    decide(step=step(run, key), outcome=outcome, actor=company.actor(who), comment=comment)
    drain()


def ends(run, *things):
    """The state of the run and of things about it, fresh."""
    for thing in (run, *things):
        thing.refresh_from_db()
    return [thing.state for thing in (run, *things)]


def waiting(run):
    return sorted(Step.objects.filter(run=run, state=Step.State.WAITING).values_list("key", flat=True))


def extend(company, at_work, **details):
    return ask(company, at_work, ends_on=at_work.ends_on + timedelta(days=30), **details)


# Extend


def test_an_extension_takes_one_approval_and_the_freelancers_yes(acme, at_work):
    until = at_work.ends_on + timedelta(days=30)
    amendment, run = extend(acme, at_work)
    assert run.version.definition.key == "extension"
    say(acme, run, "approve", "approver", comment="Fine.")
    assert (waiting(run), step(run, "answer").assignee) == (["answer"], acme.people["freelancer"])

    services.accept_amendment(amendment=amendment, actor=acme.actor("freelancer"))
    drain()

    at_work.refresh_from_db()
    assert ends(run, amendment) == ["done", "agreed"]
    assert (at_work.ends_on, amendment.decision_note) == (until, "Fine.")


@pytest.mark.parametrize(("outcome", "state"), [("rejected", State.REJECTED), ("changes", State.DRAFT)])
def test_an_extension_that_is_not_approved_ends_with_the_reason(acme, at_work, outcome, state):
    amendment, run = extend(acme, at_work)

    say(acme, run, "approve", "approver", outcome, "Too long.")

    assert ends(run, amendment) == ["done", state]
    assert amendment.decision_note == "Too long."


def test_the_freelancers_no_ends_it_and_changes_nothing(acme, at_work):
    until = at_work.ends_on
    amendment, run = extend(acme, at_work)
    say(acme, run, "approve", "approver")

    services.decline_amendment(amendment=amendment, reason="I am booked.", actor=acme.actor("freelancer"))
    drain()

    assert ends(run, amendment) == ["done", "declined"]
    assert Assignment.objects.get(pk=at_work.pk).ends_on == until


def test_the_answer_is_given_on_the_terms_and_nowhere_else(acme, at_work):
    _amendment, run = extend(acme, at_work)
    say(acme, run, "approve", "approver")

    with pytest.raises(Refusal) as refusal:
        complete_task(step=step(run, "answer"), actor=acme.actor("freelancer"))

    assert refusal.value.code == "by_itself"


@pytest.mark.parametrize("before", ["approve", "answer"])
def test_taken_back_asks_nobody_any_more(acme, at_work, before):
    amendment, run = extend(acme, at_work)
    if before == "answer":
        say(acme, run, "approve", "approver")

    services.withdraw_amendment(amendment=amendment, actor=acme.actor("hiring_manager"))

    assert ends(run, amendment) == ["cancelled", "withdrawn"]
    assert waiting(run) == []


# Amend


def test_more_money_asks_an_approver_and_finance_and_the_manager_only_when_others_ask(acme, at_work):
    amendment, run = ask(acme, at_work, budget=Decimal(11800), scope="Milestone 4")
    assert run.version.definition.key == "amendment"
    assert waiting(run) == ["money", "terms"]
    say(acme, run, "terms", "program_manager")
    say(acme, run, "money", "finance")
    services.accept_amendment(amendment=amendment, actor=acme.actor("freelancer"))
    drain()
    assert ends(run, amendment) == ["done", "agreed"]

    _amendment, run = ask(acme, Assignment.objects.get(), by="program_manager", budget=Decimal(12000))
    assert waiting(run) == ["manager", "money", "terms"]


def test_without_money_nobody_is_asked_about_money(acme, at_work):
    amendment, run = ask(acme, at_work, scope="Milestone 4 instead of 3")
    assert waiting(run) == ["terms"]

    say(acme, run, "terms", "approver")

    assert ends(run, amendment) == ["running", "offered"]
    assert waiting(run) == ["answer"]


def test_one_person_does_not_decide_twice(acme, at_work):
    _amendment, run = ask(acme, at_work, budget=Decimal(11800))
    say(acme, run, "terms", "approver")

    with pytest.raises(Refusal) as refusal:
        say(acme, run, "money", "approver")

    assert refusal.value.code == "second_pair_of_eyes"


@pytest.mark.parametrize(
    ("first", "who", "outcome", "state"),
    [
        ("terms", "approver", "rejected", State.REJECTED),
        ("terms", "approver", "changes", State.DRAFT),
        ("money", "finance", "rejected", State.REJECTED),
        ("money", "finance", "changes", State.DRAFT),
    ],
)
def test_a_no_spares_the_others_their_decision(acme, at_work, first, who, outcome, state):
    amendment, run = ask(acme, at_work, budget=Decimal(11800))

    say(acme, run, first, who, outcome, "Not like this.")

    assert ends(run, amendment) == ["done", state]
    assert amendment.decision_note == "Not like this."
    assert Assignment.objects.get(pk=at_work.pk).budget == Decimal(10000)


def test_a_no_after_a_yes_still_counts(acme, at_work):
    amendment, run = ask(acme, at_work, budget=Decimal(11800))
    say(acme, run, "terms", "program_manager")

    say(acme, run, "money", "finance", "rejected", "No money.")

    assert ends(run, amendment) == ["done", "rejected"]


def test_what_was_given_back_is_sent_again_with_a_run_of_its_own(acme, at_work):
    amendment, run = ask(acme, at_work, budget=Decimal(11800))
    say(acme, run, "terms", "approver", "changes", "Say which milestone.")
    amendment.refresh_from_db()

    services.update_amendment(amendment=amendment, actor=acme.actor("hiring_manager"), scope="Milestone 4")
    services.submit_amendment(amendment=amendment, actor=acme.actor("hiring_manager"))
    drain()

    assert Run.objects.filter(subject_type="talent.amendment", subject_id=amendment.pk).count() == 2


def test_the_approver_sees_what_they_are_asked_and_nothing_else(acme, at_work):
    amendment, _run = extend(acme, at_work)

    assert list(visible_amendments(acme.actor("approver"))) == [amendment]
    assert list(visible_amendments(acme.actor("teammate"))) == []


# Edited while it is in approval


def standing(run):
    """The approvals that stand, by step and person."""
    found = Decision.objects.filter(step__run=run, voided_at=None).order_by("pk")
    return [(one.step.key, one.decided_by.user.email.split("@")[0]) for one in found.select_related("step")]


def test_more_money_voids_the_approval_of_money_and_keeps_that_of_scope(acme, at_work):
    amendment, run = ask(acme, at_work, by="program_manager", budget=Decimal(11800), scope="Milestone 4")
    say(acme, run, "terms", "approver")
    say(acme, run, "money", "finance")
    assert (standing(run), waiting(run)) == ([("terms", "approver"), ("money", "finance")], ["manager"])

    services.update_amendment(amendment=amendment, actor=acme.actor("program_manager"), budget=Decimal(12000))
    drain()

    assert (standing(run), waiting(run)) == ([("terms", "approver")], ["manager", "money"])
    voided = Decision.objects.exclude(voided_at=None).get()
    assert voided.voided_because == "Budget: €11,800.00 → €12,000.00"
    say(acme, run, "manager", "hiring_manager")
    assert ends(run, amendment) == ["running", "in_approval"]
    say(acme, run, "money", "finance")
    assert ends(run, amendment) == ["running", "offered"]


def test_another_scope_voids_the_approval_of_scope_and_keeps_that_of_money(acme, at_work):
    amendment, run = ask(acme, at_work, by="program_manager", budget=Decimal(11800), scope="Milestone 4")
    say(acme, run, "terms", "approver")
    say(acme, run, "money", "finance")

    services.update_amendment(amendment=amendment, actor=acme.actor("program_manager"), scope="Milestones 4 and 5")
    drain()

    assert (standing(run), waiting(run)) == ([("money", "finance")], ["manager", "terms"])


def test_money_that_comes_in_later_is_asked_about(acme, at_work):
    amendment, run = ask(acme, at_work, by="program_manager", scope="Milestone 4")
    say(acme, run, "terms", "approver")
    assert waiting(run) == ["manager"]

    services.update_amendment(amendment=amendment, actor=acme.actor("program_manager"), budget=Decimal(11800))
    drain()

    assert (standing(run), waiting(run)) == ([("terms", "approver")], ["manager", "money"])
