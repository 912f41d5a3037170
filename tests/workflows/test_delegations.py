"""Standing in: on which days, up to which amount, through chains, never in a circle, never for one's own request."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership, Notification
from freelance_hub.permissions import Refused
from freelance_hub.services.members import suspend_member
from tests.workflows.engine_room import superuser
from tests.workflows.test_approval import submitted
from tests.workflows.test_races import together
from workflows.models import Decision, Delegation, Step
from workflows.people import candidates, waiting_for
from workflows.services.decisions import decide
from workflows.services.delegations import delegate, revoke

TODAY = timezone.localdate


@pytest.fixture
def company(acme):
    """Acme with a third and a fourth employee who may decide nothing by themselves."""
    with acme.enter():
        for name in ("dee", "eli"):
            acme.add(name, "hiring_manager")
        yield acme


def stand_in(company, giver, taker, *, days=(0, 5), **more):
    first, last = (TODAY() + timedelta(days=day) for day in days)
    people = {"giver": company.people[giver], "taker": company.people[taker]}
    return delegate(**people, starts_on=first, ends_on=last, actor=company.actor(giver), **more)


def ask(company, **details):
    _, run = submitted(company, **details)
    return run, Step.objects.select_related("tenant").get(run=run, key="approve")


def answer(step, actor, outcome="approved"):
    return decide(step=step, outcome=outcome, actor=actor, comment="Fine.")


def test_a_delegate_decides_and_both_names_are_kept(company):
    run, step = ask(company)
    stand_in(company, "approver", "dee")

    answer(step, company.actor("dee"))

    decision = Decision.objects.get()
    assert (decision.decided_by, decision.in_place_of) == (company.people["dee"], company.people["approver"])
    logged = AuditEvent.objects.get(table_name="workflows_decision")
    assert {"decided_by", "in_place_of"} <= set(logged.changes)
    assert run.pk == step.run_id


def test_taker_and_giver_are_told_but_not_who_has_arranged_it(company):
    stand_in(company, "approver", "dee", amount_limit=Decimal(500), reason="Holiday")

    told = Notification.objects.filter(kind="general").values_list("membership", "title")
    assert list(told) == [(company.people["dee"].pk, "You stand in for Approver Acme")]
    assert "up to €500.00" in Notification.objects.get(kind="general").body
    assert Event.objects.filter(kind="delegation.created").count() == 1


@pytest.mark.parametrize(("days", "may"), [((-3, -1), None), ((-1, 0), True), ((0, 0), True), ((1, 4), False)])
def test_only_on_its_days_both_included(company, days, may):
    _, step = ask(company)
    if may is None:
        with pytest.raises(Refusal, match="Those days are over"):
            stand_in(company, "approver", "dee", days=days)
        return
    stand_in(company, "approver", "dee", days=days)

    assert list(waiting_for(company.actor("dee"))) == ([step] if may else [])
    assert (company.people["dee"] in candidates(step.run, step)) == may


def test_the_days_are_those_of_the_givers_calendar(company):
    _, step = ask(company)
    stand_in(company, "approver", "dee", days=(0, 400 - 40))
    user = company.people["approver"].user
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # 25 hours apart: one of them is on another day than UTC
        user.time_zone = zone
        user.save(update_fields=["time_zone"])
        local = date.fromisoformat(superuser(f"SELECT (now() AT TIME ZONE '{zone}')::date")[0][0].isoformat())
        Delegation.objects.update(starts_on=local, ends_on=local)
        assert list(waiting_for(company.actor("dee"))) == [step]
        Delegation.objects.update(starts_on=local + timedelta(days=1), ends_on=local + timedelta(days=1))
        assert list(waiting_for(company.actor("dee"))) == []


@pytest.mark.parametrize(("limit", "may"), [(None, True), (Decimal(9000), True), (Decimal("8999.99"), False)])
def test_a_limit_lets_through_what_is_not_above_it(company, limit, may):
    _, step = ask(company, budget=Decimal(9000))
    stand_in(company, "approver", "dee", amount_limit=limit)

    assert list(waiting_for(company.actor("dee"))) == ([step] if may else [])
    if not may:
        with pytest.raises(Refusal, match="above your limit"):
            answer(step, company.actor("dee"))


def test_money_in_another_currency_is_above_every_limit(company):
    _, step = ask(company, budget=Decimal(10), currency="USD")
    stand_in(company, "approver", "dee", amount_limit=Decimal(9000))

    assert not waiting_for(company.actor("dee")).filter(pk=step.pk).exists()


def test_the_lowest_limit_of_a_chain_counts(company):
    _, step = ask(company, budget=Decimal(300))
    stand_in(company, "approver", "dee", amount_limit=Decimal(200))
    stand_in(company, "dee", "eli", amount_limit=Decimal(1000))
    assert not waiting_for(company.actor("eli")).filter(pk=step.pk).exists()

    Delegation.objects.filter(giver=company.people["approver"]).update(amount_limit=300)

    answer(step, company.actor("eli"))
    assert Decision.objects.get().in_place_of == company.people["approver"]


def test_people_cannot_stand_in_for_each_other_in_a_circle_also_over_three(company):
    stand_in(company, "approver", "dee")
    stand_in(company, "dee", "eli")

    for giver, taker in (("dee", "approver"), ("eli", "approver"), ("eli", "dee")):
        with pytest.raises(Refusal, match="in a circle"):
            stand_in(company, giver, taker)
    stand_in(company, "eli", "approver", days=(6, 9))  # on other days it is none


def test_a_circle_that_is_there_all_the_same_ends(company):
    _, step = ask(company)
    days = {"starts_on": TODAY(), "ends_on": TODAY()}
    ring = ("approver", "dee", "eli", "approver")
    for giver, taker in pairwise(ring):
        Delegation.objects.create(giver=company.people[giver], taker=company.people[taker], **days)

    assert list(waiting_for(company.actor("eli"))) == [step]
    answer(step, company.actor("eli"))


def test_nobody_approves_their_own_request_through_a_delegate_nor_as_one(company):
    _, own = ask(company, by="program_manager")
    stand_in(company, "program_manager", "dee")
    stand_in(company, "approver", "program_manager")

    with pytest.raises(Refusal, match="their own request"):  # neither in that place, nor handed on by them
        answer(own, company.actor("dee"))
    with pytest.raises(Refusal, match="own request"):
        answer(own, company.actor("program_manager"))

    assert set(candidates(own.run, own)) == {company.people["approver"]}


def test_whoever_has_decided_as_a_delegate_decides_no_second_step_of_the_run(company):
    _, step = ask(company, budget=Decimal(20000))
    stand_in(company, "approver", "finance")
    answer(step, company.actor("finance"))
    from tests.workflows.engine_room import drain

    drain()
    money = Step.objects.get(run=step.run, key="approve_money")

    with pytest.raises(Refusal, match="earlier step"):
        answer(money, company.actor("finance"))


@pytest.mark.parametrize(("who", "may"), [("approver", True), ("owner", True), ("teammate", True), ("dee", False)])
def test_the_giver_their_manager_and_who_manages_people_may_arrange_it(company, who, may):
    Membership.objects.filter(pk=company.people["approver"].pk).update(manager=company.people["teammate"])
    giver = Membership.objects.get(pk=company.people["approver"].pk)
    days = {"starts_on": TODAY(), "ends_on": TODAY()}
    if not may:
        with pytest.raises(Refused):
            delegate(giver=giver, taker=company.people["eli"], actor=company.actor(who), **days)
        return

    made = delegate(giver=giver, taker=company.people["eli"], actor=company.actor(who), **days)

    assert list(Delegation.objects.all()) == [made]


def test_taken_back_it_ends_at_once_and_what_was_decided_stands(company):
    _, step = ask(company)
    made = stand_in(company, "approver", "dee")

    revoke(delegation=made, actor=company.actor("dee"))
    revoke(delegation=made, actor=company.actor("approver"))

    assert list(waiting_for(company.actor("dee"))) == []
    assert Event.objects.filter(kind="delegation.revoked").count() == 1
    with pytest.raises(Refused):
        answer(step, company.actor("dee"))


def test_bad_input_is_said_at_its_field(company):
    wrong = {
        "ends_on": {"days": (3, 1)},
        "amount_limit": {"amount_limit": Decimal(0)},
    }
    for field, more in wrong.items():
        with pytest.raises(Refusal) as refused:
            stand_in(company, "approver", "dee", **more)
        assert refused.value.field == field
    for taker in ("approver", "freelancer"):
        with pytest.raises(Refusal) as refused:
            stand_in(company, "approver", taker)
        assert refused.value.field == "taker"
    assert not Delegation.objects.exists()


def test_who_is_suspended_hands_on_to_their_manager_and_not_to_their_delegate(company):
    Membership.objects.filter(pk=company.people["hiring_manager"].pk).update(manager=company.people["eli"])
    _, step = ask(company, by="teammate")
    Step.objects.filter(pk=step.pk).update(assignee=company.people["hiring_manager"], capability="")
    stand_in(company, "hiring_manager", "dee")
    assert [one.pk for one in candidates(step.run, Step.objects.get(pk=step.pk))] == sorted(
        [company.people["hiring_manager"].pk, company.people["dee"].pk]
    )

    gone = Membership.objects.get(pk=company.people["hiring_manager"].pk)
    suspend_member(membership=gone, actor=company.actor("owner"))

    assert list(waiting_for(company.actor("dee"))) == []
    assert list(waiting_for(company.actor("eli"))) == [step]
    told = Notification.objects.get(membership=company.people["eli"], kind="workflow.waiting")
    assert "In place of Hiring Manager Acme" in told.body
    answer(Step.objects.get(pk=step.pk), company.actor("eli"))
    assert Decision.objects.get().in_place_of == gone


def test_when_the_only_approver_is_suspended_their_manager_is_asked(company):
    Membership.objects.filter(pk=company.people["approver"].pk).update(manager=company.people["dee"])
    _, step = ask(company, by="program_manager")

    gone = Membership.objects.get(pk=company.people["approver"].pk)
    suspend_member(membership=gone, actor=company.actor("owner"))

    assert list(waiting_for(company.actor("dee"))) == [step]


@pytest.mark.django_db(transaction=True)
def test_of_two_halves_of_a_circle_made_at_once_one_is_refused(acme):
    with acme.enter():
        acme.add("dee", "hiring_manager")
        one, other = acme.actor("approver"), acme.actor("dee")
        pair = acme.people["approver"], acme.people["dee"]
        days = {"starts_on": TODAY(), "ends_on": TODAY()}

        answers = together(
            acme.tenant,
            lambda: delegate(giver=pair[0], taker=pair[1], actor=one, **days),
            lambda: delegate(giver=pair[1], taker=pair[0], actor=other, **days),
        )

        assert sorted(type(answer).__name__ for answer in answers) == ["Delegation", "Refusal"]
        assert Delegation.objects.count() == 1
