"""The inbox, the step, the run, the guest's tasks: pages and what they do."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from freelance_hub.links import tenant_url
from programs.models import Program
from talent.models import Requisition
from talent.services.assignments import start_onboarding
from talent.services.requisitions import update_requisition
from tests.factories.talent import ask, guest_freelancer, hire
from tests.factories.work import make_program
from tests.workflows.engine_room import drain
from workflows.models import Run, Step
from workflows.services.decisions import decide


@pytest.fixture
def asked(acme):
    """A request above the limit that waits for its first approver."""
    with acme.enter():
        Program.objects.first() or make_program(acme, settings={"approval_limit": "10000"})
        requisition = ask(acme, state="in_approval", budget=Decimal(20000))
        run = Run.objects.get(subject_id=requisition.pk)
        yield Step.objects.select_related("run").get(run=run, key="approve")


def address(name, thing, **kwargs):
    return tenant_url(name, public_id=thing.public_id, **kwargs)


def test_the_inbox_shows_what_is_asked_with_its_amount(acme, asked):
    response = acme.client("approver").get(tenant_url("inbox"))

    body = response.content.decode()
    assert response.status_code == 200
    assert asked.run.title in body
    assert "Approve the request" in body
    assert "20,000" in body
    assert "Hiring Manager Acme" in body


def test_inbox_and_step_show_what_has_changed_since_the_last_approval(acme, asked):
    decide(step=asked, outcome="approved", actor=acme.actor("approver"))
    requisition = Requisition.objects.get(pk=asked.run.subject_id)
    update_requisition(requisition=requisition, budget=Decimal(9000), actor=acme.actor("hiring_manager"))
    client = acme.client("approver")

    for url in (tenant_url("inbox"), address("step_detail", asked)):
        response = client.get(url)
        assert response.status_code == 200
        body = response.content.decode()
        assert "€20,000.00" in body
        assert "€9,000.00" in body


def test_an_empty_inbox_says_so(acme):
    with acme.enter():
        response = acme.client("finance").get(tenant_url("inbox"))

    body = response.content.decode()
    assert "Nothing waits for you" in body
    assert body.count("Standing in") == 1  # beside the title; it is no next step of an empty list
    assert "button primary" not in body


@pytest.mark.parametrize("n", [1, 3])
def test_the_inbox_asks_five_queries_of_its_own_however_many_rows(acme, n):
    with acme.enter():
        for number in range(n):
            ask(acme, state="in_approval", title=f"Request {number}")
        client = acme.client("approver")
        with CaptureQueriesContext(connection) as captured:
            client.get(tenant_url("inbox"))

    first_tables = [re.search(r'FROM "(\w+)"', without_subqueries(query["sql"])) for query in captured]
    own = [found[1] for found in first_tables if found and not found[1].startswith(("hub", "django", "usersessions"))]
    assert own == [
        "workflows_attestation",
        "workflows_step",
        "workflows_decision",
        "talent_requisition",
        "programs_budget",
    ]


def without_subqueries(sql):
    while (shorter := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = shorter
    return sql


def test_the_step_page_says_who_asks_what_and_why(acme, asked):
    body = acme.client("approver").get(address("step_detail", asked)).content.decode()

    for words in (asked.run.title, "20,000", "Hiring Manager Acme", "Is the work needed", "Approve the money"):
        assert words in body


def test_approving_goes_back_to_the_inbox(acme, asked):
    response = acme.client("approver").post(address("step_detail", asked), {"outcome": "approved", "comment": "Fine."})

    asked.refresh_from_db()
    assert (response.status_code, response.headers["Location"]) == (303, tenant_url("inbox"))
    assert (asked.outcome, asked.comment, asked.decided_by) == ("approved", "Fine.", acme.people["approver"])


def test_rejecting_without_a_reason_shows_the_form_again(acme, asked):
    response = acme.client("approver").post(address("step_detail", asked), {"outcome": "rejected", "comment": ""})

    assert response.status_code == 422
    assert "Say why" in response.content.decode()
    asked.refresh_from_db()
    assert asked.state == Step.State.WAITING


def test_the_requester_sees_their_approval_but_cannot_answer_it(acme, asked):
    client = acme.client("hiring_manager")

    body = client.get(address("step_detail", asked)).content.decode()
    response = client.post(address("step_detail", asked), {"outcome": "approved"})

    assert "This waits for somebody else" in body
    assert "Approver Acme" in body
    assert response.status_code == 422
    assert "Nobody approves their own request" in response.content.decode()


def test_the_second_of_two_who_decide_is_told_who_was_first(acme, asked):
    acme.client("approver").post(address("step_detail", asked), {"outcome": "approved"})

    response = acme.client("program_manager").post(address("step_detail", asked), {"outcome": "approved"})

    assert response.status_code == 422
    assert "Approver Acme has approved this already" in response.content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("approver", 200),
        ("program_manager", 200),
        ("viewer", 200),
        ("teammate", 404),
        ("finance", 404),
        ("freelancer", 404),
    ],
)
def test_who_may_open_the_step_and_the_run(acme, asked, role, status):
    client = acme.client(role)

    assert client.get(address("step_detail", asked)).status_code == status
    assert client.get(address("run_detail", asked.run)).status_code == status


def test_strangers_and_wrong_addresses_get_404_and_wrong_verbs_405(acme, rival, asked):
    stranger, unknown = rival.client("approver"), tenant_url("step_detail", public_id=uuid4())

    assert stranger.get(address("step_detail", asked)).status_code == 404
    assert stranger.get(address("step_detail", asked, tenant=rival.slug)).status_code == 404
    assert stranger.post(address("step_detail", asked, tenant=rival.slug), {"outcome": "approved"}).status_code == 404
    assert acme.client("approver").get(unknown).status_code == 404
    assert acme.client("approver").delete(address("step_detail", asked)).status_code == 405


def test_bulk_approval_tells_the_result_of_each_row(acme, asked):
    with acme.enter():
        ask(acme, state="in_approval", title="Mine", by="program_manager")
        task = Step.objects.create(
            run=asked.run, key="t", title="A task", kind="task", state="waiting", capability="requisition.approve"
        )
    client = acme.client("approver")
    picks = [str(pk) for pk in Step.objects.filter(state="waiting").values_list("public_id", flat=True)]

    assert (
        "Approve what you have selected?"
        in client.post(tenant_url("inbox"), {"action": "approve", "pick": picks}).content.decode()
    )
    response = client.post(tenant_url("inbox"), {"action": "approve", "pick": picks, "confirmed": "1"})

    results = {result.label: (result.is_done, result.words) for result in response.context["results"]}
    assert sorted(is_done for is_done, _ in results.values()) == [False, True, True]
    assert results[f"{asked.run.title}: A task"][1].startswith("This step is answered in another way")
    task.refresh_from_db()
    assert task.state == Step.State.WAITING


def test_bulk_rejection_needs_a_reason(acme, asked):
    client, data = acme.client("approver"), {"action": "reject", "pick": [str(asked.public_id)], "confirmed": "1"}

    assert client.post(tenant_url("inbox"), {**data, "comment": ""}).status_code == 422
    client.post(tenant_url("inbox"), {**data, "comment": "Too dear."})

    asked.refresh_from_db()
    assert (asked.outcome, asked.comment) == ("rejected", "Too dear.")


def test_the_run_page_shows_steps_and_history(acme, asked):
    acme.client("approver").post(address("step_detail", asked), {"outcome": "approved", "comment": "Fine."})

    body = acme.client("program_manager").get(address("run_detail", asked.run)).content.decode()

    for words in ("Approve the request", "approved by Approver Acme", "Open the request", "What happened", "Cancel"):
        assert words in body
    assert "Cancel the workflow" not in body


def test_a_step_that_needs_attention_is_resolved_from_the_page(acme, asked):
    Step.objects.filter(pk=asked.pk).update(
        state="attention", kind="automation", action="approve_requisition", error="It broke."
    )
    client, url = acme.client("program_manager"), address("step_resolve", asked)

    assert "It broke." in client.get(url).content.decode()
    assert acme.client("approver").get(url).status_code in {403, 404}
    assert client.post(url, {"how": "skip", "reason": ""}).status_code == 422
    response = client.post(url, {"how": "retry", "reason": ""})

    asked.refresh_from_db()
    assert (response.status_code, asked.state) == (303, "ready")
    assert client.post(url, {"how": "retry"}).status_code == 422


def test_cancelling_asks_first_and_needs_a_reason(acme, asked):
    client, url = acme.client("program_manager"), address("run_cancel", asked.run)

    assert "will not happen" in client.get(url).content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert acme.client("approver").post(url, {"reason": "No."}).status_code == 403
    assert client.post(url, {"reason": "Not needed."}).status_code == 303

    asked.run.refresh_from_db()
    assert asked.run.state == Run.State.CANCELLED
    assert client.post(url, {"reason": "Again."}).status_code == 422


def test_the_list_of_workflows_is_for_those_who_see_all(acme, asked):
    with acme.enter():
        assert asked.run.title in acme.client("program_manager").get(tenant_url("run_list")).content.decode()
        assert acme.client("approver").get(tenant_url("run_list")).status_code == 403


def test_a_guest_sees_progress_and_who_acts_next(acme):
    with acme.enter():
        assignment = hire(acme, state="planned", freelancer=guest_freelancer(acme))
        start_onboarding(assignment=assignment, actor=acme.actor("program_manager"))
        drain()
        step = Step.objects.get(run__subject_type="talent.assignment", key="prepare")

        body = acme.client("freelancer").get(tenant_url("portal_tasks")).content.decode()
        assert "Prepare tools and a welcome call" in body
        assert "Hiring Manager Acme" in body
        assert "Nothing to do" in acme.client("other_freelancer").get(tenant_url("portal_tasks")).content.decode()
        assert acme.client("hiring_manager").get(tenant_url("portal_tasks")).status_code == 404

        assert acme.client("freelancer").post(address("portal_task_complete", step)).status_code == 404
        Step.objects.filter(pk=step.pk).update(assignee=acme.people["freelancer"])
        assert acme.client("freelancer").post(address("portal_task_complete", step)).status_code == 303
        step.refresh_from_db()
        assert (step.state, step.decided_by) == ("done", acme.people["freelancer"])


def test_the_pages_of_a_subject_show_its_checklist_to_whom_it_concerns(acme, asked):
    url = tenant_url("requisition_detail", number=asked.run.title.split()[0].removeprefix("REQ-"))

    approver = acme.client("approver").get(url).content.decode()
    requester = acme.client("hiring_manager").get(url).content.decode()

    assert address("step_detail", asked) in approver
    assert "This waits for you." in approver
    assert address("run_detail", asked.run) in requester
    assert "This waits for you." not in requester


def test_the_guests_home_shows_what_is_left_with_a_button_on_their_own_tasks(acme):
    with acme.enter():
        assignment = hire(acme, state="planned", freelancer=guest_freelancer(acme))
        start_onboarding(assignment=assignment, actor=acme.actor("program_manager"))
        drain()
        step = Step.objects.get(run__subject_type="talent.assignment", key="prepare")
        client = acme.client("freelancer")

        for url in (tenant_url("portal_home"), tenant_url("portal_assignment_detail", number=assignment.number)):
            body = client.get(url).content.decode()
            assert "Prepare tools and a welcome call" in body
            assert address("portal_task_complete", step) not in body
        Step.objects.filter(pk=step.pk).update(assignee=acme.people["freelancer"])

        assert address("portal_task_complete", step) in client.get(tenant_url("portal_home")).content.decode()
        assert "Prepare tools" not in acme.client("other_freelancer").get(tenant_url("portal_home")).content.decode()
