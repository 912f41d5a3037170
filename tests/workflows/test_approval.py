"""A request goes to its approvers: by amount through two steps, never to who asked."""

from decimal import Decimal

import pytest
from django.db import transaction

from freelance_hub.access import actor_for, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership, MembershipRole, Notification, Role
from freelance_hub.permissions import Refused
from programs.models import Program
from talent.models import Requisition
from talent.services.requisitions import cancel_requisition, submit_requisition
from tests.factories.talent import ask
from tests.factories.work import make_program
from tests.workflows.engine_room import drain
from workflows.models import Definition, Run, Step
from workflows.services.decisions import decide


def submitted(company, **details):
    """A submitted request of the hiring manager, with its approval."""
    Program.objects.first() or make_program(company, settings={"approval_limit": "10000"})
    requisition = ask(company, state="in_approval", **details)
    return requisition, Run.objects.get(subject_id=requisition.pk, subject_type="talent.requisition")


def step(run, key):
    return Step.objects.get(run=run, key=key)


def test_below_the_limit_one_approver_opens_the_request(acme):
    with acme.enter():
        requisition, run = submitted(acme, budget=Decimal(9000))
        decide(step=step(run, "approve"), outcome="approved", actor=acme.actor("approver"), comment="Needed.")
        drain()

        requisition.refresh_from_db()
        run.refresh_from_db()
        assert requisition.state == Requisition.State.OPEN
        assert requisition.decision_note == "Needed."
        assert run.state == Run.State.DONE
        assert step(run, "approve_money").state == Step.State.SKIPPED
        assert Event.objects.filter(kind="run.finished", subject_id=run.pk).count() == 1
        opened = Event.objects.get(kind="requisition.approved")
        assert opened.actor == "Freelance Hub (Approve a request) for Hiring Manager Acme"


def test_above_the_limit_a_second_person_decides_about_the_money(acme):
    with acme.enter():
        requisition, run = submitted(acme, budget=Decimal(10001))
        decide(step=step(run, "approve"), outcome="approved", actor=acme.actor("approver"))
        drain()
        requisition.refresh_from_db()
        assert requisition.state == Requisition.State.IN_APPROVAL
        with pytest.raises(Refusal, match="earlier step"):
            decide(step=step(run, "approve_money"), outcome="approved", actor=acme.actor("approver"))

        decide(step=step(run, "approve_money"), outcome="approved", actor=acme.actor("finance"))
        drain()

        requisition.refresh_from_db()
        assert requisition.state == Requisition.State.OPEN


def test_the_limit_is_the_programs_own(acme):
    with acme.enter():
        requisition = ask(acme, state="draft", budget=Decimal(9000))
        requisition.program.settings = {"approval_limit": "500"}
        requisition.program.save(update_fields=["settings"])
        submit_requisition(requisition=requisition, actor=acme.actor("hiring_manager"))
        run = Run.objects.get()

        decide(step=step(run, "approve"), outcome="approved", actor=acme.actor("approver"))
        drain()

        assert step(run, "approve_money").state == Step.State.WAITING


def test_rejecting_needs_a_reason_and_gives_the_request_back_with_it(acme):
    with acme.enter():
        requisition, run = submitted(acme)
        with pytest.raises(Refusal, match="Say why"):
            decide(step=step(run, "approve"), outcome="rejected", actor=acme.actor("approver"), comment=" ")

        decide(step=step(run, "approve"), outcome="rejected", actor=acme.actor("approver"), comment="Too dear.")
        drain()

        requisition.refresh_from_db()
        assert (requisition.state, requisition.decision_note) == ("draft", "Too dear.")


def test_it_can_be_submitted_again_and_is_approved_anew(acme):
    with acme.enter():
        requisition, run = submitted(acme)
        decide(step=step(run, "approve"), outcome="rejected", actor=acme.actor("approver"), comment="Too dear.")
        drain()
        requisition.refresh_from_db()

        submit_requisition(requisition=requisition, actor=acme.actor("hiring_manager"))

        assert Run.objects.filter(subject_id=requisition.pk).count() == 2
        assert Step.objects.filter(key="approve", state="waiting").count() == 1


def test_nobody_approves_their_own_request(acme):
    with acme.enter():
        _, run = submitted(acme, by="program_manager")

        with pytest.raises(Refusal, match="own request"):
            decide(step=step(run, "approve"), outcome="approved", actor=acme.actor("program_manager"))

        assert step(run, "approve").state == Step.State.WAITING


def test_neither_does_an_automation_in_their_name(acme):
    with acme.enter():
        _, run = submitted(acme, by="program_manager")
        robot = automation(tenant_id=acme.tenant.pk, on_behalf_of=acme.people["program_manager"])

        with pytest.raises(Refusal, match="A person answers"):
            decide(step=step(run, "approve"), outcome="approved", actor=robot)


def test_the_second_of_two_is_told_who_has_decided(acme):
    with acme.enter():
        _, run = submitted(acme)
        decide(step=step(run, "approve"), outcome="approved", actor=acme.actor("approver"))

        with pytest.raises(Refusal, match=r"Approver Acme has approved this already\."):
            decide(step=step(run, "approve"), outcome="rejected", actor=acme.actor("program_manager"), comment="No.")

        assert Event.objects.filter(kind="step.decided").count() == 1
        assert AuditEvent.objects.filter(table_name="workflows_step", changes__has_key="decided_by").count() == 1


def test_who_is_not_asked_is_refused(acme):
    with acme.enter():
        _, run = submitted(acme)
        for role in ("teammate", "finance", "viewer", "owner"):
            with pytest.raises(Refused):
                decide(step=step(run, "approve"), outcome="approved", actor=acme.actor(role))


def test_an_approver_of_another_program_is_refused(acme):
    with acme.enter():
        _, run = submitted(acme)
        limited = acme.add("limited", "approver")
        MembershipRole.objects.filter(membership=limited).update(program_ids=[run.program_id + 1])

        with pytest.raises(Refused):
            decide(step=step(run, "approve"), outcome="approved", actor=acme.actor("limited"))


def test_approvers_are_told_and_the_requester_is_not(acme):
    with acme.enter():
        submitted(acme, by="program_manager")

        told = Notification.objects.filter(kind="workflow.waiting").values_list("membership", flat=True)
        assert set(told) == {acme.people["approver"].pk}


def test_when_nobody_may_decide_the_owner_of_the_program_learns_it(acme):
    with acme.enter():
        Role.objects.filter(key="approver").update(capabilities=[])

        _, run = submitted(acme, by="program_manager")

        told = Notification.objects.get(kind="workflow.attention")
        assert told.membership == run.program.owner
        assert "Nobody can answer" in told.title


def test_a_program_without_definitions_gets_the_shipped_ones(acme):
    with acme.enter():
        submitted(acme)

        assert list(Definition.objects.values_list("key", flat=True)) == ["requisition_approval"]


def test_a_request_that_is_cancelled_asks_nobody_any_more(acme):
    with acme.enter():
        requisition, run = submitted(acme)

        cancel_requisition(requisition=requisition, reason="Not needed.", actor=acme.actor("hiring_manager"))

        run.refresh_from_db()
        assert run.state == Run.State.CANCELLED
        assert step(run, "approve").state == Step.State.CANCELLED


def test_nothing_starts_when_the_submitting_transaction_is_rolled_back(acme):
    with acme.enter():
        requisition = ask(acme, state="draft")
        with transaction.atomic():
            submit_requisition(requisition=requisition, actor=acme.actor("hiring_manager"))
            transaction.set_rollback(True)

        assert not Run.objects.exists()


def test_a_suspended_approver_decides_nothing(acme):
    with acme.enter():
        _, run = submitted(acme)
        Membership.objects.filter(pk=acme.people["approver"].pk).update(state="suspended")
        actor = actor_for(Membership.objects.get(pk=acme.people["approver"].pk))

        with pytest.raises(Refused):
            decide(step=step(run, "approve"), outcome="approved", actor=actor)
