"""Pages of finance: what would leave, what left, the file and who may touch it."""

import hashlib

import pytest
from django.urls import reverse
from django.utils import timezone

from freelance_hub.models import AuditEvent
from talent.models import Invoice, PaymentBatch
from talent.services.payments import export_payments
from tests.factories.work import IBANS
from tests.talent.test_payment_services import approved, quick_approved

State = Invoice.State


@pytest.fixture
def paying(acme, rival):
    """One invoice ready to be paid in each company; Rival's is the bait."""
    for company in (rival, acme):
        with company.enter("finance"):
            approved(company)
    return acme


@pytest.fixture
def batch(paying):
    with paying.enter("finance"):
        return export_payments(actor=paying.actor("finance"), currency="EUR")


def url(name, number=None, slug="acme"):
    values = {"tenant": slug} if number is None else {"tenant": slug, "number": number}
    return reverse(name, kwargs=values)


SEEN = {"currency": "EUR", "count": "1", "total": "500.00"}


def test_the_page_says_in_numbers_what_will_leave(paying):
    with paying.enter("finance"):
        held = approved(paying, freelancer="other_freelancer", account=False)

    page = paying.client("finance").get(url("payment_batch_create")).content.decode()

    assert "1 invoice, <data" in page
    assert "€500.00" in page
    assert "1 invoice held back" in page
    assert f"{held.ref} Other Freelancer Acme" in page
    assert "has not said where to be paid" in page


def test_a_batch_is_made_and_its_file_downloaded_byte_for_byte(paying):
    client = paying.client("finance")

    made = client.post(url("payment_batch_create"), SEEN)
    first = client.get(url("payment_batch_download", 1))
    again = client.get(url("payment_batch_download", 1))
    excel = client.get(url("payment_batch_download", 1) + "?for=excel")

    assert made["Location"] == url("payment_batch_detail", 1)
    assert first.content == again.content == excel.content.removeprefix(b"\xef\xbb\xbf")
    assert excel.content.startswith(b"\xef\xbb\xbf")
    assert first["Content-Disposition"] == 'attachment; filename="PAY-1-EUR.csv"'
    assert IBANS["freelancer"].encode() in first.content
    assert hashlib.sha256(first.content).hexdigest() in client.get(url("payment_batch_detail", 1)).content.decode()
    with paying.enter("finance"):
        assert AuditEvent.objects.filter(operation="payment.downloaded", actor="Finance Acme").count() == 3


def test_a_second_click_makes_no_second_batch_and_says_why(paying):
    client = paying.client("finance")
    client.post(url("payment_batch_create"), SEEN)

    again = client.post(url("payment_batch_create"), SEEN)

    assert again.status_code == 409
    assert "everything approved left with PAY-1" in again.content.decode()
    with paying.enter("finance"):
        assert PaymentBatch.objects.count() == 1


def test_what_has_changed_meanwhile_is_shown_before_it_leaves(paying):
    client = paying.client("finance")
    with paying.enter("finance"):
        approved(paying, amount="0.50")

    page = client.post(url("payment_batch_create"), SEEN)

    assert page.status_code == 409
    assert "it is 2 invoices, €500.50 by now" in page.content.decode()
    assert 'name="count" value="2"' in page.content.decode()


def test_each_currency_leaves_for_itself(paying):
    with paying.enter("finance"):
        approved(paying, currency="GBP", amount="70")

    page = paying.client("finance").get(url("payment_batch_create") + "?currency=GBP").content.decode()

    assert "£70.00" in page
    assert 'value="GBP"' in page


def test_bank_details_stand_on_no_page(batch, acme):
    client = acme.client("finance")

    for address in (url("payment_batch_list"), url("payment_batch_detail", 1), url("payment_batch_create")):
        text = client.get(address).content.decode()
        assert IBANS["freelancer"] not in text
        assert IBANS["freelancer"][-4:] not in text
    assert b"DE89" not in client.get(url("payment_batch_control", 1)).content


def test_the_list_shows_own_batches_only(batch, acme, rival):
    text = acme.client("finance").get(url("payment_batch_list")).content.decode()

    assert text.count("PAY-1</a>") == 1
    assert "PAY-1" not in rival.client("finance").get(url("payment_batch_list", slug="rival")).content.decode()


def test_a_batch_is_marked_as_paid(batch, acme):
    client = acme.client("finance")
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(60)).isoformat()

    asked = client.get(url("payment_batch_paid", 1))
    none = client.post(url("payment_batch_paid", 1), {"paid_on": today})
    done = client.post(url("payment_batch_paid", 1), {"paid_on": today, "invoices": ["1"]})

    assert (asked.status_code, none.status_code, done.status_code) == (200, 422, 303)
    assert "Tick at least one invoice" in none.content.decode()
    with acme.enter():
        assert Invoice.objects.get().state == State.PAID
    assert "Everything is paid" in client.get(url("payment_batch_paid", 1)).content.decode()


# The other questions


OBJECT_PAGES = ("payment_batch_detail", "payment_batch_download", "payment_batch_control", "payment_batch_paid")


@pytest.mark.parametrize("name", OBJECT_PAGES)
def test_strangers_and_guests_find_nothing(batch, acme, rival, name):
    assert rival.client("finance").get(url(name, 1)).status_code == 404
    assert rival.client("finance").get(url(name, 1, slug="rival")).status_code == 404
    assert acme.client("freelancer").get(url(name, 1)).status_code == 404


@pytest.mark.parametrize("name", OBJECT_PAGES)
def test_a_hiring_manager_is_told_which_right_is_missing(batch, acme, name):
    answer = acme.client("hiring_manager").get(url(name, 1))

    assert answer.status_code == 403
    assert "payment.see" in answer.content.decode()


def test_readers_read_and_take_nothing_with_them(batch, acme):
    for role in ("viewer", "program_manager", "owner"):
        client = acme.client(role)
        assert client.get(url("payment_batch_detail", 1)).status_code == 200
        assert "Download CSV" not in client.get(url("payment_batch_detail", 1)).content.decode()
        assert client.get(url("payment_batch_download", 1)).status_code == 403
        assert client.get(url("payment_batch_create")).status_code == 403
        assert client.post(url("payment_batch_create"), SEEN).status_code == 403
        assert client.post(url("payment_batch_paid", 1), {"paid_on": "2026-01-01"}).status_code == 403
    with acme.enter():
        assert PaymentBatch.objects.get().download_count == 0


def test_who_is_limited_to_programs_sees_no_batch_with_others_money(batch, acme):
    from freelance_hub.models import MembershipRole
    from tests.factories.work import make_program

    with acme.enter():
        other = make_program(acme)
        MembershipRole.objects.filter(membership=acme.people["finance"]).update(program_ids=[other.pk])
    client = acme.client("finance")

    assert client.get(url("payment_batch_detail", 1)).status_code == 404
    assert "PAY-1" not in client.get(url("payment_batch_list")).content.decode()


def test_unknown_and_malformed_numbers_lead_nowhere(batch, acme):
    client = acme.client("finance")

    for path in ("payments/999/", "payments/PAY-1/", "payments/0/download/", "payments/99999999999999999999/"):
        assert client.get(f"/t/acme/{path}").status_code == 404


def test_wrong_verbs_are_refused(batch, acme):
    client = acme.client("finance")

    assert client.post(url("payment_batch_download", 1)).status_code == 405
    assert client.post(url("payment_batch_detail", 1)).status_code == 405
    assert client.put(url("payment_batch_create")).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_the_database_a_fixed_number_of_times(acme, rows, django_assert_num_queries, settings):
    settings.USERSESSIONS_TRACK_ACTIVITY = False
    with acme.enter("finance"):
        for at in range(rows):
            quick_approved(acme, 10 + at)
        export_payments(actor=acme.actor("finance"), currency="EUR")
        for at in range(rows):
            quick_approved(acme, 20 + at)
    client = acme.client("finance")
    client.get(url("payment_batch_list"))

    with django_assert_num_queries(7):  # page around 5; batches, saved views
        client.get(url("payment_batch_list"))
    with django_assert_num_queries(7):  # page around 5; batch, rows
        client.get(url("payment_batch_detail", 1))
    with django_assert_num_queries(8):  # page around 5; sums by currency, invoices, accounts
        client.get(url("payment_batch_create"))
