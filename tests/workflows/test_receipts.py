"""Offboarding receipts: every access with how, when and by whom it was closed; sealed; made again when the rest is proved."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.utils import timezone

from freelance_hub import events
from freelance_hub.documents import judge
from freelance_hub.links import tenant_url
from freelance_hub.models import Event
from freelance_hub.services import delivery
from freelance_hub.services.files import access_file, open_file
from tests.factories.talent import hire
from workflows.models import AccessGrant, Receipt, Resource
from workflows.services.receipts import make_receipt, remake_receipt

State, How = AccessGrant.State, AccessGrant.How
NOW = timezone.now().replace(microsecond=0)


def grant(company, assignment, *, name="", **changes):
    """A closed grant of the portal, or of a resource that is closed by hand."""
    person = company.people["freelancer"]
    resource = Resource.objects.create(name=name, kind="device", keeper=company.people["finance"]) if name else None
    return AccessGrant.objects.create(
        **{
            "assignment": assignment,
            "membership": person,
            "system": "resource" if resource else "portal",
            "resource": resource,
            "state": State.REVOKED,
            "granted_at": NOW - timedelta(days=30),
            "close_by": NOW - timedelta(hours=2),
            "revoked_at": NOW - timedelta(hours=2),
            "revoked_by": "Freelance Hub",
            "revoked_how": How.HUB,
            **changes,
        }
    )


@pytest.fixture
def over(acme):
    """An assignment that has just ended. Inside the company."""
    with acme.enter("program_manager"):
        assignment = hire(acme, state="ended")
        AccessGrant.objects.filter(assignment=assignment).delete()
        yield assignment


def content(receipt):
    with open_file(receipt.file) as stream:
        return stream.read()


def test_each_access_is_listed_with_its_end_and_the_minutes_it_was_late(acme, over):
    grant(acme, over)
    late = {"revoked_at": NOW - timedelta(minutes=78, seconds=1), "revoked_how": How.HAND, "revoked_by": "Finance Acme"}
    grant(acme, over, name="Laptop", proof_note="Handed in, serial 4711", **late)

    receipt = make_receipt(assignment=over, actor=acme.automation())

    found = [(line["what"], line["by"], line["how"], line["delay_minutes"], line["waits"]) for line in receipt.lines]
    assert found == [
        ("Portal", "Freelance Hub", "By Freelance Hub itself", 0, ""),
        ("Laptop", "Finance Acme", "By hand", 41, ""),
    ]
    assert (receipt.number, receipt.is_complete) == (1, True)
    assert receipt.lines[1]["proof"] == "Handed in, serial 4711"


def test_the_file_is_sealed_for_the_company_and_kept_with_the_receipt(acme, over):
    grant(acme, over)

    receipt = make_receipt(assignment=over, actor=acme.automation())

    verdict = judge(content(receipt))
    assert (verdict.is_genuine, verdict.name) == (True, "Acme GmbH")
    assert verdict.reason == f"Access receipt 1 of {over.ref}"
    told = Event.objects.get(kind="receipt.made")
    assert told.payload == {"assignment_id": over.pk, "number": 1, "is_complete": True}


def test_what_waits_is_said_and_a_second_receipt_follows_its_proof(acme, over):
    grant(acme, over)
    waiting = grant(acme, over, name="Laptop", state=State.ACTIVE, revoked_at=None, revoked_by="", revoked_how="")
    first = make_receipt(assignment=over, actor=acme.automation())
    assert not first.is_complete
    assert first.lines[1]["waits"] == "Finance Acme has to close it and show it"
    assert first.lines[1]["delay_minutes"] >= 120
    assert remake_receipt(assignment=over, actor=acme.automation()) is None  # nothing has changed

    AccessGrant.objects.filter(pk=waiting.pk).update(
        state=State.REVOKED, revoked_at=NOW, revoked_by="Finance Acme", revoked_how=How.HAND, proof_note="In the safe"
    )
    second = remake_receipt(assignment=over, actor=acme.automation())

    assert (second.number, second.is_complete) == (2, True)
    assert remake_receipt(assignment=over, actor=acme.automation()) is None
    assert Receipt.objects.count() == 2


def test_closed_by_hand_without_proof_is_not_complete(acme, over):
    grant(acme, over, name="Badge", revoked_how=How.HAND)

    receipt = make_receipt(assignment=over, actor=acme.automation())

    assert (receipt.is_complete, receipt.lines[0]["waits"]) == (False, "Closed by hand, without proof")


def test_the_same_again_is_the_same_receipt(acme, over):
    grant(acme, over)

    first, second = (make_receipt(assignment=over, actor=acme.automation()) for _ in range(2))

    assert first == second
    assert Event.objects.filter(kind="receipt.made").count() == 1


def test_an_assignment_without_any_access_gets_a_receipt_that_says_so(acme, over):
    assert make_receipt(assignment=over, actor=acme.automation()).lines == []


def test_a_closed_grant_renews_the_receipt_by_its_event(acme, over):
    waiting = grant(acme, over, name="Laptop", state=State.ACTIVE, revoked_at=None, revoked_by="", revoked_how="")
    make_receipt(assignment=over, actor=acme.automation())
    AccessGrant.objects.filter(pk=waiting.pk).update(
        state=State.REVOKED, revoked_at=NOW, revoked_how=How.HAND, proof_note="In the safe"
    )
    events.announce("access.revoked", waiting, actor=acme.automation())

    delivery.deliver_waiting()

    assert list(Receipt.objects.order_by("number").values_list("number", "is_complete")) == [(1, False), (2, True)]


def test_the_page_shows_what_the_file_shows(acme, over):
    grant(acme, over)
    receipt = make_receipt(assignment=over, actor=acme.automation())

    page = acme.client("program_manager").get(tenant_url("receipt_detail", public_id=receipt.public_id))

    assert page.status_code == 200
    text = page.content.decode()
    assert "The only access is closed, 0 minutes late" in text
    assert "Genuine" in text


def test_a_file_that_was_changed_on_disk_is_told(acme, over):
    grant(acme, over)
    receipt = make_receipt(assignment=over, actor=acme.automation())
    with open_file(receipt.file) as stream:
        path = stream.name
    changed = bytearray(content(receipt))
    changed[5000] ^= 1
    with open(path, "wb") as stream:  # noqa: PTH123
        stream.write(changed)

    page = acme.client("program_manager").get(tenant_url("receipt_detail", public_id=receipt.public_id))

    assert "Not genuine" in page.content.decode()


def test_who_sees_the_assignment_sees_receipt_and_file_and_nobody_else(acme, rival, over):
    grant(acme, over)
    receipt = make_receipt(assignment=over, actor=acme.automation())
    address = tenant_url("receipt_detail", public_id=receipt.public_id)

    got = {
        who: acme.client(who).get(address).status_code for who in ("hiring_manager", "teammate", "viewer", "freelancer")
    }

    assert got == {"hiring_manager": 200, "teammate": 404, "viewer": 200, "freelancer": 404}
    assert rival.client("owner").get(address).status_code == 404
    assert access_file(acme.actor("hiring_manager"), receipt.file.public_id) == receipt.file
    for who in ("teammate", "freelancer"):
        with pytest.raises(Http404):
            access_file(acme.actor(who), receipt.file.public_id)


@pytest.mark.parametrize(
    ("change", "words"), [(lambda pdf: pdf, "Genuine"), (lambda pdf: pdf[:-9] + b"X" + pdf[-8:], "Not genuine")]
)
def test_any_employee_may_ask_whether_a_file_is_genuine(acme, over, change, words):
    grant(acme, over)
    pdf = content(make_receipt(assignment=over, actor=acme.automation()))
    upload = SimpleUploadedFile("receipt.pdf", change(pdf), "application/pdf")

    page = acme.client("finance").post(tenant_url("document_check"), {"file": upload})

    assert f">{words}<" in page.content.decode()
    assert acme.client("freelancer").get(tenant_url("document_check")).status_code == 404


def test_no_file_to_check_says_so(acme, over):
    page = acme.client("finance").post(tenant_url("document_check"), {})

    assert page.status_code == 422


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_asks_the_same_number_of_questions(acme, over, many, django_assert_num_queries):
    for number in range(many):
        grant(acme, over, name=f"Laptop {number}", proof_note="Seen")
    receipt = make_receipt(assignment=over, actor=acme.automation())
    client = acme.client("program_manager")
    client.get(tenant_url("receipt_detail", public_id=receipt.public_id))

    with django_assert_num_queries(8):
        client.get(tenant_url("receipt_detail", public_id=receipt.public_id))
