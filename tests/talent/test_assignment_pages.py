"""The pages of assignments: each with the six questions, what it closes in numbers, and the guest's side of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from freelance_hub.links import tenant_url
from talent.models import Assignment
from talent.services import assignments as services
from tests.factories.programs import make_workspace
from tests.factories.talent import add_freelancer, ask, guest_freelancer, hire, walk


@pytest.fixture
def planned(acme):
    with acme.enter("hiring_manager"):
        return hire(acme, state="planned", freelancer=guest_freelancer(acme))


@pytest.fixture
def at_work(acme, planned):
    """At work in a room, as onboarding leaves it."""
    with acme.enter("hiring_manager"):
        walk(acme, planned, "onboarding")
        room = make_workspace(acme, planned.program, "freelancer")
        services.attach_workspace(assignment=planned, workspace=room, actor=acme.automation())
        services.activate_assignment(assignment=planned, actor=acme.automation())
    return planned


@pytest.fixture
def bait(rival):
    with rival.enter("hiring_manager"):
        hire(rival, requisition=ask(rival, title="Rival first"), freelancer=add_freelancer(rival, "Rival One"))
        return hire(rival, requisition=ask(rival, title="Rival secret"), freelancer=add_freelancer(rival, "Rival Two"))


def url(company, name, **kwargs):
    return tenant_url(name, tenant=company.slug, **kwargs)


def state_of(assignment):
    return Assignment._base_manager.get(pk=assignment.pk).state


# The way


def test_a_planned_assignment_says_what_is_next_and_starts(acme, planned):
    client = acme.client("hiring_manager")
    at = url(acme, "assignment_detail", number=1)
    assert b"Next: start the onboarding" in client.get(at).content

    client.post(url(acme, "assignment_start", number=1))
    again = client.post(url(acme, "assignment_start", number=1), follow=True)

    with acme.enter():
        assert state_of(planned) == "onboarding"
    assert b"no longer possible" in again.content


def test_what_stops_the_start_is_said_in_place_of_the_button(acme, planned, monkeypatch):
    from freelance_hub import gates

    stop = gates.Stop("No contract yet.", "contract", "Sign it.")
    monkeypatch.setitem(gates._checks, "assignment.start", [lambda subject, actor: [stop]])
    client = acme.client("hiring_manager")

    page = client.get(url(acme, "assignment_detail", number=1)).content
    answer = client.post(url(acme, "assignment_start", number=1), follow=True)

    assert b"No contract yet. Sign it." in page
    assert b"Start onboarding" not in page
    assert b"No contract yet. Sign it." in answer.content
    with acme.enter():
        assert state_of(planned) == "planned"


def test_ending_says_in_numbers_what_closes_and_closes_it(acme, at_work):
    client = acme.client("hiring_manager")
    end = url(acme, "assignment_end", number=1)

    question = client.get(end).content.decode()
    assert "closes 1 workspace and 2 accesses of 1 person" in question
    assert client.post(end, {"reason": ""}).status_code == 422
    with acme.enter():
        assert state_of(at_work) == "active"
    room = url(acme, "portal_workspace_detail", public_id=at_work.workspace.public_id)
    guest = acme.client("freelancer")
    assert guest.get(room).status_code == 200

    answer = client.post(end, {"reason": "Project is done", "rehire": "yes"})

    assert answer.status_code == 303
    with acme.enter():
        ended = Assignment.objects.get()
    assert (ended.state, ended.end_reason, ended.rehire) == ("ended", "Project is done", True)
    assert guest.get(room).status_code == 404
    again = client.post(end, {"reason": "Again"})
    assert (again.status_code, b"no longer possible" in again.content) == (422, True)


def test_suspending_closes_the_room_and_resuming_opens_it(acme, at_work):
    client, guest = acme.client("hiring_manager"), acme.client("freelancer")
    room = url(acme, "portal_workspace_detail", public_id=at_work.workspace.public_id)

    assert client.post(url(acme, "assignment_suspend", number=1), {"reason": ""}).status_code == 422
    assert client.post(url(acme, "assignment_suspend", number=1), {"reason": "Audit"}).status_code == 303
    assert guest.get(room).status_code == 404
    assert b"suspended" in guest.get(url(acme, "portal_home")).content

    assert client.post(url(acme, "assignment_resume", number=1)).status_code == 303
    assert guest.get(room).status_code == 200


# Who sees what


def test_the_list_holds_what_is_ones_own_to_see(acme, rival, at_work, bait):
    with acme.enter("teammate"):
        other = hire(acme, manager="teammate", requisition=ask(acme, by="teammate", title="Of a colleague"))

    def titles(role):
        text = acme.client(role).get(url(acme, "assignment_list")).content.decode()
        return [one for one in ("Android payments SDK", "Of a colleague", "Rival secret") if one in text]

    for role in ("owner", "program_manager", "finance", "compliance", "viewer"):
        assert titles(role) == ["Android payments SDK", "Of a colleague"], role
    assert titles("hiring_manager") == ["Android payments SDK"]
    assert titles("teammate") == ["Of a colleague"]
    assert other.title == "Of a colleague"


def test_a_program_managers_programs_are_the_limit(acme, at_work):
    from tests.factories.work import make_program

    with acme.enter("program_manager"):
        elsewhere = make_program(acme, name="Elsewhere")
        acme.people["program_manager"].role_links.update(program_ids=[elsewhere.pk])

    client = acme.client("program_manager")
    assert client.get(url(acme, "assignment_detail", number=1)).status_code == 404
    assert client.get(url(acme, "requisition_detail", number=1)).status_code == 404
    assert b"Android payments" not in client.get(url(acme, "assignment_list")).content


def test_rates_are_not_for_everyone_on_page_and_csv(acme, at_work):
    def sees(role):
        client = acme.client(role)
        page = client.get(url(acme, "assignment_detail", number=1)).content.decode()
        csv = b"".join(client.get(url(acme, "assignment_list") + "?format=csv").streaming_content).decode()
        return "80.00" in page, "80.00" in csv

    assert {role: sees(role) for role in ("program_manager", "hiring_manager", "finance", "owner", "compliance")} == {
        "program_manager": (True, True),
        "hiring_manager": (True, True),
        "finance": (True, True),
        "owner": (False, False),
        "compliance": (False, False),
    }


GET = ("assignment_detail", "assignment_end", "assignment_suspend")
POST = ("assignment_start", "assignment_resume")


@pytest.mark.parametrize("name", GET + POST)
def test_who_gets_in(acme, rival, at_work, bait, name):
    at = url(acme, name, number=1)
    verb = "get" if name in GET else "post"

    answers = {role: getattr(acme.client(role), verb)(at).status_code for role in acme.people}

    fine = 200 if name in GET else 303
    reads = name == "assignment_detail"
    assert answers == {
        **dict.fromkeys(("program_manager", "hiring_manager"), fine),
        **dict.fromkeys(("owner", "finance", "compliance", "viewer"), 200 if reads else 403),
        "approver": 403,
        "teammate": 404,
        **dict.fromkeys(("freelancer", "agency", "other_freelancer"), 404),
    }
    assert getattr(rival.client("program_manager"), verb)(at).status_code in {200, 303, 404}
    theirs = url(acme, name, number=bait.number)
    assert getattr(acme.client("program_manager"), verb)(theirs).status_code == 404


def test_strangers_find_nothing(acme, rival, at_work):
    for name in (*GET, "assignment_list", "portal_assignment_detail", "portal_home"):
        kwargs = {} if name in {"assignment_list", "portal_home"} else {"number": 1}
        for role in ("program_manager", "freelancer"):
            assert rival.client(role).get(url(acme, name, **kwargs)).status_code == 404


@pytest.mark.parametrize(("name", "verb"), [("assignment_detail", "post"), ("assignment_start", "get")])
def test_wrong_verbs_are_refused(acme, planned, name, verb):
    assert getattr(acme.client("hiring_manager"), verb)(url(acme, name, number=1)).status_code == 405


def test_malformed_and_unknown_numbers_are_not_found(acme, planned):
    client = acme.client("hiring_manager")
    for number in ("99", "x", "99999999999999999999"):
        assert client.get(url(acme, "assignment_list") + f"{number}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_three_rows_as_for_one(acme, rows, django_assert_num_queries):
    with acme.enter("hiring_manager"):
        for number in range(rows):
            hire(acme, freelancer=add_freelancer(acme, f"Person {number}"), state="planned")
    client = acme.client("hiring_manager")
    client.get(url(acme, "assignment_list"))

    with django_assert_num_queries(8):
        client.get(url(acme, "assignment_list"))


def test_the_page_asks_a_fixed_number_of_times(acme, at_work, django_assert_num_queries):
    client = acme.client("hiring_manager")
    client.get(url(acme, "assignment_detail", number=1))

    with django_assert_num_queries(10):
        client.get(url(acme, "assignment_detail", number=1))


# The guest's side


def test_the_guests_home_shows_what_is_theirs_and_nothing_of_others(acme, at_work, bait):
    with acme.enter("hiring_manager"):
        other = hire(
            acme, requisition=ask(acme, title="Of another guest"), freelancer=guest_freelancer(acme, "other_freelancer")
        )
        hire(acme, requisition=ask(acme, title="Still a plan"), freelancer=at_work.freelancer, state="planned")
    guest = acme.client("freelancer")

    home = guest.get(url(acme, "portal_home")).content.decode()

    found = ("Android payments SDK", "Of another guest", "Still a plan", "Rival secret")
    assert [title for title in found if title in home] == ["Android payments SDK"]
    assert "Open the workspace" in home
    assert guest.get(url(acme, "portal_assignment_detail", number=at_work.number)).status_code == 200
    for number in (other.number, other.number + 1, 99):
        assert guest.get(url(acme, "portal_assignment_detail", number=number)).status_code == 404


def test_a_guest_without_work_is_told_what_will_stand_here(acme):
    assert b"No work right now" in acme.client("freelancer").get(url(acme, "portal_home")).content
    assert acme.client("agency").get(url(acme, "portal_home")).status_code == 200
    assert acme.client("agency").get(url(acme, "portal_profile")).status_code == 404


def test_employees_do_not_walk_the_portal(acme, at_work):
    for name in ("portal_home", "portal_profile"):
        assert acme.client("program_manager").get(url(acme, name)).status_code == 404


def test_a_guest_changes_their_profile_and_account(acme, at_work):
    guest = acme.client("freelancer")
    profile = {"headline": "Android", "phone": "+49 1", "language": "German", "state": "unavailable"}

    assert guest.post(url(acme, "portal_profile_edit"), profile).status_code == 303
    assert guest.post(url(acme, "portal_profile_edit"), {**profile, "state": "blocked"}).status_code == 422
    wrong = guest.post(url(acme, "portal_payout_edit"), {"holder": "Fay", "iban": "DE00 1234"})
    assert wrong.status_code == 422
    assert "iban" in wrong.context["payout_form"].errors
    account = {"holder": "Fay Free", "iban": "DE89 3704 0044 0532 0130 00", "bic": ""}
    assert guest.post(url(acme, "portal_payout_edit"), account).status_code == 303

    page = guest.get(url(acme, "portal_profile")).content.decode()
    assert "•••• 3000" in page
    assert "3704" not in page
    with acme.enter():
        at_work.freelancer.refresh_from_db()
    assert (at_work.freelancer.headline, at_work.freelancer.state) == ("Android", "unavailable")


def test_after_the_end_every_address_that_worked_is_gone(acme, at_work):
    guest = acme.client("freelancer")
    addresses = [
        url(acme, "portal_home"),
        url(acme, "portal_profile"),
        url(acme, "portal_assignment_detail", number=1),
        url(acme, "portal_workspace_list"),
        url(acme, "portal_workspace_detail", public_id=at_work.workspace.public_id),
        url(acme, "portal_invoice_list"),
        url(acme, "portal_deliverable_list"),
        url(acme, "portal_time_start"),
    ]
    assert [guest.get(at).status_code < 400 for at in addresses] == [True] * len(addresses)

    with acme.enter("hiring_manager"):
        services.request_end(assignment=at_work, reason="Done", actor=acme.actor("hiring_manager"))
        services.start_offboarding(assignment=at_work, actor=acme.automation())
        services.end_guest_access(assignment=at_work, actor=acme.automation())
        services.close_assignment(assignment=at_work, actor=acme.automation())

    assert [guest.get(at).status_code for at in addresses] == [404] * len(addresses)
    assert [acme.client("freelancer").get(at).status_code for at in addresses] == [404] * len(addresses)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_guests_home_asks_as_often_for_three_assignments_as_for_one(acme, rows, django_assert_num_queries):
    with acme.enter("hiring_manager"):
        person = guest_freelancer(acme)
        for number in range(rows):
            assignment = hire(acme, freelancer=person, requisition=ask(acme, title=f"Work {number}"))
            room = make_workspace(acme, assignment.program, "freelancer", name=f"Room {number}")
            services.attach_workspace(assignment=assignment, workspace=room, actor=acme.automation())
    guest = acme.client("freelancer")
    guest.get(url(acme, "portal_home"))

    with django_assert_num_queries(9):
        guest.get(url(acme, "portal_home"))


def test_how_much_of_the_time_is_over_is_said_in_words(acme, planned):
    from talent.selectors.life import elapsed

    today = timezone.localdate()
    planned.starts_on, planned.ends_on = today, today + timedelta(9)

    assert [elapsed(planned, today=today + timedelta(shift)).words for shift in (-3, -1, 0, 4, 9, 10)] == [
        "starts in 3 days",
        "starts tomorrow",
        "day 1 of 10",
        "day 5 of 10",
        "day 10 of 10",
        "the last day has passed",
    ]
    assert elapsed(planned, today=today + timedelta(4)).percent == 50
    assert Decimal(elapsed(planned, today=today - timedelta(9)).percent) == 0
