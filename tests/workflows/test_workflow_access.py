"""Who sees which steps and runs: the list and the single object hold one rule."""

import pytest
from django.http import Http404

from freelance_hub.permissions import SYSTEM_ROLES, Refused
from talent.access import visible_requisitions
from talent.services.assignments import start_onboarding
from tests.factories.talent import ask, guest_freelancer, hire
from tests.workflows.engine_room import drain
from workflows.access import access_run, access_step, visible_grants, visible_runs, visible_steps
from workflows.models import Run, Step
from workflows.people import candidates, waiting_for
from workflows.services.decisions import decide

ROLES = tuple(SYSTEM_ROLES)


@pytest.fixture
def asked(acme):
    """A request of the hiring manager that waits for its approver."""
    with acme.enter():
        requisition = ask(acme, state="in_approval")
        yield Run.objects.get(subject_id=requisition.pk)


def test_the_inbox_holds_what_one_may_answer_and_nothing_else(acme, asked):
    approve = Step.objects.get(run=asked, key="approve")

    inboxes = {role: list(waiting_for(acme.actor(role))) for role in ROLES}

    assert {role for role, steps in inboxes.items() if steps == [approve]} == {"approver", "program_manager"}
    assert sum(map(len, inboxes.values())) == 2
    assert set(candidates(asked, approve)) == {acme.people["approver"], acme.people["program_manager"]}


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("owner", True), ("program_manager", True), ("hiring_manager", True), ("approver", True), ("compliance", True),
        ("viewer", True), ("teammate", False), ("finance", False), ("freelancer", False), ("agency", False),
    ],
)  # fmt: skip
def test_who_sees_the_run_and_its_approval(acme, asked, role, sees):
    actor, approve = acme.actor(role), Step.objects.get(run=asked, key="approve")

    assert visible_steps(actor).filter(pk=approve.pk).exists() == sees
    assert visible_runs(actor).filter(pk=asked.pk).exists() == sees
    if sees:
        assert access_step(actor, approve.public_id) == approve
        assert access_run(actor, asked.public_id) == asked
    else:
        with pytest.raises(Http404):
            access_step(actor, approve.public_id)
        with pytest.raises(Http404):
            access_run(actor, asked.public_id)


def test_strangers_of_another_company_see_nothing(acme, rival, asked):
    approve = Step.objects.get(run=asked, key="approve")

    with rival.enter():
        for role in ROLES:
            assert not visible_steps(rival.actor(role)).exists()
            assert not visible_runs(rival.actor(role)).exists()
        with pytest.raises(Http404):
            access_step(rival.actor("approver"), approve.public_id)


def test_changing_a_run_needs_the_right(acme, asked):
    with pytest.raises(Refused):
        access_run(acme.actor("approver"), asked.public_id, to="workflow.manage")

    assert access_run(acme.actor("program_manager"), asked.public_id, to="workflow.manage") == asked


def test_an_approver_sees_the_request_while_asked_and_after_deciding(acme, asked):
    approver = acme.actor("approver")
    assert visible_requisitions(approver).count() == 1

    decide(step=Step.objects.get(run=asked, key="approve"), outcome="approved", actor=approver)

    assert visible_requisitions(acme.actor("approver")).count() == 1
    assert not visible_requisitions(acme.actor("teammate")).exists()


def test_a_guest_sees_their_own_tasks_and_no_run(acme):
    with acme.enter():
        assignment = hire(acme, state="planned", freelancer=guest_freelancer(acme))
        start_onboarding(assignment=assignment, actor=acme.actor("program_manager"))
        drain()
        step = Step.objects.get(run__subject_type="talent.assignment", key="prepare")
        Step.objects.filter(pk=step.pk).update(assignee=acme.people["freelancer"])
        guest, other = acme.actor("freelancer"), acme.actor("other_freelancer")

        assert list(visible_steps(guest)) == [step]
        assert list(waiting_for(guest)) == [step]
        assert not visible_steps(other).exists()
        assert not visible_runs(guest).exists()
        assert {grant.membership_id for grant in visible_grants(guest)} == {guest.membership_id}
        assert not visible_grants(other).exists()
        with pytest.raises(Http404):
            access_run(guest, step.run.public_id)
