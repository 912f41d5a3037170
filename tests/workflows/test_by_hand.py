"""Without a connection a person opens and closes, and shows that it is done."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from freelance_hub.errors import Refusal
from freelance_hub.models import Notification
from freelance_hub.services import members
from talent.models import Assignment
from tests.workflows.access_stage import S, converge, tell
from tests.workflows.engine_room import drain
from workflows.models import AccessGrant, Run, Step
from workflows.services import grants
from workflows.services.answers import complete_task
from workflows.services.by_hand import complete_by_hand
from workflows.services.runs import cancel_run


def ask(stage, **details):
    """A laptop that its keeper has been asked to hand out."""
    grant = stage.give(stage.laptop, **details)
    converge()
    grant.refresh_from_db()
    return grant


def handed_out(stage):
    grant = ask(stage)
    return complete_by_hand(grant=grant, actor=stage.actor("teammate"), note="Serial 4711, signed for.")


def test_the_keeper_is_asked_and_nothing_is_open_before_they_say_so(stage):
    grant = ask(stage)

    assert tell(grant) == (S.PENDING, False)
    assert (grant.step.assignee, grant.step.title) == (stage.company.people["teammate"], "Open the access")
    told = Notification.objects.filter(kind="workflow.waiting", title__startswith="Open the access")
    assert list(told.values_list("membership", flat=True)) == [stage.company.people["teammate"].pk]


def test_asking_again_asks_nobody_twice(stage):
    ask(stage)

    converge()

    assert Step.objects.filter(title="Open the access").count() == 1


def test_the_grant_opens_when_the_keeper_has_done_it(stage):
    grant = handed_out(stage)

    assert tell(grant) == (S.ACTIVE, True)
    assert (grant.granted_how, grant.proof_note, grant.step) == ("hand", "Serial 4711, signed for.", None)


def test_the_answer_in_the_inbox_counts_the_same(stage):
    grant = ask(stage)

    complete_task(step=grant.step, actor=stage.actor("teammate"), comment="Handed out.")

    assert tell(grant) == (S.ACTIVE, True)
    assert grant.proof_note == "Handed out."


def test_without_proof_it_is_not_done(stage):
    grant = ask(stage)

    with pytest.raises(Refusal, match="a note or a file"):
        complete_by_hand(grant=grant, actor=stage.actor("teammate"))
    with pytest.raises(Refusal, match="write a note"):
        complete_task(step=grant.step, actor=stage.actor("teammate"))

    assert tell(grant) == (S.PENDING, False)
    assert Step.objects.get(pk=grant.step_id).state == "waiting"


def test_a_file_is_proof_too(stage):
    grant = ask(stage)
    upload = SimpleUploadedFile("receipt.txt", b"Signed for.", "text/plain")

    complete_by_hand(grant=grant, actor=stage.actor("teammate"), upload=upload)

    assert tell(grant) == (S.ACTIVE, True)
    assert (grant.proof.name, grant.proof_note) == ("receipt.txt", "See receipt.txt.")


def test_only_who_is_asked_can_do_it(stage):
    grant = ask(stage)

    with pytest.raises(Refusal, match="somebody else"):
        complete_by_hand(grant=grant, actor=stage.actor("program_manager"), note="Done.")

    assert tell(grant) == (S.PENDING, False)


def test_the_end_asks_the_keeper_with_their_instructions_and_waits_for_them(stage):
    grant = handed_out(stage)

    stage.end()
    converge()
    drain()

    assert tell(grant) == (S.ACTIVE, True)
    assert (grant.step.title, grant.step.params["help"]) == ("Close the access", "Collect it at the desk.")
    checklist = Run.objects.get(subject_id=stage.assignment.pk, version__definition__key="offboarding")
    assert Step.objects.get(run=checklist, key="accesses").state == "waiting"

    complete_by_hand(grant=grant, actor=stage.actor("teammate"), note="It is back.")

    assert tell(grant) == (S.REVOKED, False)
    assert (grant.revoked_how, grant.revoked_by) == ("hand", str(stage.company.people["teammate"].user))
    assert Step.objects.get(run=checklist, key="accesses").state == "done"


def test_the_assignment_is_not_closed_before_the_last_access_is(stage):
    grant = handed_out(stage)
    stage.end()
    converge()
    drain()
    for key in ("equipment", "handover", "ip_return"):
        step = Step.objects.get(key=key, state="waiting")
        complete_task(step=step, actor=stage.actor("hiring_manager"))
    drain()
    stage.assignment.refresh_from_db()
    assert stage.assignment.state == Assignment.State.OFFBOARDING

    grant.refresh_from_db()
    complete_by_hand(grant=grant, actor=stage.actor("teammate"), note="It is back.")
    drain()

    stage.assignment.refresh_from_db()
    assert stage.assignment.state == Assignment.State.CLOSED


def test_an_opening_that_is_not_needed_any_more_is_taken_back(stage):
    grant = ask(stage)
    step = grant.step

    stage.end()
    converge()

    assert tell(grant) == (S.REVOKED, False)
    step.refresh_from_db()
    assert step.state == "cancelled"


def test_held_back_and_resumed_before_anybody_acted_asks_nobody_to_close(stage):
    grant = handed_out(stage)
    grants.suspend_grant(grant=grant, reason="Nobody answered.", actor=stage.actor("owner"))
    converge()
    grant.refresh_from_db()
    closing = grant.step
    assert closing.title == "Close the access"

    grants.resume_grant(grant=grant, actor=stage.actor("owner"))
    converge()

    closing.refresh_from_db()
    assert closing.state == "cancelled"
    assert tell(grant) == (S.ACTIVE, True)
    assert grant.step is None


def test_a_task_that_somebody_cancelled_is_asked_anew(stage):
    grant = ask(stage)
    cancel_run(run=grant.step.run, reason="Oops.", actor=stage.actor("program_manager"))

    converge()

    first, grant = grant.step_id, AccessGrant.objects.get(pk=grant.pk)
    assert grant.step.state == "waiting"
    assert grant.step_id != first


def test_without_a_keeper_who_is_here_those_who_manage_workflows_are_asked(stage):
    members.suspend_member(membership=stage.company.people["teammate"], actor=stage.actor("owner"))

    grant = ask(stage)

    assert (grant.step.assignee, grant.step.capability) == (None, "workflow.manage")
    complete_by_hand(grant=grant, actor=stage.actor("program_manager"), note="Given.")
    assert tell(grant) == (S.ACTIVE, True)
