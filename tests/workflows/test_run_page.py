"""The page of a run: its picture, who is waited for, attempts without secrets, news by itself."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freelance_hub.links import tenant_url
from programs.models import Program
from tests.factories.talent import ask
from tests.factories.work import make_program
from workflows.models import Delegation, Effect, Run, Step, StepEvent
from workflows.services.decisions import decide
from workflows.story import attempts_of, mark_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def run(acme):
    """An approval above the limit, at its first step."""
    with acme.enter():
        Program.objects.first() or make_program(acme, settings={"approval_limit": "10000"})
        requisition = ask(acme, state="in_approval", budget=Decimal(20000))
        yield Run.objects.get(subject_type="talent.requisition", subject_id=requisition.pk)


def address(run, name="run_detail", **query):
    url = tenant_url(name, public_id=run.public_id)
    return f"{url}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else url


def names_in_picture(body):
    return re.findall(r'<a class="picture-step" id="node-([^"]+)" href="[^"]+" aria-label="([^"]+)"', body)


def test_the_picture_names_each_step_its_state_and_who_is_waited_for(acme, run):
    body = acme.client("program_manager").get(address(run)).content.decode()

    found = dict(names_in_picture(body))
    assert sorted(found) == sorted(Step.objects.filter(run=run).values_list("key", flat=True))
    assert list(found)[:2] == ["approve", "unit"]
    assert found["approve"] == (
        "Approve the request. Approval: Waiting, waits for Program Manager Acme or Approver Acme"
    )
    assert found["amount"] == f"{Step.objects.get(run=run, key='amount').title}. Decision: Later"


def test_a_delegate_is_named_with_whose_place_they_fill(acme, run):
    today = timezone.localdate()
    acme.add("deputy", "viewer", name="Dee Deputy")
    Delegation.objects.create(
        giver=acme.people["approver"], taker=acme.people["deputy"], starts_on=today, ends_on=today + timedelta(days=1)
    )

    body = acme.client("program_manager").get(address(run)).content.decode()

    assert "Dee Deputy for Approver Acme" in body


def test_every_attempt_is_shown_with_its_error_and_without_secrets(acme, run):
    step = Step.objects.get(run=run, key="open")
    Step.objects.filter(pk=step.pk).update(
        state="attention",
        attempt=2,
        error="401 for Bearer abcdef123456",
        params={"params": {"client_secret": "hush", "channel": "news"}},
        result={"iban": "DE89370400440532013000", "ok": True},
    )
    Effect.objects.create(
        step=step, provider="graph", key="k1", state="done", response={"access_token": "hush2", "id": 7}
    )
    now = timezone.now()
    for at, (old, new, attempt, detail) in enumerate(
        [
            ("ready", "running", 1, ""),
            ("running", "ready", 1, "password=hush3 refused"),
            ("ready", "running", 2, ""),
            ("running", "attention", 2, "401 for Bearer abcdef123456"),
        ]
    ):
        StepEvent.objects.create(
            run=run,
            step=step,
            old_state=old,
            new_state=new,
            attempt=attempt,
            detail=detail,
            actor="w",
            at=now + timedelta(seconds=at),
        )

    body = acme.client("program_manager").get(address(run, step="open")).content.decode()

    for shown in (
        "&quot;channel&quot;: &quot;news&quot;",
        "&quot;id&quot;: 7",
        "password=••• refused",
        "401 for Bearer •••",
        "took 1 s",
    ):
        assert shown in body
    for hidden in ("hush", "abcdef123456", "DE89370400440532013000"):
        assert hidden not in body


def test_attempts_are_read_from_the_transitions_newest_first(acme, run):
    step, at = Step.objects.get(run=run, key="open"), timezone.now()
    events = [
        StepEvent(run=run, step=step, old_state="pending", new_state="ready", at=at),
        StepEvent(run=run, step=step, old_state="ready", new_state="running", attempt=1, at=at),
        StepEvent(run=run, step=step, old_state="running", new_state="ready", attempt=1, at=at, detail="It broke."),
        StepEvent(run=run, step=step, old_state="ready", new_state="running", attempt=2, at=at),
    ]

    assert [(one.number, one.state, one.words, one.ended) for one in attempts_of(events)] == [
        (2, "", "", None),
        (1, "ready", "It broke.", at),
    ]


def test_nothing_comes_while_nothing_moved_and_the_whole_run_when_something_did(acme, run):
    client, seen = acme.client("program_manager"), mark_of(run)

    assert client.get(address(run, seen=seen), headers=HTMX).status_code == 204
    decide(step=Step.objects.get(run=run, key="approve"), outcome="approved", actor=acme.actor("approver"))
    answer = client.get(address(run, seen=seen), headers=HTMX)

    body = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in body
    assert f'hx-get="{tenant_url("run_detail", public_id=run.public_id)}?seen={mark_of(run)}"' in body
    assert '<div id="run-said" hx-swap-oob="innerHTML">' in body
    assert "approved by Approver Acme" in body


def test_a_run_that_is_over_asks_no_more(acme, run):
    client = acme.client("program_manager")
    assert "every 4s" in client.get(address(run)).content.decode()

    Run.objects.filter(pk=run.pk).update(state="cancelled", finished_at=timezone.now())

    body = client.get(address(run)).content.decode()
    assert "every 4s" not in body
    assert 'href="' + address(run, "run_pause") not in body


def test_a_run_is_paused_with_a_reason_and_goes_on(acme, run):
    client = acme.client("program_manager")

    assert client.post(address(run, "run_pause"), {"reason": ""}).status_code == 422
    assert client.post(address(run, "run_pause"), {"reason": "Budget is checked."}).status_code == 303
    run.refresh_from_db()
    assert (run.state, Step.objects.get(run=run, key="approve").state) == ("paused", "held")
    assert client.post(address(run, "run_pause"), {"reason": "Twice."}).status_code == 422
    body = client.get(address(run)).content.decode()
    assert address(run, "run_resume") in body
    assert client.post(address(run, "run_resume")).status_code == 303

    run.refresh_from_db()
    assert (run.state, Step.objects.get(run=run, key="approve").state) == ("running", "waiting")


def test_an_approval_is_not_skipped_and_a_task_is_with_a_reason(acme, run):
    client, step = acme.client("program_manager"), Step.objects.get(run=run, key="approve")
    task = Step.objects.create(
        run=run, key="t", title="A task", kind="task", state="waiting", assignee=acme.people["owner"]
    )

    assert client.post(address(step, "step_skip"), {"reason": "No."}).status_code == 422
    assert client.post(address(task, "step_skip"), {"reason": ""}).status_code == 422
    assert client.post(address(task, "step_skip"), {"reason": "Not needed."}).status_code == 303

    step.refresh_from_db()
    task.refresh_from_db()
    assert (step.state, task.state) == ("waiting", "skipped")


def test_parts_of_a_run_are_linked_both_ways(acme, run):
    step = Step.objects.get(run=run, key="approve")
    part = Run.objects.create(
        version=run.version,
        program=run.program,
        title="A part",
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        idempotency_key="part",
        parent_step=step,
    )
    client = acme.client("program_manager")

    assert address(part) in client.get(address(run)).content.decode()
    assert f'<a href="{address(run)}">{run.title}</a>' in client.get(address(part)).content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_asks_as_many_queries_whatever_the_number_of_waiting_steps(acme, run, n):
    for number in range(n):
        Step.objects.create(
            run=run, key=f"t{number}", title="A task", kind="task", state="waiting", assignee=acme.people["owner"]
        )
    client = acme.client("program_manager")
    client.get(address(run))

    with CaptureQueriesContext(connection) as captured:
        client.get(address(run))

    own = [
        query["sql"] for query in captured if '"workflows_' in query["sql"] or "workflows_delegation" in query["sql"]
    ]
    assert len(own) == QUERIES


QUERIES = 12


def test_what_happened_names_people_and_never_a_machine(acme, run):
    step = Step.objects.filter(run=run).first()
    StepEvent.objects.create(run=run, step=step, new_state="running", attempt=1, actor="web-7f.internal:4711")
    decide(step=Step.objects.get(run=run, key="approve"), outcome="approved", actor=acme.actor("approver"), comment="")

    body = acme.client("program_manager").get(address(run)).content.decode()

    happened = body[body.index("What happened") :]
    assert "Approver Acme" in happened
    assert "Freelance Hub" in happened
    assert "4711" not in happened
    assert ">Engine<" not in happened
