"""Who hears what about requests, assignments and accounts: the other side, once."""

import pytest

from freelance_hub.models import Delivery, Event, Notification
from talent import news
from talent.services import assignments
from talent.services.payouts import set_payout_account
from talent.services.requisitions import reject_requisition
from tests.factories.talent import ask, guest_freelancer, hire


@pytest.fixture
def boss(acme):
    with acme.enter("program_manager"):
        yield acme.actor("program_manager")


def told(acme, *kinds):
    """Deliver the events of these kinds, twice, and say who was told what."""
    for event in [*Event.objects.filter(kind__in=kinds).order_by("pk")] * 2:
        listener = {"r": news.requisition_moved, "a": news.assignment_moved, "p": news.account_changed}[event.kind[0]]
        listener(event)
    names = {member.pk: key for key, member in acme.people.items()}
    return [(names[note.membership_id], note.title) for note in Notification.objects.order_by("pk")]


def test_the_requester_hears_what_became_of_it(acme, boss):
    rejected, _ = ask(acme, state="in_approval"), ask(acme)
    reject_requisition(requisition=rejected, reason="Too dear.", actor=acme.automation())

    assert told(acme, "requisition.approved", "requisition.rejected", "requisition.submitted") == [
        ("hiring_manager", "REQ-2 is approved: engage somebody"),
        ("hiring_manager", "REQ-1 was not approved"),
    ]
    assert [note.body for note in Notification.objects.order_by("pk")] == ["Android payments SDK", "Too dear."]
    assert Delivery.objects.filter(listener="talent.news.requisition_moved").exists()


def test_manager_and_guest_hear_of_the_start_and_the_end(acme, boss):
    assignment = hire(acme, freelancer=guest_freelancer(acme))
    assignments.request_end(assignment=assignment, reason="Done", actor=acme.actor("hiring_manager"))

    # Who ended it is not told that they did.
    assert told(acme, "assignment.planned", "assignment.activated", "assignment.ended") == [
        ("hiring_manager", f"{assignment.freelancer.name} can begin: Android payments SDK"),
        ("freelancer", "You can begin: Android payments SDK"),
        ("freelancer", "Android payments SDK has ended"),
    ]


def test_a_changed_account_is_told_to_its_owner(acme, boss):
    me = guest_freelancer(acme)
    set_payout_account(freelancer=me, holder="Fay", iban="DE89370400440532013000", actor=acme.actor("freelancer"))

    assert told(acme, "payout_account.changed") == [("freelancer", "Payments now go to the account ending in 3000")]


def test_who_has_left_is_told_nothing(acme, boss):
    assignment = hire(acme, freelancer=guest_freelancer(acme))
    assignments.request_end(assignment=assignment, reason="Done", actor=acme.actor("program_manager"))
    assignments.end_guest_access(assignment=assignment, actor=acme.automation())

    assert told(acme, "assignment.ended") == [
        ("hiring_manager", f"ASG-1 with {assignment.freelancer.name} has ended"),
    ]
