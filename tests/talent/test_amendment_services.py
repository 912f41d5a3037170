"""Amendments: what may change in a running assignment, by whom, and that nothing changes before the freelancer says yes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from freelance_hub import audit
from freelance_hub.errors import Refusal
from freelance_hub.models import Event
from freelance_hub.permissions import Refused
from talent.access import access_amendment, visible_amendments
from talent.models import Amendment, Assignment
from talent.selectors.terms import compare, versions_of
from talent.services import amendments as services
from talent.services.assignments import request_end
from tests.factories.work import make_assignment, make_line

State = Amendment.State


@pytest.fixture
def at_work(acme):
    with acme.enter("hiring_manager"):
        yield make_assignment(acme)


@pytest.fixture
def boss(acme, at_work):
    return acme.actor("hiring_manager")


@pytest.fixture
def guest(acme, at_work):
    return acme.actor("freelancer")


def write(at_work, actor, **terms):
    return services.create_amendment(
        assignment=at_work, actor=actor, **{"reason": "More to do.", "budget": Decimal(11800), **terms}
    )


def offer(acme, at_work, actor, **terms):
    amendment = services.submit_amendment(amendment=write(at_work, actor, **terms), actor=actor)
    return services.offer_amendment(amendment=amendment, actor=acme.automation())


def kinds():
    return list(Event.objects.filter(kind__startswith="amendment.").order_by("id").values_list("kind", flat=True))


def test_an_amendment_walks_to_force_and_changes_the_assignment_with_the_yes(acme, at_work, boss, guest):
    later = at_work.ends_on + timedelta(days=30)
    was = at_work.ends_on
    amendment = offer(acme, at_work, boss, ends_on=later, rate=Decimal(85), scope="Milestone 4")
    before = Assignment.objects.get(pk=at_work.pk)

    services.accept_amendment(amendment=amendment, actor=guest)

    after = Assignment.objects.get(pk=at_work.pk)
    assert (before.ends_on, before.rate, before.budget) == (was, Decimal(80), Decimal(10000))
    assert (after.ends_on, after.rate, after.budget) == (later, Decimal(85), Decimal(11800))
    amendment.refresh_from_db()
    assert (amendment.state, amendment.version, amendment.ref) == (State.AGREED, 2, "AMD-1")
    assert amendment.terms_before == {"ends_on": was.isoformat(), "rate": "80.00", "budget": "10000.00"}
    assert kinds() == ["amendment.created", "amendment.submitted", "amendment.offered", "amendment.agreed"]
    assert Event.objects.get(kind="assignment.terms_changed").payload["fields"] == ["budget", "ends_on", "rate"]
    assert audit.history(after).first().operation == "update"


def test_every_version_stays_readable(acme, at_work, boss, guest):
    first_day = at_work.ends_on
    services.accept_amendment(amendment=offer(acme, at_work, boss), actor=guest)
    at_work.refresh_from_db()
    second = offer(acme, at_work, boss, budget=Decimal(12000), ends_on=first_day + timedelta(days=7))
    services.accept_amendment(amendment=second, actor=guest)
    at_work.refresh_from_db()

    agreed = list(Amendment.objects.filter(assignment=at_work, state="agreed"))
    versions = versions_of(at_work, agreed, sees_money=True)

    assert [(one.number, one.terms["Budget"]) for one in versions] == [
        (1, "€10,000.00"),
        (2, "€11,800.00"),
        (3, "€12,000.00"),
    ]
    assert versions[0].terms["Last day"] == versions[1].terms["Last day"] != versions[2].terms["Last day"]
    assert "Budget" not in versions_of(at_work, agreed, sees_money=False)[0].terms


def test_a_comparison_says_by_how_much(at_work, boss):
    amendment = write(at_work, boss, ends_on=at_work.ends_on + timedelta(days=1), scope="Milestone 4")

    lines = compare(amendment, sees_money=True)

    assert [(one.name, one.change, one.is_changed) for one in lines] == [
        ("ends_on", "1 day later", True),
        ("rate", "", False),
        ("budget", "+18 %", True),
        ("scope", "", True),
    ]
    assert [one.name for one in compare(amendment, sees_money=False)] == ["ends_on", "scope"]


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ({"days": 30}, "extension"),
        ({"days": 30, "budget": Decimal(10000)}, "extension"),  # as it was: nothing changes
        ({"days": 30, "budget": Decimal(12000)}, "amendment"),
        ({"days": 30, "scope": "More"}, "amendment"),
        ({"days": -30}, "amendment"),
    ],
)
def test_moving_the_last_day_later_and_nothing_else_is_an_extension(at_work, boss, terms, kind):
    terms = dict(terms)
    terms["ends_on"] = at_work.ends_on + timedelta(days=terms.pop("days"))

    amendment = services.create_amendment(assignment=at_work, reason="Not done yet.", actor=boss, **terms)

    assert amendment.kind == kind


@pytest.mark.parametrize(
    ("terms", "field", "code"),
    [
        ({"reason": " "}, "reason", "required"),
        ({"budget": None}, "", "no_change"),
        ({"budget": Decimal(10000)}, "", "no_change"),
        ({"budget": Decimal(0)}, "budget", "budget"),
        ({"rate": Decimal(-1)}, "rate", "rate"),
        ({"ends_on": date(2020, 1, 1)}, "ends_on", "dates"),
        ({"budget": Decimal(639)}, "budget", "budget"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(at_work, boss, terms, field, code):
    make_line(at_work, quantity="8")  # 640 EUR are spoken for

    with pytest.raises(Refusal) as refusal:
        write(at_work, boss, **terms)

    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert not Amendment.objects.exists()


def test_a_last_day_that_has_passed_is_refused(at_work, boss):
    with pytest.raises(Refusal, match="This day has passed"):
        write(at_work, boss, ends_on=at_work.starts_on + timedelta(days=1))


def test_one_change_is_open_at_a_time(at_work, boss):
    first = write(at_work, boss)

    with pytest.raises(Refusal, match="AMD-1 already changes the terms of ASG-1"):
        write(at_work, boss)

    services.withdraw_amendment(amendment=first, actor=boss)
    assert write(at_work, boss).ref == "AMD-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.filter(pk=first.pk).update(state=State.DRAFT)


@pytest.mark.parametrize("state", ["planned", "ended", "closed"])
def test_only_a_running_assignment_changes_its_terms(at_work, boss, state):
    Assignment.objects.filter(pk=at_work.pk).update(state=state)

    with pytest.raises(Refusal) as refusal:
        write(at_work, boss)

    assert refusal.value.code == "not_running"


def test_an_edit_in_approval_says_what_changed(at_work, boss):
    amendment = services.submit_amendment(amendment=write(at_work, boss, scope="Milestone 4"), actor=boss)

    services.update_amendment(amendment=amendment, actor=boss, budget=Decimal(12000), scope="Milestone 4")
    services.update_amendment(amendment=amendment, actor=boss, budget=Decimal(12000))

    event = Event.objects.get(kind="amendment.updated")
    assert event.payload["fields"] == ["budget"]
    assert Amendment.objects.get().state == State.IN_APPROVAL


def test_an_extension_in_approval_gets_no_money_by_the_back_door(at_work, boss):
    later = at_work.ends_on + timedelta(days=30)
    extension = write(at_work, boss, budget=None, ends_on=later)
    services.submit_amendment(amendment=extension, actor=boss)

    with pytest.raises(Refusal) as refusal:
        services.update_amendment(amendment=extension, actor=boss, budget=Decimal(90000))

    assert refusal.value.code == "other_kind"
    assert Amendment.objects.get().budget is None


def test_what_was_offered_is_fixed(acme, at_work, boss):
    amendment = offer(acme, at_work, boss)

    with pytest.raises(Refusal) as refusal:
        services.update_amendment(amendment=amendment, actor=boss, budget=Decimal(90000))

    assert refusal.value.code == "state_changed"


def test_only_the_freelancer_answers_and_only_once(acme, at_work, boss, guest):
    amendment = offer(acme, at_work, boss)
    copy = Amendment.objects.get(pk=amendment.pk)
    for somebody in (boss, acme.actor("other_freelancer"), acme.automation()):
        with pytest.raises(Refusal) as refusal:
            services.accept_amendment(amendment=amendment, actor=somebody)
        assert refusal.value.code == "freelancer_only"

    services.accept_amendment(amendment=amendment, actor=guest)
    with pytest.raises(Refusal) as refusal:
        services.decline_amendment(amendment=copy, reason="No.", actor=guest)

    assert refusal.value.code == "state_changed"
    assert kinds().count("amendment.agreed") == 1


def test_a_no_leaves_everything_as_it_was(acme, at_work, boss, guest):
    amendment = offer(acme, at_work, boss)
    with pytest.raises(Refusal) as refusal:
        services.decline_amendment(amendment=amendment, reason=" ", actor=guest)
    assert refusal.value.field == "reason"

    services.decline_amendment(amendment=amendment, reason="Too little.", actor=guest)

    amendment.refresh_from_db()
    assert (amendment.state, amendment.decision_note) == (State.DECLINED, "Too little.")
    assert Assignment.objects.get(pk=at_work.pk).budget == Decimal(10000)


def test_taken_back_cannot_be_accepted(acme, at_work, boss, guest):
    amendment = offer(acme, at_work, boss)
    services.withdraw_amendment(amendment=amendment, actor=boss)

    with pytest.raises(Refusal) as refusal:
        services.accept_amendment(amendment=amendment, actor=guest)

    assert refusal.value.code == "state_changed"
    assert Assignment.objects.get(pk=at_work.pk).budget == Decimal(10000)


def test_the_end_of_the_assignment_takes_open_changes_back(acme, at_work, boss):
    amendment = offer(acme, at_work, boss)

    request_end(assignment=at_work, reason="Done.", actor=boss)

    amendment.refresh_from_db()
    assert (amendment.state, amendment.decision_note) == (State.WITHDRAWN, "The assignment has ended.")
    assert kinds()[-1] == "amendment.withdrawn"


@pytest.mark.parametrize("service", ["offer_amendment", "reject_amendment", "return_amendment"])
def test_people_do_not_do_what_the_approval_does(at_work, boss, service):
    amendment = services.submit_amendment(amendment=write(at_work, boss), actor=boss)
    extra = {} if service == "offer_amendment" else {"reason": "No."}

    with pytest.raises(Refusal) as refusal:
        getattr(services, service)(amendment=amendment, actor=boss, **extra)

    assert refusal.value.code == "automation_only"


def test_an_approver_gives_it_back_or_rejects_it_with_the_reason(acme, at_work, boss):
    amendment = services.submit_amendment(amendment=write(at_work, boss), actor=boss)

    services.return_amendment(amendment=amendment, reason="Say which milestone.", actor=acme.automation())
    again = services.submit_amendment(amendment=amendment, actor=boss)
    assert again.decision_note == ""
    services.reject_amendment(amendment=again, reason="No money.", actor=acme.automation())

    amendment.refresh_from_db()
    assert (amendment.state, amendment.decision_note) == (State.REJECTED, "No money.")


def test_who_may_write_a_change(acme, at_work):
    for role, wanted in {"finance": Refused, "viewer": Refused, "freelancer": Refused}.items():
        with pytest.raises(wanted):
            write(at_work, acme.actor(role))

    amendment = write(at_work, acme.actor("program_manager"))

    with pytest.raises(Refused):
        services.submit_amendment(amendment=amendment, actor=acme.actor("teammate"))


def test_who_sees_a_change(acme, rival, at_work, boss):
    with rival.enter():
        write(make_assignment(rival), rival.actor("hiring_manager"))
    with acme.enter("hiring_manager"):
        amendment = write(at_work, boss)
        everybody = ("owner", "program_manager", "hiring_manager", "finance", "compliance", "viewer")
        for role in everybody:
            assert list(visible_amendments(acme.actor(role))) == [amendment], role
        for role in ("teammate", "approver", "freelancer", "other_freelancer", "agency"):
            assert list(visible_amendments(acme.actor(role))) == [], role

        services.submit_amendment(amendment=amendment, actor=boss)
        services.offer_amendment(amendment=amendment, actor=acme.automation())

        assert access_amendment(acme.actor("freelancer"), 1) == amendment
        assert list(visible_amendments(acme.actor("other_freelancer"))) == []
