"""The two entry points of each noun hold one rule: what is listed is what opens, for everybody."""

import pytest
from django.http import Http404

from freelance_hub.permissions import SYSTEM_ROLES, Refused
from talent import access
from talent.models import Deliverable, Invoice, PaymentBatch, TimeLine
from talent.models.work import WorkState
from talent.services.invoices import create_invoice
from talent.services.payments import export_payments
from tests.factories.work import make_assignment, make_deliverable, make_line, make_program
from tests.talent.test_payment_services import quick_approved

WHO = [*SYSTEM_ROLES, "teammate", "other_freelancer"]
NOUNS = {
    "time_line": (TimeLine, access.visible_time_lines, access.access_time_line, "public_id"),
    "deliverable": (Deliverable, access.visible_deliverables, access.access_deliverable, "public_id"),
    "invoice": (Invoice, access.visible_invoices, access.access_invoice, "number"),
    "batch": (PaymentBatch, access.visible_batches, access.access_batch, "number"),
}


@pytest.fixture
def stage(acme, rival):
    """Work of two freelancers for two managers in two programs, in every state, and the same at the rival as bait."""
    for company in (rival, acme):
        with company.enter():
            programs = [make_program(company), make_program(company)]
            for at, (freelancer, manager) in enumerate(
                [("freelancer", "hiring_manager"), ("other_freelancer", "teammate"), ("freelancer", "teammate")]
            ):
                assignment = make_assignment(company, freelancer=freelancer, manager=manager, program=programs[at % 2])
                for day, state in enumerate(WorkState):
                    make_line(assignment, days_ago=day + 1, state=state)
                    make_deliverable(assignment, title=state, state=state)
                create_invoice(actor=company.actor(freelancer), assignment=assignment)
            quick_approved(company, 70)
            export_payments(actor=company.actor("finance"), currency="EUR")
    return acme


def opens(open_one, actor, key):
    try:
        open_one(actor, key)
    except (Http404, Refused):
        return False
    return True


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("noun", NOUNS)
def test_what_is_listed_is_what_opens(stage, rival, who, noun):
    model, listed, open_one, key = NOUNS[noun]
    actor = stage.actor(who)
    with rival.enter():
        bait = set(model.objects.values_list("public_id", flat=True)) if key == "public_id" else set()
    with stage.enter():
        everything = set(model.objects.values_list(key, flat=True)) | bait
        seen = set(listed(actor).values_list(key, flat=True))

        assert {one for one in everything if opens(open_one, actor, one)} == seen
        assert not seen & bait


EXPECTED = {  # how many of 18 time lines (15 handed in), 18 deliverables, 4 invoices, 1 batch
    "owner": (15, 18, 4, 1),
    "program_manager": (15, 18, 4, 1),
    "hiring_manager": (5, 6, 2, 0),
    "teammate": (10, 12, 2, 0),
    "approver": (0, 0, 0, 0),
    "finance": (15, 18, 4, 1),
    "compliance": (0, 0, 0, 0),
    "viewer": (15, 18, 4, 1),
    "freelancer": (12, 12, 3, 0),
    "other_freelancer": (6, 6, 1, 0),
    "agency": (0, 0, 0, 0),
}


@pytest.mark.parametrize("who", WHO)
def test_each_sees_so_many(stage, who):
    actor = stage.actor(who)

    with stage.enter():
        assert tuple(listed(actor).count() for _, listed, _, _ in NOUNS.values()) == EXPECTED[who]


def test_a_suspended_person_sees_nothing(stage):
    person = stage.people["finance"]
    person.state = "suspended"
    with stage.enter():
        person.save(update_fields=["state"])
        actor = stage.actor("finance")

        assert [listed(actor).count() for _, listed, _, _ in NOUNS.values()] == [0, 0, 0, 0]
