"""Pages of employees on time and deliverables: who gets in, what they do, what leaks to nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from talent.models import Deliverable, TimeLine
from talent.models.work import WorkState
from tests.factories.work import last_monday, make_assignment, make_deliverable, make_line

PAGES = ("timesheet_week", "deliverable_create", "deliverable_detail", "deliverable_accept", "deliverable_return")


@pytest.fixture
def stage(acme, rival):
    """A week and a deliverable handed in at Acme; the same at the rival as bait."""
    for company in (rival, acme):
        with company.enter():
            assignment = make_assignment(company, title=f"Secret of {company.slug}")
            lines = [make_line(assignment, worked_on=last_monday() + timedelta(days=at)) for at in range(3)]
            deliverable = make_deliverable(
                assignment, title=f"Logo of {company.slug}", state=WorkState.SUBMITTED, amount=500
            )
    return assignment, lines, deliverable


def url(name, stage, slug="acme"):
    assignment, _, deliverable = stage
    values = {"tenant": slug}
    if name == "timesheet_week":
        values |= {"number": assignment.number, "week": last_monday().isoformat()}
    elif name == "deliverable_create":
        values |= {"number": assignment.number}
    elif name not in {"work_list", "time_list", "deliverable_list"}:
        values |= {"public_id": deliverable.public_id}
    return reverse(name, kwargs=values)


def states(company, model):
    with company.enter():
        return list(model.objects.order_by("pk").values_list("state", flat=True))


# Works


def test_the_list_shows_what_waits_and_nothing_of_others(acme, stage):
    page = acme.client("hiring_manager").get(url("work_list", stage))

    text = page.content.decode()
    assert page.status_code == 200
    assert text.count("Freelancer Acme") >= 3
    assert "Logo of acme" in text
    assert "€640.00" in text
    assert "rival" not in text.lower()


def test_what_is_decided_leaves_the_list_and_stays_in_all_time(acme, stage):
    with acme.enter():
        TimeLine.objects.update(state=WorkState.ACCEPTED)
    client = acme.client("hiring_manager")

    assert "Nothing to accept" in client.get(url("work_list", stage)).content.decode()
    assert client.get(url("time_list", stage)).content.decode().count("Freelancer Acme") == 3


def test_time_is_found_by_person_or_assignment(acme, stage):
    client = acme.client("program_manager")

    assert client.get(url("time_list", stage) + "?q=secret+acme").content.decode().count("ASG-1") == 3
    assert "ASG-1" not in client.get(url("time_list", stage) + "?q=somebody").content.decode()


def test_another_manager_sees_none_of_it(acme, stage):
    client = acme.client("teammate")

    for name in ("work_list", "time_list", "deliverable_list"):
        text = client.get(url(name, stage)).content.decode()
        assert "Freelancer Acme" not in text
        assert "Logo of acme" not in text


def test_who_may_not_see_rates_sees_time_without_amounts(acme, stage):
    client = acme.client("owner")

    for name in ("work_list", "time_list", "timesheet_week", "deliverable_list", "deliverable_detail"):
        text = client.get(url(name, stage)).content.decode()
        assert "Freelancer Acme" in text
        assert "€" not in text
    export = b"".join(client.get(url("work_list", stage) + "?format=csv").streaming_content).decode()
    assert "640" not in export
    assert "Freelancer Acme" in export


def test_selected_days_are_accepted_from_the_list_each_with_its_result(acme, stage):
    _, lines, _ = stage
    with acme.enter():
        TimeLine.objects.filter(pk=lines[0].pk).update(state=WorkState.ACCEPTED)
    picks = [str(line.public_id) for line in lines]

    page = acme.client("hiring_manager").post(url("work_list", stage), {"action": "accept", "pick": picks})

    assert (page.context["done"], page.context["failed"]) == (2, 1)
    assert "by now" in page.content.decode()
    assert states(acme, TimeLine) == [WorkState.ACCEPTED] * 3


def test_selected_days_are_returned_from_the_list_with_one_reason(acme, stage):
    _, lines, _ = stage
    client = acme.client("hiring_manager")
    data = {"action": "return", "pick": [str(line.public_id) for line in lines[:2]]}

    asked = client.post(url("work_list", stage), data)
    client.post(url("work_list", stage), {**data, "confirmed": "1", "reason": "Split it"})

    assert b"The other side reads this" in asked.content
    assert states(acme, TimeLine) == [WorkState.RETURNED, WorkState.RETURNED, WorkState.SUBMITTED]


def test_a_week_is_accepted_in_part_and_the_rest_returned(acme, stage):
    _, lines, _ = stage
    client = acme.client("hiring_manager")

    accepted = client.post(url("timesheet_week", stage), {"decision": "accept", "lines": [str(lines[0].public_id)]})
    without_reason = client.post(
        url("timesheet_week", stage), {"decision": "return", "lines": [str(lines[1].public_id)]}
    )
    returned = client.post(
        url("timesheet_week", stage), {"decision": "return", "reason": "Two hours?", "lines": [str(lines[1].public_id)]}
    )

    assert (accepted.status_code, without_reason.status_code, returned.status_code) == (303, 422, 303)
    assert "Say why" in without_reason.content.decode()
    assert states(acme, TimeLine) == [WorkState.ACCEPTED, WorkState.RETURNED, WorkState.SUBMITTED]


def test_a_week_takes_only_its_own_days(acme, stage):
    with acme.enter():
        other = make_line(stage[0], worked_on=last_monday() - timedelta(days=7))

    answer = acme.client("hiring_manager").post(
        url("timesheet_week", stage), {"decision": "accept", "lines": [str(other.public_id)]}
    )

    assert answer.status_code == 422
    assert states(acme, TimeLine)[-1] == WorkState.SUBMITTED


def test_drafts_are_the_freelancers_own_matter(acme, stage):
    with acme.enter():
        make_line(stage[0], worked_on=last_monday() + timedelta(days=4), state=WorkState.DRAFT, note="Not sure yet")

    for role in ("hiring_manager", "program_manager", "viewer"):
        assert "Not sure yet" not in acme.client(role).get(url("timesheet_week", stage)).content.decode()


def test_an_empty_week_says_so(acme, stage):
    page = acme.client("hiring_manager").get(
        reverse("timesheet_week", kwargs={"tenant": "acme", "number": stage[0].number, "week": "2020-01-06"})
    )

    assert "Nothing handed in for this week" in page.content.decode()


def test_a_deliverable_is_agreed_on(acme, stage):
    client = acme.client("hiring_manager")
    soon = timezone.localdate() + timedelta(days=10)

    assert client.get(url("deliverable_create", stage)).status_code == 200
    made = client.post(url("deliverable_create", stage), {"title": "Book", "due_on": soon.isoformat(), "amount": "250"})
    refused = client.post(url("deliverable_create", stage), {"title": "Ship", "amount": "99999"})

    with acme.enter():
        book = Deliverable.objects.get(title="Book")
    assert made["Location"] == reverse("deliverable_detail", kwargs={"tenant": "acme", "public_id": book.public_id})
    assert refused.status_code == 422
    assert "above the budget" in refused.content.decode()


def test_a_deliverable_is_accepted_with_a_rating(acme, stage):
    client = acme.client("hiring_manager")

    asked = client.get(url("deliverable_accept", stage))
    without = client.post(url("deliverable_accept", stage), {})
    done = client.post(url("deliverable_accept", stage), {"rating": "4"})
    again = client.post(url("deliverable_accept", stage), {"rating": "1"})

    assert (asked.status_code, without.status_code, done.status_code, again.status_code) == (200, 422, 303, 422)
    with acme.enter():
        assert Deliverable.objects.get().rating == 4


def test_a_deliverable_is_returned_with_a_reason(acme, stage):
    answer = acme.client("hiring_manager").post(url("deliverable_return", stage), {"reason": "Too <b>dark</b>"})

    page = acme.client("hiring_manager").get(url("deliverable_detail", stage)).content.decode()
    assert answer.status_code == 303
    assert "Too &lt;b&gt;dark&lt;/b&gt;" in page
    assert states(acme, Deliverable) == [WorkState.RETURNED]


# Teammate, stranger, read-only, unknown and malformed, wrong verb


@pytest.mark.parametrize("name", PAGES)
def test_another_manager_finds_nothing(acme, stage, name):
    assert acme.client("teammate").get(url(name, stage)).status_code == 404
    assert acme.client("teammate").post(url(name, stage), {"rating": 5}).status_code in {404, 405}


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_nothing(acme, rival, stage, name):
    client = rival.client("program_manager")

    assert client.get(url(name, stage)).status_code == 404
    assert client.get(url(name, stage, slug="rival")).status_code == (200 if name in PAGES[:2] else 404)
    assert states(acme, Deliverable) == [WorkState.SUBMITTED]


@pytest.mark.parametrize("name", PAGES)
def test_a_guest_is_not_let_into_the_console(acme, stage, name):
    assert acme.client("freelancer").get(url(name, stage)).status_code == 404


@pytest.mark.parametrize("name", ["work_list", "time_list", "deliverable_list", *PAGES])
def test_without_the_right_to_see_work_the_page_says_so(acme, stage, name):
    for role in ("approver", "compliance"):
        assert acme.client(role).get(url(name, stage)).status_code == 403


def test_a_viewer_reads_and_changes_nothing(acme, stage):
    client = acme.client("viewer")
    picks = {"action": "accept", "pick": [str(stage[1][0].public_id)]}

    assert client.get(url("timesheet_week", stage)).status_code == 200
    assert client.get(url("deliverable_detail", stage)).status_code == 200
    assert client.get(url("deliverable_accept", stage)).status_code == 403
    assert client.get(url("deliverable_create", stage)).status_code == 403
    assert client.post(url("work_list", stage), picks).status_code == 403
    data = {"decision": "accept", "lines": [str(line.public_id) for line in stage[1]]}
    assert client.post(url("timesheet_week", stage), data).status_code == 403
    assert client.post(url("deliverable_accept", stage), {"rating": "5"}).status_code == 403
    assert states(acme, TimeLine) == [WorkState.SUBMITTED] * 3


def test_unknown_and_malformed_addresses_lead_nowhere(acme, stage):
    client = acme.client("hiring_manager")
    number = stage[0].number

    for path in (
        f"assignments/999/time/{last_monday()}/",
        f"assignments/{number}/time/{last_monday() + timedelta(days=1)}/",
        f"assignments/{number}/time/2026-W07/",
        f"assignments/{number}/time/tomorrow/",
        f"assignments/x/time/{last_monday()}/",
        f"deliverables/{uuid4()}/",
        "deliverables/7/",
        f"deliverables/{uuid4()}/accept/",
    ):
        assert client.get(f"/t/acme/{path}").status_code == 404


def test_wrong_verbs_are_refused(acme, stage):
    client = acme.client("hiring_manager")

    assert client.post(url("deliverable_detail", stage)).status_code == 405
    assert client.delete(url("work_list", stage)).status_code == 405
    assert client.put(url("timesheet_week", stage)).status_code == 405


# Queries


@pytest.fixture
def untracked(settings):
    """allauth writes down when a session was last seen; that is not the page's doing."""
    settings.USERSESSIONS_TRACK_ACTIVITY = False


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_a_fixed_number_of_times(acme, rows, django_assert_num_queries, untracked):
    with acme.enter():
        assignment = make_assignment(acme)
        for at in range(rows):
            make_line(assignment, days_ago=at + 1)
            make_deliverable(assignment, title=f"Logo {at}", state=WorkState.SUBMITTED)
    client = acme.client("hiring_manager")
    address = reverse("work_list", kwargs={"tenant": "acme"})
    client.get(address)

    with django_assert_num_queries(LIST_QUERIES):
        client.get(address)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_week_asks_the_database_a_fixed_number_of_times(acme, rows, django_assert_num_queries, untracked):
    with acme.enter():
        assignment = make_assignment(acme)
        for at in range(rows):
            make_line(assignment, worked_on=last_monday() + timedelta(days=at))
    client = acme.client("hiring_manager")
    address = reverse(
        "timesheet_week", kwargs={"tenant": "acme", "number": assignment.number, "week": last_monday().isoformat()}
    )
    client.get(address)

    with django_assert_num_queries(WEEK_QUERIES):
        client.get(address)


# session, user, membership, roles, companies, unread news: the page around every page
AROUND = 5
LIST_QUERIES = AROUND + 3  # lines, saved views, deliverables
WEEK_QUERIES = AROUND + 2  # assignment, lines


def test_what_is_handed_in_is_no_longer_late(acme, stage):
    *_, deliverable = stage
    with acme.enter():
        Deliverable.objects.filter(pk=deliverable.pk).update(due_on=timezone.localdate() - timedelta(days=18))
    client = acme.client("hiring_manager")

    pages = [
        client.get(url(name, stage)).content.decode()
        for name in ("work_list", "deliverable_list", "deliverable_detail")
    ]

    assert ["days late" in page for page in pages] == [False, False, False]
