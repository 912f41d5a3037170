"""Requisitions and candidates: what may be asked, by whom, and what each state allows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from freelance_hub import audit, gates
from freelance_hub.errors import Refusal
from freelance_hub.models import Event
from freelance_hub.permissions import Refused
from programs.models import Program
from talent.models import Requisition, Submission
from talent.services.requisitions import (
    approve_requisition,
    budget_left,
    cancel_requisition,
    close_requisition,
    hold_requisition,
    reject_requisition,
    reopen_requisition,
    return_requisition,
    submit_requisition,
    update_requisition,
)
from talent.services.submissions import add_submission, decline, shortlist
from tests.factories.talent import add_freelancer, ask, hire
from tests.factories.work import make_program

State = Requisition.State


@pytest.fixture
def asker(acme):
    with acme.enter("hiring_manager"):
        yield acme.actor("hiring_manager")


def kinds(prefix="requisition."):
    return list(Event.objects.filter(kind__startswith=prefix).order_by("id").values_list("kind", flat=True))


def test_a_draft_is_numbered_audited_and_announced(acme, asker):
    first, second = ask(acme, state="draft"), ask(acme, state="draft", title="Another")

    assert [first.ref, second.ref] == ["REQ-1", "REQ-2"]
    assert (first.state, first.requested_by_id, first.currency) == ("draft", asker.membership_id, "EUR")
    assert sorted(link.skill.name for link in first.skill_links.all()) == ["Django", "Python"]
    assert audit.history(first).get().operation == "insert"
    assert kinds() == ["requisition.created"] * 2


def test_a_requisition_walks_from_draft_to_open_with_one_audit_entry_a_step(acme, asker):
    requisition = ask(acme, state="open")

    requisition.refresh_from_db()
    assert requisition.state == State.OPEN
    assert requisition.submitted_at <= requisition.approved_at
    assert [entry.operation for entry in audit.history(requisition)] == ["update", "update", "insert"]
    assert kinds() == ["requisition.created", "requisition.submitted", "requisition.approved"]
    assert Event.objects.get(kind="requisition.submitted").payload["budget"] == "20000.00"


def test_two_clicks_submit_once(acme, asker):
    requisition = ask(acme, state="draft")
    copy = Requisition.objects.get(pk=requisition.pk)

    submit_requisition(requisition=requisition, actor=asker)
    with pytest.raises(Refusal) as refusal:
        submit_requisition(requisition=copy, actor=asker)

    assert refusal.value.code == "state_changed"
    assert kinds().count("requisition.submitted") == 1


def test_two_approvals_open_it_once(acme, asker):
    requisition = ask(acme, state="in_approval")
    copy = Requisition.objects.get(pk=requisition.pk)

    approve_requisition(requisition=requisition, actor=acme.automation())
    with pytest.raises(Refusal):
        reject_requisition(requisition=copy, reason="No", actor=acme.automation())

    assert Requisition.objects.get().state == State.OPEN


def test_a_rejected_request_goes_back_with_the_reason_and_can_be_sent_again(acme, asker):
    requisition = ask(acme, state="in_approval")

    reject_requisition(requisition=requisition, reason=" Too dear. ", actor=acme.automation())
    assert (requisition.state, requisition.decision_note) == (State.DRAFT, "Too dear.")

    update_requisition(requisition=requisition, actor=asker, budget=Decimal(9000), skills=["Go"])
    submit_requisition(requisition=requisition, actor=asker)
    requisition.refresh_from_db()
    assert (requisition.state, requisition.budget, requisition.decision_note) == (State.IN_APPROVAL, 9000, "")


def test_nobody_approves_what_they_asked_for(acme, asker):
    requisition = ask(acme, state="in_approval", by="program_manager")

    with pytest.raises(Refusal) as refusal:
        approve_requisition(requisition=requisition, actor=acme.actor("program_manager"))

    assert refusal.value.code == "own_request"
    assert Requisition.objects.get().state == State.IN_APPROVAL


def test_a_gate_stops_the_submission_with_its_reason_and_remedy(acme, asker, monkeypatch):
    requisition = ask(acme, state="draft")
    stop = gates.Stop("The guide was not read.", "reading", "Read it first.")
    monkeypatch.setitem(gates._checks, "requisition.submit", [lambda subject, actor: [stop]])

    with pytest.raises(Refusal, match=r"The guide was not read\. Read it first\."):
        submit_requisition(requisition=requisition, actor=asker)

    assert Requisition.objects.get().state == State.DRAFT


def test_what_was_approved_is_fixed(acme, asker):
    requisition = ask(acme, state="open")

    with pytest.raises(Refusal, match="its content is fixed"):
        update_requisition(requisition=requisition, actor=asker, budget=Decimal(1))


def test_an_edit_in_approval_says_what_really_changed(acme, asker):
    requisition = ask(acme, state="in_approval")

    update_requisition(
        requisition=requisition, actor=asker, title=requisition.title, budget=Decimal(9000), skills=["Python", "Go"]
    )
    update_requisition(requisition=requisition, actor=asker, budget=Decimal("9000.00"), skills=["Go", "Python"])

    assert Event.objects.get(kind="requisition.updated").payload["fields"] == ["budget", "skills"]
    assert Requisition.objects.get().state == State.IN_APPROVAL
    with pytest.raises(Refusal) as refusal:
        update_requisition(requisition=requisition, actor=asker, program=make_program(acme))
    assert refusal.value.code == "other_program"


def test_an_approver_asks_for_changes_in_words(acme, asker):
    requisition = ask(acme, state="in_approval")

    return_requisition(requisition=requisition, reason="Say which page.", actor=acme.automation())

    assert (requisition.state, requisition.decision_note) == (State.DRAFT, "Say which page.")
    assert kinds()[-1] == "requisition.returned"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"budget": Decimal(0)}, "budget"),
        ({"ends_on": timezone.localdate() - timedelta(1)}, "ends_on"),
        ({"rate_min": Decimal(90), "rate_max": Decimal(60)}, "rate_max"),
        ({"title": ""}, "title"),
        ({"title": "x" * 161}, "title"),
    ],
)
def test_a_request_that_cannot_be_is_refused_at_its_field(acme, asker, details, field):
    with pytest.raises(Refusal) as refusal:
        ask(acme, state="draft", **details)

    assert refusal.value.field == field
    assert not Requisition.objects.exists()


def test_a_closed_program_takes_no_requests(acme, asker):
    program = make_program(acme, state=Program.State.CLOSED)

    with pytest.raises(Refusal) as refusal:
        ask(acme, program=program)

    assert refusal.value.field == "program"


def test_a_colleague_needs_the_right_to_manage_all_requests(acme, asker):
    requisition = ask(acme, state="draft")

    for role in ("teammate", "viewer", "approver", "finance", "freelancer"):
        with pytest.raises(Refused):
            submit_requisition(requisition=requisition, actor=acme.actor(role))
    submit_requisition(requisition=requisition, actor=acme.actor("program_manager"))

    assert requisition.state == State.IN_APPROVAL


def test_hold_reopen_and_close(acme, asker):
    requisition = ask(acme)

    hold_requisition(requisition=requisition, reason="Budget freeze", actor=asker)
    reopen_requisition(requisition=requisition, actor=asker)
    close_requisition(requisition=requisition, actor=asker)

    assert kinds()[-3:] == ["requisition.held", "requisition.reopened", "requisition.closed"]
    for act in (hold_requisition, cancel_requisition):
        with pytest.raises(Refusal):
            act(requisition=requisition, reason="x", actor=asker)
    with pytest.raises(Refusal):
        reopen_requisition(requisition=requisition, actor=asker)


def test_a_request_somebody_works_for_is_not_cancelled(acme, asker):
    assignment = hire(acme, state="planned")

    with pytest.raises(Refusal, match="ASG-1 is engaged for REQ-1"):
        cancel_requisition(requisition=assignment.requisition, reason="x", actor=asker)


def test_an_assignment_that_never_began_gives_its_budget_back(acme, asker):
    requisition = ask(acme)
    hire(acme, requisition=requisition, state="planned", budget=Decimal(5000))
    assert budget_left(requisition) == 15000

    requisition.assignments.update(state="ended")
    assert budget_left(requisition) == 20000

    requisition.assignments.update(activated_at=timezone.now())
    assert budget_left(requisition) == 15000


def test_a_candidate_is_put_forward_once_and_decided_once(acme, asker):
    requisition, person = ask(acme), add_freelancer(acme)

    submission = add_submission(requisition=requisition, freelancer=person, actor=asker)
    assert submission.rate == 70
    with pytest.raises(Refusal, match="already"):
        add_submission(requisition=requisition, freelancer=person, actor=asker)
    shortlist(submission=submission, actor=asker)
    decline(submission=submission, actor=asker)
    with pytest.raises(Refusal):
        decline(submission=Submission.objects.get(), actor=asker)

    assert kinds("submission.") == ["submission.added", "submission.shortlisted", "submission.declined"]


def test_nobody_is_put_forward_for_a_closed_request_nor_when_blocked(acme, asker):
    person = add_freelancer(acme)

    with pytest.raises(Refusal, match="while it is open"):
        add_submission(requisition=ask(acme, state="draft"), freelancer=person, actor=asker)
    person.state = "blocked"
    with pytest.raises(Refusal, match="do not engage"):
        add_submission(requisition=ask(acme), freelancer=person, actor=asker)
