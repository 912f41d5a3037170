"""An invoice is approved twice, in the inbox or on its own page: both ways end in the same place and never disagree."""

import pytest

from freelance_hub.errors import Refusal
from talent.models import Invoice
from talent.models.work import WorkState
from talent.services import invoices
from tests.factories.work import make_assignment, make_line
from tests.workflows.engine_room import drain
from workflows.models import Run, Step
from workflows.services.decisions import decide

State = Invoice.State


@pytest.fixture
def at_work(acme):
    with acme.enter():
        yield make_assignment(acme)


def submit(company, at_work, by="freelancer"):
    """An invoice of one accepted day with its run."""
    make_line(at_work, state=WorkState.ACCEPTED)
    invoice = invoices.create_invoice(assignment=at_work, actor=company.actor(by))
    drain()
    return invoice, Run.objects.get(subject_type="talent.invoice", subject_id=invoice.pk)


def step(run, key):
    return Step.objects.get(run=run, key=key)


def say(company, run, key, who, outcome="approved", comment=""):
    decide(step=step(run, key), outcome=outcome, actor=company.actor(who), comment=comment)
    drain()


def ends(run, invoice):
    run.refresh_from_db()
    invoice.refresh_from_db()
    return run.state, invoice.state


def test_manager_and_finance_decide_in_the_inbox_and_answer_for_it(acme, at_work):
    invoice, run = submit(acme, at_work)
    assert step(run, "manager").assignee == acme.people["hiring_manager"]

    say(acme, run, "manager", "hiring_manager")
    say(acme, run, "finance", "finance")

    assert ends(run, invoice) == ("done", State.APPROVED)
    assert invoice.manager_approved_by == acme.people["hiring_manager"]
    assert invoice.released_by == acme.people["finance"]


def test_the_buttons_on_the_page_end_the_steps_by_themselves(acme, at_work):
    invoice, run = submit(acme, at_work)

    invoices.approve_invoice(invoice=invoice, actor=acme.actor("hiring_manager"))
    drain()
    assert (step(run, "manager").state, step(run, "finance").state) == ("done", "waiting")
    invoices.release_invoice(invoice=invoice, actor=acme.actor("finance"))
    drain()

    assert ends(run, invoice) == ("done", State.APPROVED)
    assert step(run, "carry_out_manager").result == {"state": "in_approval", "by": "page"}


def test_half_in_the_inbox_and_half_on_the_page(acme, at_work):
    invoice, run = submit(acme, at_work)

    say(acme, run, "manager", "hiring_manager")
    invoices.release_invoice(invoice=invoice, actor=acme.actor("finance"))
    drain()

    assert ends(run, invoice) == ("done", State.APPROVED)


@pytest.mark.parametrize("outcome", ["rejected", "changes"])
def test_the_managers_no_gives_the_work_back(acme, at_work, outcome):
    invoice, run = submit(acme, at_work)

    say(acme, run, "manager", "hiring_manager", outcome, "Wrong week.")

    assert ends(run, invoice) == ("done", State.REJECTED)
    assert (invoice.rejection_reason, invoice.rejected_by) == ("Wrong week.", acme.people["hiring_manager"])
    assert at_work.time_lines.get().state == WorkState.ACCEPTED
    assert step(run, "finance").state == "skipped"


def test_the_no_of_finance_gives_the_work_back(acme, at_work):
    invoice, run = submit(acme, at_work)
    say(acme, run, "manager", "hiring_manager")

    say(acme, run, "finance", "finance", "rejected", "No account.")

    assert ends(run, invoice) == ("done", State.REJECTED)
    assert invoice.rejected_by == acme.people["finance"]


@pytest.mark.parametrize("who", ["hiring_manager", "finance"])
def test_a_rejection_on_the_page_ends_the_run(acme, at_work, who):
    invoice, run = submit(acme, at_work)
    if who == "finance":
        say(acme, run, "manager", "hiring_manager")

    invoices.reject_invoice(invoice=invoice, actor=acme.actor(who), reason="Wrong.")
    drain()

    assert ends(run, invoice) == ("done", State.REJECTED)


def test_a_decision_that_comes_after_the_page_is_refused(acme, at_work):
    invoice, run = submit(acme, at_work)
    copy = step(run, "manager")
    invoices.approve_invoice(invoice=invoice, actor=acme.actor("hiring_manager"))

    with pytest.raises(Refusal) as refusal:
        decide(step=copy, outcome="rejected", actor=acme.actor("hiring_manager"), comment="No.")

    assert refusal.value.code == "state_changed"
    assert ends(run, invoice)[1] == State.IN_APPROVAL


def test_a_page_that_was_faster_than_the_worker_wins_once(acme, at_work):
    """Decided in the inbox, and before a worker carries it out the same person presses the button, too."""
    invoice, run = submit(acme, at_work)
    decide(step=step(run, "manager"), outcome="approved", actor=acme.actor("hiring_manager"))
    invoices.approve_invoice(invoice=invoice, actor=acme.actor("hiring_manager"))

    drain()

    assert ends(run, invoice) == ("running", State.IN_APPROVAL)
    assert step(run, "finance").state == "waiting"


def test_who_made_the_invoice_does_not_approve_it(acme, at_work):
    invoice, run = submit(acme, at_work, by="hiring_manager")
    asked = step(run, "manager")
    assert (asked.assignee, asked.capability) == (None, "workflow.manage")
    with pytest.raises(Refusal) as refusal:
        decide(step=asked, outcome="approved", actor=acme.actor("hiring_manager"))
    assert refusal.value.code == "own_request"

    say(acme, run, "manager", "program_manager")

    assert ends(run, invoice)[1] == State.IN_APPROVAL
    assert invoice.manager_approved_by == acme.people["program_manager"]
