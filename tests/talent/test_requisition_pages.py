"""The pages of requests: each with the six questions, and the way from asking to engaging."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from freelance_hub.links import tenant_url
from talent.models import Assignment, Requisition, Submission
from talent.services.requisitions import approve_requisition, submit_requisition
from talent.services.submissions import add_submission
from tests.factories.talent import add_freelancer, ask, hire

TODAY = timezone.localdate()


@pytest.fixture
def mine(acme):
    """A request of the hiring manager, open."""
    with acme.enter("hiring_manager"):
        return ask(acme)


@pytest.fixture
def bait(rival):
    with rival.enter("hiring_manager"):
        ask(rival, title="Rival first")
        return ask(rival, title="Rival secret")


def url(company, name, **kwargs):
    return tenant_url(name, tenant=company.slug, **kwargs)


def form(program, **changes):
    return {
        "program": program.pk,
        "title": "Android payments SDK",
        "skills": "Kotlin, Payments",
        "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY + timedelta(90)).isoformat(),
        "budget": "12000",
        "rate_min": "50",
        "rate_max": "80",
        "rate_unit": "hour",
        **changes,
    }


def state_of(requisition):
    return Requisition._base_manager.get(pk=requisition.pk).state


# The way


def test_a_manager_asks_submits_and_sees_where_it_stands(acme, mine):
    client = acme.client("hiring_manager")
    answer = client.post(url(acme, "requisition_create"), form(mine.program))
    with acme.enter():
        made = Requisition.objects.get(number=2)
    assert answer["Location"] == url(acme, "requisition_detail", number=2)
    assert (made.currency, made.budget, made.requested_by_id) == ("EUR", 12000, acme.people["hiring_manager"].pk)

    assert b"Submit for approval" in client.get(answer["Location"]).content
    client.post(url(acme, "requisition_submit", number=2))
    page = client.get(answer["Location"]).content
    with acme.enter():
        assert state_of(made) == "in_approval"
    assert b"Submit for approval" not in page
    assert b"In approval" in page


def test_a_wrong_form_keeps_what_was_typed_and_says_where(acme, mine):
    answer = acme.client("hiring_manager").post(
        url(acme, "requisition_create"), form(mine.program, rate_min="90", rate_max="50")
    )

    assert answer.status_code == 422
    assert "upside down" in answer.context["form"].errors["rate_max"][0]
    assert b"Android payments SDK" in answer.content


def test_another_companys_program_cannot_be_chosen(acme, rival, mine, bait):
    answer = acme.client("hiring_manager").post(url(acme, "requisition_create"), form(bait.program))

    assert answer.status_code == 422
    assert "program" in answer.context["form"].errors


def test_a_draft_and_one_in_approval_are_edited_and_an_open_one_is_not(acme, mine):
    with acme.enter("hiring_manager"):
        draft, asked = ask(acme, state="draft"), ask(acme, state="in_approval")
    client = acme.client("hiring_manager")

    client.post(url(acme, "requisition_edit", number=draft.number), form(mine.program, title="Changed"))
    assert b"This is in approval" in client.get(url(acme, "requisition_edit", number=asked.number)).content
    client.post(url(acme, "requisition_edit", number=asked.number), form(mine.program, title="Changed too"))
    refused = client.post(url(acme, "requisition_edit", number=mine.number), form(mine.program, title="Changed"))

    with acme.enter():
        titles = [one.title for one in Requisition.objects.order_by("number")]
        assert titles == ["Android payments SDK", "Changed", "Changed too"]
    assert b"its content is fixed" in refused.content


def test_people_who_fit_are_suggested_in_words_and_engaged(acme, mine):
    with acme.enter("program_manager"):
        fits = add_freelancer(acme, "Fay Free")
        add_freelancer(acme, "Dee Dear", hourly_rate=Decimal(500), rating=None)
        add_freelancer(acme, "Other Skill", skills=["Cobol"])
        add_freelancer(acme, "Blocked Bob", state="blocked")
    manager, hirer = acme.client("program_manager"), acme.client("hiring_manager")
    at = url(acme, "requisition_detail", number=mine.number)

    page = manager.get(at)
    assert [one.words for one in page.context["suggestions"]] == [
        "2 of 2 skills, €70.00 an hour within range, rated 4.5",
        "2 of 2 skills, €500.00 an hour above range",
    ]
    assert [one.words for one in hirer.get(at).context["suggestions"]] == [
        "2 of 2 skills, rate within range, rated 4.5",
        "2 of 2 skills, rate above range",
    ]

    engage = url(acme, "assignment_create", number=mine.number, public_id=fits.public_id)
    assert b'value="70.00"' in manager.get(engage).content
    assert b"70.00" not in hirer.get(engage).content
    answer = hirer.post(
        engage,
        {
            "title": "SDK",
            "rate": "75",
            "budget": "5000",
            "starts_on": TODAY.isoformat(),
            "ends_on": (TODAY + timedelta(30)).isoformat(),
            "manager": acme.people["hiring_manager"].public_id,
        },
    )
    with acme.enter():
        made = Assignment.objects.get()
    assert answer["Location"] == url(acme, "assignment_detail", number=made.number)
    assert (made.rate, made.budget, made.freelancer_id) == (75, 5000, fits.pk)


def test_a_rate_out_of_range_is_refused_on_the_form_with_what_to_change(acme, mine):
    with acme.enter("program_manager"):
        person = add_freelancer(acme)
    answer = acme.client("hiring_manager").post(
        url(acme, "assignment_create", number=mine.number, public_id=person.public_id),
        {
            "title": "SDK",
            "rate": "95",
            "budget": "5000",
            "starts_on": TODAY.isoformat(),
            "ends_on": TODAY.isoformat(),
            "manager": acme.people["hiring_manager"].public_id,
        },
    )

    assert answer.status_code == 422
    assert "Agree on at most €90.00" in answer.context["form"].errors["rate"][0]
    with acme.enter():
        assert not Assignment.objects.exists()


def test_candidates_are_put_forward_and_decided(acme, rival, mine):
    with acme.enter("program_manager"):
        person = add_freelancer(acme)
    with rival.enter("program_manager"):
        stranger = add_freelancer(rival, "Rival Free")
    client = acme.client("hiring_manager")

    for one in (person, stranger, person):
        client.post(url(acme, "submission_create", number=mine.number), {"freelancer": one.public_id})
    with acme.enter():
        assert [one.freelancer for one in Submission.objects.all()] == [person]

    decide = url(acme, "submission_decide", number=mine.number, public_id=person.public_id)
    states = []
    for verdict in ("nonsense", "shortlist", "decline", "shortlist"):
        client.post(decide, {"verdict": verdict})
        with acme.enter():
            states.append(Submission.objects.get().state)
    assert states == ["new", "shortlisted", "declined", "declined"]


def test_hold_reopen_close_and_cancel_ask_for_a_reason_where_one_is_due(acme, mine):
    client = acme.client("hiring_manager")

    assert client.get(url(acme, "requisition_hold", number=1)).status_code == 200
    assert client.post(url(acme, "requisition_hold", number=1), {"reason": ""}).status_code == 422
    assert client.post(url(acme, "requisition_hold", number=1), {"reason": "Freeze"}).status_code == 303
    assert b"Freeze" in client.get(url(acme, "requisition_detail", number=1)).content
    assert client.post(url(acme, "requisition_reopen", number=1)).status_code == 303
    assert client.post(url(acme, "requisition_close", number=1)).status_code == 303
    refused = client.post(url(acme, "requisition_cancel", number=1), {"reason": "Late"})
    assert refused.status_code == 422
    assert b"no longer possible" in refused.content


# Who sees what


def test_the_list_holds_what_is_ones_own_to_see(acme, rival, mine, bait):
    with acme.enter("teammate"):
        ask(acme, by="teammate", title="Of a colleague")

    def titles(role):
        answer = acme.client(role).get(url(acme, "requisition_list"))
        found = ("Android payments SDK", "Of a colleague", "Rival secret")
        return [title for title in found if title in answer.content.decode()]

    both = ["Android payments SDK", "Of a colleague"]
    assert {
        role: titles(role) for role in ("owner", "program_manager", "finance", "compliance", "viewer")
    } == dict.fromkeys(("owner", "program_manager", "finance", "compliance", "viewer"), both)
    assert titles("hiring_manager") == ["Android payments SDK"]
    assert titles("teammate") == ["Of a colleague"]
    assert titles("approver") == []


def test_budgets_are_not_for_everyone_on_page_and_csv(acme, mine):
    def sees(role):
        client = acme.client(role)
        page = client.get(url(acme, "requisition_detail", number=mine.number)).content.decode()
        answer = client.get(url(acme, "requisition_list") + "?format=csv")
        return "20,000" in page, "20000" in b"".join(answer.streaming_content).decode()

    assert {role: sees(role) for role in ("program_manager", "hiring_manager", "finance", "owner", "compliance")} == {
        "program_manager": (True, True),
        "hiring_manager": (True, True),
        "finance": (True, True),
        "owner": (False, False),
        "compliance": (False, False),
    }


GET = ("requisition_detail", "requisition_edit", "requisition_hold", "requisition_cancel")
POST = ("requisition_submit", "requisition_reopen", "requisition_close", "submission_create")


@pytest.mark.parametrize("name", GET + POST)
def test_who_gets_in(acme, rival, mine, bait, name):
    at = url(acme, name, number=mine.number)
    verb = "get" if name in GET else "post"

    answers = {role: getattr(acme.client(role), verb)(at, {}).status_code for role in acme.people}

    fine = 200 if name in GET else 303
    reads = name == "requisition_detail"
    guests = {"freelancer", "agency", "other_freelancer"}
    expected = {
        **dict.fromkeys(("program_manager", "hiring_manager"), fine),
        **dict.fromkeys(("owner", "finance", "compliance", "viewer"), 200 if reads else 403),
        **dict.fromkeys(("teammate", "approver"), 404),
        **dict.fromkeys(guests, 404),
    }
    assert answers == expected
    assert getattr(rival.client("program_manager"), verb)(at).status_code == 404
    # bait: number 2 exists in the other company only
    theirs = url(acme, name, number=bait.number)
    assert getattr(acme.client("program_manager"), verb)(theirs).status_code == 404


@pytest.mark.parametrize("name", ["requisition_edit", "requisition_hold", "requisition_submit", "submission_create"])
def test_a_colleague_of_the_same_program_is_told_what_is_missing(acme, mine, name):
    with acme.enter():
        acme.people["teammate"].role_links.update(program_ids=[mine.program_id])
    client = acme.client("teammate")
    at = url(acme, name, number=mine.number)

    assert client.get(url(acme, "requisition_detail", number=mine.number)).status_code == 200
    answer = client.post(at, {"reason": "x", "freelancer": "x", **form(mine.program)})
    with acme.enter():
        assert state_of(mine) == "open"
    assert answer.status_code in {303, 403}
    assert answer.status_code == 403 or name == "submission_create"


@pytest.mark.parametrize(("name", "verb"), [("requisition_detail", "post"), ("requisition_submit", "get")])
def test_wrong_verbs_are_refused(acme, mine, name, verb):
    assert getattr(acme.client("hiring_manager"), verb)(url(acme, name, number=1)).status_code == 405


def test_malformed_and_unknown_numbers_are_not_found(acme, mine):
    client = acme.client("hiring_manager")
    for number in ("99", "x", "1.0", "99999999999999999999"):
        assert client.get(url(acme, "requisition_list") + f"{number}/").status_code == 404


# Queries


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_three_rows_as_for_one(acme, rows, django_assert_num_queries):
    with acme.enter("hiring_manager"):
        for _ in range(rows):
            ask(acme, state="draft")
    client = acme.client("hiring_manager")
    client.get(url(acme, "requisition_list"))

    with django_assert_num_queries(8):
        client.get(url(acme, "requisition_list"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_as_often_for_three_of_everything_as_for_one(acme, mine, rows, django_assert_num_queries):
    with acme.enter("program_manager"):
        boss = acme.actor("program_manager")
        for number in range(rows):
            hire(
                acme, requisition=mine, freelancer=add_freelancer(acme, f"Hired {number}"), budget=100, state="planned"
            )
            add_submission(requisition=mine, freelancer=add_freelancer(acme, f"Candidate {number}"), actor=boss)
            add_freelancer(acme, f"Fits {number}", skills=["Python", f"S{number}"])
    client = acme.client("program_manager")
    at = url(acme, "requisition_detail", number=mine.number)
    client.get(at)

    with django_assert_num_queries(11):
        client.get(at)


def test_an_approver_sees_what_a_higher_app_opens_to_them(acme, mine, monkeypatch):
    from django.db.models import Q

    from freelance_hub import access

    asked = acme.people["approver"].pk
    monkeypatch.setitem(
        access._openings,
        "requisition",
        [lambda actor: Q(number=mine.number) if actor.membership_id == asked else Q(pk__in=[])],
    )

    page = acme.client("approver").get(url(acme, "requisition_detail", number=mine.number))

    assert page.status_code == 200
    assert b"20,000" in page.content
    assert acme.client("teammate").get(url(acme, "requisition_detail", number=mine.number)).status_code == 404


def test_submitting_runs_through_the_page_only_once(acme):
    with acme.enter("hiring_manager"):
        draft = ask(acme, state="draft")
        submit_requisition(requisition=Requisition.objects.get(pk=draft.pk), actor=acme.actor("hiring_manager"))
        approve_requisition(requisition=Requisition.objects.get(pk=draft.pk), actor=acme.automation())

    answer = acme.client("hiring_manager").post(url(acme, "requisition_submit", number=1), follow=True)

    assert b"no longer possible" in answer.content
    with acme.enter():
        assert state_of(draft) == "open"
