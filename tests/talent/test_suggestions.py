"""Suggestions: who comes first, who never comes, and in which words; the search functions beside them."""

from decimal import Decimal

import pytest

from talent.models import Assignment, Freelancer
from talent.selectors.search import matching
from talent.selectors.suggestions import suggest
from talent.services.submissions import add_submission, decline
from tests.factories.talent import add_freelancer, ask, hire


@pytest.fixture
def boss(acme):
    with acme.enter("program_manager"):
        yield acme.actor("program_manager")


def names(requisition, **options):
    return [one.freelancer.name for one in suggest(requisition, **options)]


def test_skills_come_first_then_range_then_the_rest(acme, boss):
    requisition = ask(acme, skills=["Python", "Django", "Postgres"])
    add_freelancer(acme, "One Skill", skills=["Python"], rating=Decimal(5))
    add_freelancer(acme, "All But Dear", skills=["Python", "Django", "Postgres"], hourly_rate=Decimal(200))
    add_freelancer(acme, "All And Fits", skills=["Python", "Django", "Postgres"], rating=None)
    add_freelancer(acme, "All Rated", skills=["Python", "Django", "Postgres"], rating=Decimal(5))
    add_freelancer(acme, "None", skills=["Cobol"])

    found = suggest(requisition, with_rates=True)

    assert [one.freelancer.name for one in found] == ["All Rated", "All And Fits", "All But Dear", "One Skill"]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found[1].words == "3 of 3 skills, €70.00 an hour within range"
    assert names(requisition, limit=2) == ["All Rated", "All And Fits"]


def test_who_worked_here_before_comes_first_among_equals(acme, boss):
    add_freelancer(acme, "New")
    known = add_freelancer(acme, "Known")
    hire(acme, freelancer=known, state="closed")

    found = suggest(ask(acme))

    assert [one.freelancer.name for one in found] == ["Known", "New"]
    assert "worked here before" in found[0].words


def test_some_are_never_suggested(acme, boss):
    requisition = ask(acme)
    add_freelancer(acme, "Blocked", state="blocked")
    engaged = add_freelancer(acme, "Engaged")
    hire(acme, requisition=requisition, freelancer=engaged, state="planned", budget=Decimal(1))
    declined = add_freelancer(acme, "Declined")
    decline(submission=add_submission(requisition=requisition, freelancer=declined, actor=boss), actor=boss)
    unwanted = add_freelancer(acme, "Unwanted")
    hire(acme, freelancer=unwanted, state="closed")
    Assignment.objects.filter(freelancer=unwanted).update(rehire=False)
    add_freelancer(acme, "Candidate")

    assert names(requisition) == ["Candidate"]


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"hourly_rate": None, "currency": ""}, "rate unknown"),
        ({"hourly_rate": Decimal(90)}, "rate within range"),
        ({"hourly_rate": Decimal("90.01")}, "rate above range"),
        ({"hourly_rate": Decimal(10)}, "rate within range"),
        ({"state": "unavailable"}, "not available"),
        ({"email": ""}, "no e-mail address yet"),
    ],
)
def test_what_speaks_for_and_against_is_said(acme, boss, details, words):
    add_freelancer(acme, **details)

    assert words in suggest(ask(acme))[0].words


def test_a_rate_in_another_currency_is_not_compared(acme, boss):
    add_freelancer(acme, currency="USD")

    words = suggest(ask(acme), with_rates=True)[0].words

    assert "range" not in words
    assert "US$70.00 an hour" in words


def test_a_range_per_day_is_compared_with_eight_hours(acme, boss):
    add_freelancer(acme, hourly_rate=Decimal(70))
    fits = ask(acme, rate_unit="day", rate_min=Decimal(400), rate_max=Decimal(560))
    dear = ask(acme, rate_unit="day", rate_min=Decimal(400), rate_max=Decimal(559))

    assert ["within" in suggest(fits)[0].words, "above" in suggest(dear)[0].words] == [True, True]


def test_without_skills_the_best_rated_are_suggested(acme, boss):
    add_freelancer(acme, "Good", rating=Decimal(4))
    add_freelancer(acme, "Best", rating=Decimal(5))
    add_freelancer(acme, "Unrated", rating=None)

    assert names(ask(acme, skills=[])) == ["Best", "Good"]


def test_suggesting_is_two_queries_whatever_there_is(acme, boss, django_assert_num_queries):
    requisition = ask(acme)
    for number in range(4):
        add_freelancer(acme, f"P {number}")

    with django_assert_num_queries(2):
        assert len(suggest(requisition)) == 4


def test_the_other_company_is_never_suggested_nor_found(acme, rival, boss):
    with rival.enter("program_manager"):
        add_freelancer(rival, "Rival Free")
        ask(rival, title="Rival secret")
    requisition = ask(acme)

    assert names(requisition) == []
    assert not Freelancer.objects.filter(matching("freelancers", "Rival")).exists()
    assert not type(requisition).objects.filter(matching("requisitions", "secret")).exists()


def test_search_takes_signs_as_signs_and_numbers_as_numbers(acme, boss):
    requisition = ask(acme, title="100% remote_work")
    assignment = hire(
        acme,
        requisition=requisition,
        freelancer=add_freelancer(acme, "Zoë O'Neil", email="zoe@x.example"),
        state="planned",
    )

    def hits(things, text):
        model = {"requisitions": type(requisition), "assignments": Assignment, "freelancers": Freelancer}[things]
        return model.objects.filter(matching(things, text)).count()

    found = ("100%", "remote_work", "REQ-1", "1", "req-1", "work remote")
    assert [hits("requisitions", text) for text in found] == [1] * len(found)
    missed = ("100x", "remoteXwork", "REQ-2", "_ _ %%", "\\", "")
    assert [hits("requisitions", text) for text in missed] == [0] * len(missed)
    assert [hits("assignments", text) for text in ("zoë", "O'Neil", assignment.ref, "remote")] == [1, 1, 1, 1]
    assert hits("freelancers", "1") == 0
