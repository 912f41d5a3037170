"""One rule per noun: what a queryset shows is what the single look-up gives, for every role, with bait next door."""

import pytest
from django.db import connection
from django.http import Http404

from freelance_hub.permissions import SYSTEM_ROLES, Refused
from freelance_hub.search import search
from talent import access
from talent.models import Assignment, Freelancer, Requisition, Submission
from talent.services.submissions import add_submission
from tests.factories.talent import add_freelancer, ask, guest_freelancer, hire
from tests.factories.work import make_program

ROLES = [*SYSTEM_ROLES, "teammate", "other_freelancer"]


@pytest.fixture
def furnished(acme, rival):
    """In each company: two programs, requests of two people, assignments of two guests, a candidate."""
    for company in (acme, rival):
        with company.enter("program_manager"):
            make_program(company), make_program(company)
            guest, other = guest_freelancer(company), guest_freelancer(company, "other_freelancer")
            hire(company, freelancer=guest)
            second = ask(company, by="teammate", title=f"Secret of {company.slug}")
            hire(company, requisition=second, freelancer=other, manager="teammate", state="onboarding")
            hire(company, requisition=ask(company), freelancer=guest, state="planned")
            third = ask(company)
            add_submission(
                requisition=third,
                freelancer=add_freelancer(company, "Cand Idate"),
                actor=company.actor("hiring_manager"),
            )
    return acme


def reached(find, actor, keys):
    """The keys for which a single look-up gives an object."""
    found = set()
    for key in keys:
        try:
            find(actor, key)
        except (Http404, Refused):
            continue
        found.add(key)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_the_list_and_the_single_object_agree(furnished, rival, role):
    with rival.enter():
        foreign = set(Freelancer.objects.values_list("public_id", flat=True))
    with furnished.enter(role):
        actor = furnished.actor(role)
        people = set(Freelancer.objects.values_list("public_id", flat=True)) | foreign
        numbers = range(1, 8)

        if not actor.is_guest:  # a guest reaches their own entry without an id
            listed = set(access.visible_freelancers(actor).values_list("public_id", flat=True))
            assert reached(access.access_freelancer, actor, people) == listed
        listed = set(access.visible_requisitions(actor).values_list("number", flat=True))
        assert reached(access.access_requisition, actor, numbers) == listed
        listed = set(access.visible_assignments(actor).values_list("number", flat=True))
        assert reached(access.access_assignment, actor, numbers) == listed


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_the_other_company_shows_anywhere(furnished, rival, role):
    with furnished.enter(role):
        actor = furnished.actor(role)
        for visible in (
            access.visible_freelancers,
            access.visible_requisitions,
            access.visible_submissions,
            access.visible_assignments,
        ):
            assert {row.tenant_id for row in visible(actor)} <= {furnished.tenant.pk}
        assert search(actor, "Secret of rival") == []


def test_what_each_role_sees_in_numbers(furnished):
    def numbers(role):
        with furnished.enter(role):
            actor = furnished.actor(role)
            return (
                access.visible_freelancers(actor).count(),
                access.visible_requisitions(actor).count(),
                access.visible_submissions(actor).count(),
                access.visible_assignments(actor).count(),
            )

    everything = (3, 4, 4, 3)
    assert {role: numbers(role) for role in ROLES} == {
        "owner": everything,
        "program_manager": everything,
        "compliance": everything,
        "viewer": everything,
        "finance": (0, 4, 4, 3),
        "hiring_manager": (3, 3, 3, 2),
        "teammate": (3, 1, 1, 1),
        "approver": (0, 0, 0, 0),
        "freelancer": (1, 0, 0, 1),
        "other_freelancer": (1, 0, 0, 1),
        "agency": (0, 0, 0, 0),
    }


@pytest.mark.parametrize("role", ["program_manager", "hiring_manager", "finance", "viewer"])
def test_a_role_that_is_limited_to_programs_sees_only_those(furnished, role):
    with furnished.enter():
        empty = make_program(furnished, name="Empty")
        furnished.people[role].role_links.update(program_ids=[empty.pk])

    with furnished.enter(role):
        actor = furnished.actor(role)
        assert not access.visible_requisitions(actor).exists()
        assert not access.visible_submissions(actor).exists()
        assert not access.visible_assignments(actor).exists()


def test_a_suspended_member_sees_nothing(furnished):
    with furnished.enter():
        for role in ("program_manager", "freelancer"):
            furnished.people[role].state = "suspended"
            furnished.people[role].save()

    for role in ("program_manager", "freelancer"):
        with furnished.enter(role):
            actor = furnished.actor(role)
            assert not access.visible_freelancers(actor).exists()
            assert not access.visible_requisitions(actor).exists()
            assert not access.visible_assignments(actor).exists()


def test_raw_sql_as_the_web_role_finds_only_this_company(furnished, rival):
    with furnished.enter():
        counts = [model.objects.count() for model in (Freelancer, Requisition, Submission, Assignment)]
        with connection.cursor() as cursor:
            for model, expected in zip((Freelancer, Requisition, Submission, Assignment), counts, strict=True):
                cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
                assert cursor.fetchone()[0] == expected
            cursor.execute("SELECT count(*) FROM talent_search_requisitions('Secret', 100)")
            assert cursor.fetchone()[0] == 1


def test_the_palette_finds_people_requests_and_work(furnished):
    def found(role, text):
        with furnished.enter(role):
            return {group.label: len(group.results) for group in search(furnished.actor(role), text)}

    assert found("program_manager", "Secret of") == {"Requests": 1, "Assignments": 1}
    assert found("hiring_manager", "Secret of") == {}
    assert found("hiring_manager", "cand") == {"Freelancers": 1}
    assert found("other_freelancer", "Secret") == {"Your work": 1}
    assert found("freelancer", "Secret") == {}
