"""Pages of employees on invoices: who gets in, who decides, what nobody else sees."""

import pytest
from django.urls import reverse

from talent.models import Invoice, TimeLine
from talent.models.work import WorkState
from talent.services.invoices import approve_invoice, create_invoice
from tests.factories.work import make_assignment, make_line

State = Invoice.State


@pytest.fixture
def invoices(acme, rival):
    """INV-1 of each company waits for its manager; Rival's is the bait."""
    made = {}
    for company in (rival, acme):
        with company.enter():
            assignment = make_assignment(company, title=f"Secret of {company.slug}")
            make_line(assignment, state=WorkState.ACCEPTED)
            made[company.slug] = create_invoice(actor=company.actor("freelancer"), assignment=assignment)
    return made


def url(name, number=None, slug="acme"):
    values = {"tenant": slug} if number is None else {"tenant": slug, "number": number}
    return reverse(name, kwargs=values)


def state(company):
    with company.enter():
        return Invoice.objects.get().state


def to_finance(company):
    with company.enter():
        approve_invoice(actor=company.actor("hiring_manager"), invoice=Invoice.objects.get())


# Works


def test_the_list_shows_own_invoices_only(acme, invoices):
    text = acme.client("hiring_manager").get(url("invoice_list")).content.decode()

    assert "INV-1" in text
    assert "€640.00" in text
    assert "rival" not in text.lower()
    assert "INV-1" not in acme.client("teammate").get(url("invoice_list")).content.decode()


def test_an_invoice_says_where_it_stands_and_what_is_next(acme, invoices):
    page = acme.client("hiring_manager").get(url("invoice_detail", 1)).content.decode()

    assert "Waiting for Hiring Manager Acme since today, expected pay date" in page
    assert ">Approve</button>" in page
    assert "Release for payment" not in page


def test_manager_then_finance_bring_it_to_payment(acme, invoices):
    approved = acme.client("hiring_manager").post(url("invoice_approve", 1))
    page = acme.client("finance").get(url("invoice_detail", 1)).content.decode()
    released = acme.client("finance").post(url("invoice_release", 1))

    assert (approved.status_code, released.status_code) == (303, 303)
    assert "Waiting for Finance since today" in page
    assert "Release for payment" in page
    assert state(acme) == State.APPROVED


def test_a_second_click_says_that_it_happened_already(acme, invoices):
    client = acme.client("hiring_manager")
    client.post(url("invoice_approve", 1))

    page = client.post(url("invoice_approve", 1), follow=True).content.decode()

    assert "by now, so this is no longer possible" in page
    assert state(acme) == State.IN_APPROVAL


def test_who_made_it_is_told_why_there_is_no_button(acme):
    with acme.enter():
        assignment = make_assignment(acme)
        make_line(assignment, state=WorkState.ACCEPTED)
    client = acme.client("program_manager")

    chosen = client.get(url("invoice_create")).content.decode()
    preview = client.get(url("invoice_create_for", assignment.number)).content.decode()
    made = client.post(url("invoice_create_for", assignment.number))
    page = client.get(made["Location"]).content.decode()
    tried = client.post(url("invoice_approve", 1), follow=True).content.decode()

    assert "€640.00" in chosen
    assert "€640.00" in preview
    assert "You made this invoice, so somebody else approves it." in page
    assert ">Approve</button>" not in page
    assert "You made this invoice" in tried
    assert state(acme) == State.SUBMITTED


def test_a_second_invoice_of_the_same_work_is_not_made(acme, invoices):
    client = acme.client("program_manager")
    number = invoices["acme"].assignment.number

    page = client.post(url("invoice_create_for", number))

    assert page.status_code == 409
    assert "Nothing on" in page.content.decode()
    with acme.enter():
        assert Invoice.objects.count() == 1


def test_it_is_rejected_with_a_reason_that_stays_text(acme, invoices):
    client = acme.client("hiring_manager")

    asked = client.get(url("invoice_reject", 1)).content.decode()
    without = client.post(url("invoice_reject", 1), {})
    client.post(url("invoice_reject", 1), {"reason": "<script>alert(1)</script>"})

    assert "1 line" in asked
    assert without.status_code == 422
    assert "&lt;script&gt;" in client.get(url("invoice_detail", 1)).content.decode()
    with acme.enter():
        assert TimeLine.objects.get().state == WorkState.ACCEPTED


def test_several_are_approved_from_the_list_each_with_its_result(acme, invoices):
    with acme.enter():
        assignment = make_assignment(acme)
        make_line(assignment, state=WorkState.ACCEPTED)
        create_invoice(actor=acme.actor("hiring_manager"), assignment=assignment)

    page = acme.client("hiring_manager").post(url("invoice_list"), {"action": "approve", "pick": ["1", "2"]})

    assert (page.context["done"], page.context["failed"]) == (1, 1)
    assert "You made this invoice" in page.content.decode()


def test_the_owner_reads_totals_but_no_rates(acme, invoices):
    page = acme.client("owner").get(url("invoice_detail", 1)).content.decode()

    assert "€640.00" in page
    assert "€80.00" not in page


def test_search_finds_by_number_and_person_within_what_one_sees(acme, rival, invoices):
    from freelance_hub.search import search

    def found(company, role, text):
        with company.enter(role):
            groups = {group.label: group.results for group in search(company.actor(role), text)}
        return [one.label for one in groups.get("Invoices", groups.get("Your invoices", []))]

    assert found(acme, "finance", "inv-1") == found(acme, "finance", "secret") == ["INV-1 Freelancer Acme"]
    assert found(acme, "freelancer", "INV-1") == ["INV-1 Secret of acme"]
    assert found(acme, "teammate", "INV-1") == found(acme, "other_freelancer", "INV-1") == []
    assert found(acme, "approver", "INV-1") == found(acme, "finance", "rival") == []
    page = acme.client("finance").get(url("invoice_list") + "?q=secret").content.decode()
    assert "INV-1" in page


def test_the_export_holds_what_the_list_shows(acme, invoices):
    answer = acme.client("finance").get(url("invoice_list") + "?format=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")

    assert "Secret of acme" in text
    assert "rival" not in text.lower()


# The other questions


@pytest.mark.parametrize("name", ["invoice_detail", "invoice_reject"])
def test_others_find_nothing(acme, rival, invoices, name):
    assert acme.client("teammate").get(url(name, 1)).status_code == 404
    assert acme.client("freelancer").get(url(name, 1)).status_code == 404
    assert rival.client("finance").get(url(name, 1)).status_code == 404
    assert "acme" not in rival.client("finance").get(url("invoice_detail", 1, slug="rival")).content.decode().lower()


@pytest.mark.parametrize("name", ["invoice_approve", "invoice_release", "invoice_reject", "invoice_create_for"])
def test_nobody_without_the_right_changes_anything(acme, invoices, name):
    number = invoices["acme"].assignment.number if name == "invoice_create_for" else 1
    for role in ("viewer", "owner"):
        assert acme.client(role).post(url(name, number), {"reason": "No"}).status_code == 403
    for role in ("approver", "compliance"):
        assert acme.client(role).post(url(name, number), {"reason": "No"}).status_code == 403
    assert acme.client("teammate").post(url(name, number), {"reason": "No"}).status_code in {403, 404}
    assert state(acme) == State.SUBMITTED


def test_managers_do_not_release_and_finance_does_not_approve(acme, invoices):
    assert acme.client("finance").post(url("invoice_approve", 1)).status_code == 403
    to_finance(acme)
    assert acme.client("hiring_manager").post(url("invoice_release", 1)).status_code == 403
    assert acme.client("hiring_manager").post(url("invoice_reject", 1), {"reason": "No"}).status_code == 403
    assert state(acme) == State.IN_APPROVAL


@pytest.mark.parametrize("name", ["invoice_list", "invoice_create"])
def test_lists_are_for_those_who_may(acme, invoices, name):
    assert acme.client("approver").get(url(name)).status_code == 403
    assert acme.client("freelancer").get(url(name)).status_code == 404


def test_unknown_and_malformed_numbers_lead_nowhere(acme, invoices):
    client = acme.client("hiring_manager")

    for path in (
        "invoices/999/",
        "invoices/INV-1/",
        "invoices/-1/",
        "invoices/new/999/",
        "invoices/99999999999999999999/",
    ):
        assert client.get(f"/t/acme/{path}").status_code == 404


def test_wrong_verbs_are_refused(acme, invoices):
    client = acme.client("hiring_manager")

    assert client.get(url("invoice_approve", 1)).status_code == 405
    assert client.get(url("invoice_release", 1)).status_code == 405
    assert client.post(url("invoice_detail", 1)).status_code == 405
    assert client.post(url("invoice_create")).status_code == 405
    assert state(acme) == State.SUBMITTED


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_the_database_a_fixed_number_of_times(acme, rows, django_assert_num_queries, settings):
    settings.USERSESSIONS_TRACK_ACTIVITY = False
    with acme.enter():
        for _ in range(rows):
            assignment = make_assignment(acme)
            for at in range(rows):
                make_line(assignment, days_ago=at + 1, state=WorkState.ACCEPTED)
            create_invoice(actor=acme.actor("freelancer"), assignment=assignment)
            make_line(assignment, days_ago=9, state=WorkState.ACCEPTED)
    client = acme.client("program_manager")
    client.get(url("invoice_list"))

    with django_assert_num_queries(7):  # page around 5; invoices, saved views
        client.get(url("invoice_list"))
    with django_assert_num_queries(8):  # page around 5; invoice, lines, events
        client.get(url("invoice_detail", 1))
    with django_assert_num_queries(6):  # page around 5; assignments
        client.get(url("invoice_create"))
