"""What people are told about work and money: the other side, once, with an address they may open."""

import pytest

from freelance_hub.models import Event, Notification
from freelance_hub.services.delivery import deliver_waiting
from talent.models import Invoice
from talent.models.work import WorkState
from talent.services.deliverables import accept_deliverable, create_deliverable, return_deliverable, submit_deliverable
from talent.services.invoices import approve_invoice, create_invoice, reject_invoice, release_invoice
from talent.services.payments import export_payments, mark_paid
from talent.services.time_lines import accept_time, return_time, submit_time
from tests.factories.work import IBANS, last_monday, make_assignment, make_deliverable, make_line


@pytest.fixture
def assignment(acme):
    with acme.enter("freelancer"):
        yield make_assignment(acme)


def told(company):
    """(who, title) of everything that was told, in order, after every event is delivered twice."""
    deliver_waiting()
    from freelance_hub.models import Delivery

    Delivery.objects.update(state=Delivery.State.WAITING)
    deliver_waiting()
    names = {person.pk: key for key, person in company.people.items()}
    # The account that the factory sets is another story.
    notices = Notification.objects.exclude(title__startswith="Payments now go").order_by("pk")
    return [(names[one.membership_id], one.title) for one in notices]


def test_a_week_tells_the_manager_and_its_fate_the_freelancer(acme, assignment):
    lines = [make_line(assignment, worked_on=last_monday(), state=WorkState.DRAFT, quantity="7.5")]
    [line] = submit_time(actor=acme.actor("freelancer"), assignment=assignment, week=last_monday())
    others = [make_line(assignment, days_ago=20 + at) for at in range(3)]
    manager = acme.actor("hiring_manager")
    for other in others[:2]:
        accept_time(actor=manager, line=other)
    return_time(actor=manager, line=line, reason="Too much")

    assert told(acme) == [
        ("hiring_manager", "Freelancer Acme handed in 7.5 h"),
        ("freelancer", "Your time on “Brand design” was accepted"),
        ("freelancer", f"Your time of {last_monday():%-d %B} came back"),
    ]
    assert len(lines) == 1
    client = acme.client("freelancer")
    for one in Notification.objects.filter(membership=acme.people["freelancer"]):
        assert client.get(one.link).status_code == 200
    assert (
        acme.client("hiring_manager").get(Notification.objects.exclude(kind="account").first().link).status_code == 200
    )


def test_a_deliverable_tells_whose_turn_it_is(acme, assignment):
    manager, me = acme.actor("hiring_manager"), acme.actor("freelancer")
    deliverable = create_deliverable(actor=manager, assignment=assignment, title="Logo")
    submit_deliverable(actor=me, deliverable=deliverable, note="Here")
    return_deliverable(actor=manager, deliverable=deliverable, reason="Too dark")
    submit_deliverable(actor=me, deliverable=deliverable, note="Lighter")
    accept_deliverable(actor=manager, deliverable=deliverable, rating=5)

    assert told(acme) == [
        ("freelancer", "“Logo” was agreed with you"),
        ("hiring_manager", "Freelancer Acme handed in “Logo”"),
        ("freelancer", "“Logo” came back"),
        ("hiring_manager", "Freelancer Acme handed in “Logo”"),
        ("freelancer", "“Logo” was accepted"),
    ]


def test_an_invoice_tells_each_step_until_it_is_paid(acme, assignment):
    make_deliverable(assignment, state=WorkState.ACCEPTED, amount=100)
    finance = acme.actor("finance")
    invoice = create_invoice(actor=acme.actor("freelancer"), assignment=assignment)
    approve_invoice(actor=acme.actor("hiring_manager"), invoice=invoice)
    release_invoice(actor=finance, invoice=invoice)
    batch = export_payments(actor=finance, currency="EUR")
    mark_paid(actor=finance, batch=batch, paid_on=Invoice.objects.get().issued_on)

    assert told(acme) == [
        ("freelancer", "INV-1 now waits for finance"),
        ("freelancer", "INV-1 is approved"),
        ("freelancer", "INV-1 was sent to payment"),
        ("freelancer", "INV-1 is paid"),
    ]
    assert not Notification.objects.exclude(membership__kind="guest").filter(body__contains="DE89").exists()


def test_a_rejected_invoice_tells_both_who_wait_for_it(acme, assignment):
    make_deliverable(assignment, state=WorkState.ACCEPTED, amount=100)
    invoice = create_invoice(actor=acme.actor("program_manager"), assignment=assignment)
    reject_invoice(actor=acme.actor("hiring_manager"), invoice=invoice, reason="Wrong")

    assert told(acme) == [
        ("freelancer", "INV-1 was made for you"),
        ("program_manager", "INV-1 was rejected"),
        ("freelancer", "INV-1 was rejected"),
    ]


def test_events_carry_no_bank_details(acme, assignment):
    make_deliverable(assignment, state=WorkState.ACCEPTED, amount=100)
    finance = acme.actor("finance")
    invoice = create_invoice(actor=acme.actor("freelancer"), assignment=assignment)
    approve_invoice(actor=acme.actor("hiring_manager"), invoice=invoice)
    release_invoice(actor=finance, invoice=invoice)
    export_payments(actor=finance, currency="EUR")

    assert Event.objects.filter(kind="payment.exported").exists()
    for event in Event.objects.all():
        assert IBANS["freelancer"] not in str(event.payload)
