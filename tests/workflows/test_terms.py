"""Terms count working time: half of it reminds, all of it hands on to the manager."""

from datetime import UTC, datetime, time

import pytest

from freelance_hub.models import Membership, Notification, Tenant
from programs.models import Program
from tests.workflows.engine_room import start, step_of, tick
from tests.workflows.test_races import approver
from workflows.engine import sweeper
from workflows.models import Decision, Run
from workflows.people import waiting_for
from workflows.services.decisions import decide

DAY = 86400
ASK = {"key": "ask", "kind": "approval", "term_hours": 8}


@pytest.fixture
def company(engine):
    """It is noon of Thursday, the 1st of January 2026, in London; working time is from nine to five."""
    Tenant.objects.filter(pk=engine.pk).update(time_zone="Europe/London", work_starts=time(9), work_ends=time(17))
    return engine


def begin(**more):
    """A run in the program, whose owner looks after it."""
    run = start(ASK, **more)
    Run.objects.filter(pk=run.pk).update(program=Program.objects.get())
    return run


def manager_of(actor, manager):
    Membership.objects.filter(pk=actor.membership_id).update(manager=manager.membership_id)


def test_a_term_is_working_time_and_its_half_reminds(company):
    approver("ann")
    plain = step_of(start(ASK), "ask")
    Tenant.objects.filter(pk=company.pk).update(holiday_region="GB-ENG")
    holiday = step_of(start(ASK), "ask")

    assert (plain.remind_at, plain.due_at) == (at(1, 16), at(2, 12))
    assert (holiday.remind_at, holiday.due_at) == (at(2, 13), at(2, 17))  # New Year's Day counts for nothing


def at(day, hour):
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_a_named_approver_has_the_term_of_their_own_calendar(company):
    member = Membership.objects.select_related("user").get()
    member.user.time_zone = "America/New_York"
    member.user.save(update_fields=["time_zone"])

    asked = step_of(start({**ASK, "who": {"person": "owner"}}), "ask")

    assert asked.due_at == at(1, 22)  # seven in the morning there: from nine to five


def test_a_reminder_is_sent_once_and_only_while_it_waits(company):
    ann = approver("ann")
    run, answered = start(ASK), start(ASK)
    decide(step=step_of(answered, "ask"), outcome="approved", actor=ann)
    tick(4 * 3600)

    sweeper.sweep()
    sweeper.sweep()

    told = Notification.objects.filter(title__startswith="Still waiting")
    assert [one.dedupe_key for one in told] == [f"reminder:{step_of(run, 'ask').pk}"]
    assert step_of(run, "ask").remind_at is None


def test_when_the_term_is_over_the_manager_may_decide_and_both_names_are_kept(company):
    ann, boss = approver("ann"), approver("boss")
    Membership.objects.get(pk=boss.membership_id).role_links.all().delete()
    manager_of(ann, boss)
    run = begin()
    assert list(waiting_for(boss)) == []
    tick(DAY + 60)

    sweeper.sweep()

    asked = step_of(run, "ask")
    assert (asked.escalated_to_id, list(waiting_for(boss)), list(waiting_for(ann))) == (
        boss.membership_id,
        [asked],
        [asked],
    )
    told = Notification.objects.filter(kind="workflow.waiting", dedupe_key=f"late:{asked.pk}")
    assert set(told.values_list("membership", flat=True)) == {ann.membership_id, boss.membership_id}
    owner = Notification.objects.get(kind="workflow.late")
    assert owner.body.startswith("Waiting for ")
    decide(step=asked, outcome="approved", actor=boss)
    decision = Decision.objects.get()
    assert (decision.decided_by_id, decision.in_place_of_id) == (boss.membership_id, ann.membership_id)


def test_a_manager_who_is_away_or_whose_request_it_is_is_passed_over(company):
    ann, away, own, chief = approver("ann"), approver("away"), approver("own"), approver("chief")
    for one, above in ((ann, away), (away, own), (own, chief)):
        manager_of(one, above)
    for one in (away, own, chief):
        Membership.objects.get(pk=one.membership_id).role_links.all().delete()
    Membership.objects.filter(pk=away.membership_id).update(state="suspended")
    run = start(ASK, started_by=Membership.objects.select_related("user").get(pk=own.membership_id))
    tick(DAY + 60)

    sweeper.sweep()

    assert step_of(run, "ask").escalated_to_id == chief.membership_id


def test_without_a_manager_the_owner_of_the_program_is_told_and_nobody_else_may_decide(company):
    approver("ann")
    run = begin()
    tick(DAY + 60)

    sweeper.sweep()

    assert step_of(run, "ask").escalated_to is None
    assert Notification.objects.filter(kind="workflow.late").count() == 1


def test_of_several_who_are_late_each_manager_gets_their_turn(company):
    ann, bob, boss, chief = approver("ann"), approver("bob"), approver("boss"), approver("chief")
    for one in (boss, chief):
        Membership.objects.get(pk=one.membership_id).role_links.all().delete()
    manager_of(ann, boss)
    manager_of(bob, chief)
    run = start({**ASK, "mode": "all"})
    tick(DAY + 60)
    sweeper.sweep()

    decide(step=step_of(run, "ask"), outcome="approved", actor=boss)
    assert step_of(run, "ask").escalated_to_id == chief.membership_id
    decide(step=step_of(run, "ask"), outcome="approved", actor=chief)

    places = set(Decision.objects.values_list("decided_by", "in_place_of"))
    assert places == {(boss.membership_id, ann.membership_id), (chief.membership_id, bob.membership_id)}
    assert step_of(run, "ask").outcome == "approved"
