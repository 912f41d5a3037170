"""Time, deliverables and invoices in the portal: a guest's own, and nothing else, while their work lasts."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from freelance_hub.services.files import files_of
from talent.models import Assignment, Deliverable, Invoice, TimeLine
from talent.models.work import WorkState
from talent.services.invoices import create_invoice
from tests.factories.work import last_monday, make_assignment, make_deliverable, make_line

OBJECT_PAGES = (
    "portal_time",
    "portal_time_submit",
    "portal_deliverable_detail",
    "portal_deliverable_submit",
    "portal_invoice_detail",
    "portal_invoice_create",
)
POST_ONLY = ("portal_time_submit", "portal_deliverable_submit")


@pytest.fixture
def stage(acme, rival):
    """For each of three people: an assignment with an invoice, accepted work and a deliverable; two are bait."""
    made = {}
    for company, key in ((rival, "freelancer"), (acme, "other_freelancer"), (acme, "freelancer")):
        with company.enter(key):
            name = f"{company.slug} {key}"
            assignment = make_assignment(company, freelancer=key, title=f"Work of {name}")
            make_line(assignment, days_ago=20, state=WorkState.ACCEPTED)
            invoice = create_invoice(actor=company.actor(key), assignment=assignment)
            make_line(assignment, days_ago=21, state=WorkState.ACCEPTED)
            deliverable = make_deliverable(assignment, title=f"Logo of {name}")
            made[name] = (assignment, deliverable, invoice)
    return made


def url(name, stage, owner="acme freelancer", slug="acme"):
    assignment, deliverable, invoice = stage[owner]
    values = {"tenant": slug}
    if name.startswith("portal_time"):
        values |= {"number": assignment.number, "week": last_monday().isoformat()}
    elif name.startswith("portal_deliverable"):
        values |= {"public_id": deliverable.public_id}
    else:
        values |= {"number": invoice.number if name == "portal_invoice_detail" else assignment.number}
    return reverse(name, kwargs=values)


def week_data(*quantities, note="Sketches"):
    data = {"csrf": "x"}
    for at, quantity in enumerate(quantities):
        day = last_monday() + timedelta(days=at)
        data |= {f"quantity_{day}": quantity, f"note_{day}": note if quantity else ""}
    return data


def week_lines(company):
    with company.enter():
        lines = TimeLine.objects.filter(worked_on__gte=last_monday()).order_by("worked_on")
        return [(line.quantity, line.state) for line in lines]


# Works


def test_time_opens_at_this_week(acme, stage):
    answer = acme.client("freelancer").get(reverse("portal_time_start", kwargs={"tenant": "acme"}))

    today = timezone.localdate(timezone=timezone.get_fixed_timezone(60))
    monday = today - timedelta(days=today.weekday())
    number = stage["acme freelancer"][0].number
    assert answer["Location"] == reverse(
        "portal_time", kwargs={"tenant": "acme", "number": number, "week": monday.isoformat()}
    )


def test_time_without_an_assignment_says_so(acme):
    page = acme.client("freelancer").get(reverse("portal_time_start", kwargs={"tenant": "acme"}))

    assert "No assignment takes time now" in page.content.decode()


def test_a_week_is_saved_then_handed_in(acme, stage):
    client = acme.client("freelancer")

    saved = client.post(url("portal_time", stage), week_data("8", "7,5", "0:45"))
    page = client.get(url("portal_time", stage)).content.decode()
    handed_in = client.post(url("portal_time_submit", stage), week_data("8", "7,5", "", "2"))

    assert (saved.status_code, handed_in.status_code) == (303, 303)
    assert "16.25 h" in page
    assert 'value="7.5"' in page
    assert week_lines(acme) == [
        (Decimal("8.00"), "submitted"),
        (Decimal("7.50"), "submitted"),
        (Decimal("2.00"), "submitted"),
    ]
    after = client.get(url("portal_time", stage)).content.decode()
    assert after.count("Handed in</span>") == 3


def test_a_refused_week_keeps_what_was_typed_and_changes_nothing(acme, stage):
    with acme.enter():
        Assignment.objects.update(budget=Decimal(1500))
    client = acme.client("freelancer")

    page = client.post(url("portal_time_submit", stage), week_data("8", "8"))

    assert page.status_code == 422
    assert "above the budget" in page.content.decode()
    assert page.content.decode().count('value="8"') == 2
    assert week_lines(acme) == []


@pytest.mark.parametrize(
    ("quantity", "words"), [("25", "a day has 24"), ("many", "Enter a number"), ("-1", "greater than or equal to 0")]
)
def test_a_wrong_day_is_shown_at_that_day(acme, stage, quantity, words):
    page = acme.client("freelancer").post(url("portal_time", stage), week_data("8", quantity))

    assert page.status_code == 422
    assert words in page.content.decode()
    assert week_lines(acme) == []


def test_a_note_without_time_asks_how_long(acme, stage):
    day = last_monday()

    page = acme.client("freelancer").post(url("portal_time", stage), {f"note_{day}": "Workshop"})

    assert "How long?" in page.content.decode()


def test_returned_days_show_the_reason_here_and_a_hint_elsewhere(acme, stage):
    assignment = stage["acme freelancer"][0]
    with acme.enter():
        make_line(assignment, worked_on=last_monday(), state=WorkState.RETURNED, return_reason="We met for <2> hours")
    client = acme.client("freelancer")

    here = client.get(url("portal_time", stage)).content.decode()
    week_before = (last_monday() - timedelta(days=7)).isoformat()
    elsewhere = client.get(
        reverse("portal_time", kwargs={"tenant": "acme", "number": assignment.number, "week": week_before})
    ).content.decode()

    assert "We met for &lt;2&gt; hours" in here
    assert "Something came back" in elsewhere
    assert last_monday().isoformat() in elsewhere


def test_days_that_cannot_be_written_on_are_not_asked(acme, stage):
    assignment = stage["acme freelancer"][0]
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(60))
    monday = today - timedelta(days=today.weekday())
    address = reverse("portal_time", kwargs={"tenant": "acme", "number": assignment.number, "week": monday.isoformat()})

    page = acme.client("freelancer").get(address).content.decode()

    assert f'name="quantity_{today}"' in page
    assert f'name="quantity_{today + timedelta(days=1)}"' not in page


def test_two_projects_of_one_week_are_a_tab_apart(acme, stage):
    with acme.enter():
        make_assignment(acme, title="Second project")

    page = acme.client("freelancer").get(url("portal_time", stage)).content.decode()

    assert "Second project" in page
    assert "other_freelancer" not in page


def test_a_deliverable_is_handed_in_with_files(acme, stage):
    client = acme.client("freelancer")
    upload = SimpleUploadedFile("logo.pdf", b"%PDF-1.7\n%%EOF")

    empty = client.post(url("portal_deliverable_submit", stage), {"note": " "})
    bad = client.post(url("portal_deliverable_submit", stage), {"file": SimpleUploadedFile("x.exe", b"MZ")})
    done = client.post(url("portal_deliverable_submit", stage), {"note": "Here", "file": upload})

    assert (empty.status_code, bad.status_code, done.status_code) == (422, 422, 303)
    assert "Programs are not accepted" in bad.content.decode()
    with acme.enter():
        deliverable = Deliverable.objects.get(pk=stage["acme freelancer"][1].pk)
        [file] = files_of(deliverable)
    assert deliverable.state == WorkState.SUBMITTED
    address = reverse("portal_file_download", kwargs={"tenant": "acme", "public_id": file.public_id})
    assert address in client.get(url("portal_deliverable_detail", stage)).content.decode()
    assert client.get(address).status_code == 200
    assert acme.client("other_freelancer").get(address).status_code == 404
    console = reverse("file_download", kwargs={"tenant": "acme", "public_id": file.public_id})
    assert acme.client("hiring_manager").get(console).status_code == 200
    assert acme.client("teammate").get(console).status_code == 404


def test_an_invoice_is_made_of_accepted_work_and_followed(acme, stage):
    client = acme.client("freelancer")

    listed = client.get(reverse("portal_invoice_list", kwargs={"tenant": "acme"})).content.decode()
    preview = client.get(url("portal_invoice_create", stage)).content.decode()
    made = client.post(url("portal_invoice_create", stage))
    again = client.post(url("portal_invoice_create", stage))
    page = client.get(made["Location"]).content.decode()

    assert "Accepted, not yet invoiced" in listed
    assert "€640.00" in preview
    assert (made.status_code, again.status_code) == (303, 409)
    assert "Waiting for Hiring Manager Acme since today, expected pay date" in page


def test_lists_show_own_things_only(acme, stage):
    client = acme.client("freelancer")

    for name in ("portal_invoice_list", "portal_deliverable_list"):
        text = client.get(reverse(name, kwargs={"tenant": "acme"})).content.decode()
        assert "of acme freelancer" in text
        assert "other_freelancer" not in text
        assert "rival" not in text


def test_an_internal_rating_stays_internal(acme, stage):
    with acme.enter():
        Deliverable.objects.filter(pk=stage["acme freelancer"][1].pk).update(state="accepted", rating=2)

    page = acme.client("freelancer").get(url("portal_deliverable_detail", stage)).content.decode()

    assert "Rating" not in page


# Other guests, strangers, employees; after the end; unknown; wrong verb


@pytest.mark.parametrize("name", OBJECT_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_gets_in(acme, rival, stage, name, method):
    """Whoever knows the address: another guest, an agency, employees (they have a console), people of another company."""
    address = url(name, stage)
    clients = [acme.client(who) for who in ("other_freelancer", "agency", "hiring_manager", "owner")]
    clients += [rival.client(who) for who in ("freelancer", "program_manager")]

    for client in clients:
        assert getattr(client, method)(address, {"note": "x"}).status_code in {404, 405}
    with acme.enter():
        assert Invoice.objects.count() == 2
        assert not Deliverable.objects.exclude(state="draft").exists()


@pytest.mark.parametrize("name", OBJECT_PAGES)
def test_addresses_of_other_guests_lead_nowhere(acme, stage, name):
    client = acme.client("freelancer")

    assert client.get(url(name, stage, owner="acme other_freelancer")).status_code in {404, 405}
    assert client.post(url(name, stage, owner="acme other_freelancer"), week_data("8")).status_code in {404, 405}
    assert client.post(url(name, stage, owner="rival freelancer", slug="rival")).status_code == 404


@pytest.mark.parametrize("state", Assignment.OVER)
def test_work_closes_with_the_assignment_and_own_invoices_stay_readable(acme, stage, state):
    with acme.enter():
        Assignment.objects.update(state=state)
    client = acme.client("freelancer")

    for name in OBJECT_PAGES[:4]:
        assert client.post(url(name, stage), week_data("8")).status_code in {404, 405}
        if name not in POST_ONLY:
            assert client.get(url(name, stage)).status_code == 404
    assert client.get(url("portal_invoice_detail", stage)).status_code == 200
    assert client.get(url("portal_invoice_create", stage)).status_code == 200


def test_a_suspended_assignment_is_read_but_not_written(acme, stage):
    with acme.enter():
        Assignment.objects.update(state=Assignment.State.SUSPENDED)
    client = acme.client("freelancer")

    page = client.get(url("portal_time", stage)).content.decode()
    tried = client.post(url("portal_time_submit", stage), week_data("8"))

    assert "only while it is active" in page
    assert "Hand in week" not in page
    assert tried.status_code == 422
    assert week_lines(acme) == []


def test_unknown_and_malformed_addresses_lead_nowhere(acme, stage):
    client = acme.client("freelancer")
    number = stage["acme freelancer"][0].number

    for path in (
        f"time/999/{last_monday()}/",
        f"time/{number}/{last_monday() + timedelta(days=2)}/",
        f"time/{number}/someday/",
        f"deliverables/{uuid4()}/",
        "deliverables/12/",
        "invoices/999/",
        "invoices/new/999/",
    ):
        assert client.get(f"/t/acme/portal/{path}").status_code == 404


def test_wrong_verbs_are_refused(acme, stage):
    client = acme.client("freelancer")

    for name in POST_ONLY:
        assert client.get(url(name, stage)).status_code == 405
    assert client.post(url("portal_invoice_detail", stage)).status_code == 405
    assert client.post(url("portal_deliverable_detail", stage)).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_the_database_a_fixed_number_of_times(acme, rows, django_assert_num_queries, settings):
    settings.USERSESSIONS_TRACK_ACTIVITY = False
    with acme.enter("freelancer"):
        for _ in range(rows):
            assignment = make_assignment(acme)
            for at in range(rows):
                make_line(assignment, worked_on=last_monday() + timedelta(days=at))
                make_line(assignment, days_ago=20 + at, state=WorkState.ACCEPTED)
            invoice = create_invoice(actor=acme.actor("freelancer"), assignment=assignment)
            make_line(assignment, days_ago=30, state=WorkState.ACCEPTED)
    client = acme.client("freelancer")
    made = {"acme freelancer": (assignment, None, invoice)}
    client.get(reverse("portal_invoice_list", kwargs={"tenant": "acme"}))

    with django_assert_num_queries(9):  # page around 5; assignment, lines, other assignments, returned elsewhere
        client.get(url("portal_time", made))
    with django_assert_num_queries(9):  # page around 5; invoices, saved views, to be invoiced, account
        client.get(reverse("portal_invoice_list", kwargs={"tenant": "acme"}))
    with django_assert_num_queries(8):  # page around 5; invoice, lines, account
        client.get(url("portal_invoice_detail", made))
