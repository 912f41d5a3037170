"""What starts runs: events with a condition, the button, the API; and what the definition says when it cannot."""

from decimal import Decimal

import pytest

from freelance_hub import events
from freelance_hub.errors import Refusal
from freelance_hub.models import ApiToken
from freelance_hub.permissions import Refused
from freelance_hub.services.tokens import create_token
from tests.factories.talent import ask
from tests.factories.work import make_assignment, make_program
from workflows.graph import GraphError
from workflows.models import Definition, Run
from workflows.services.definitions import publish, switch
from workflows.services.starts import buttons_for, start_by_hand

pytestmark = pytest.mark.django_db
TASK = {"key": "go", "title": "Go there", "kind": "task", "who": {"person": "program_owner"}}


def make_definition(company, *, program=None, subject_type="talent.assignment", steps=(TASK,), key="visit", **triggers):
    definition = Definition.objects.create(program=program, key=key, title="Plan a visit", subject_type=subject_type)
    graph = {"steps": list(steps), "triggers": triggers}
    publish(definition=definition, graph_data=graph, actor=company.actor("program_manager"))
    definition.refresh_from_db()
    return definition


def visits():
    return [run.subject_id for run in Run.objects.filter(version__definition__key="visit").order_by("pk")]


@pytest.mark.parametrize(("budget", "starts"), [("500", False), ("501", True)])
def test_an_event_starts_what_listens_when_its_condition_holds(acme, budget, starts):
    with acme.enter():
        program = make_program(acme)
        when = {"fact": "budget", "is": "more_than", "than": 500}
        make_definition(
            acme, program=program, subject_type="talent.requisition", event="requisition.submitted", when=when
        )

        requisition = ask(acme, state="in_approval", budget=Decimal(budget))

        assert visits() == ([requisition.pk] if starts else [])


def test_a_workflow_of_the_company_listens_in_every_program_and_one_of_another_program_does_not(acme, rival):
    with rival.enter():
        make_definition(rival, subject_type="talent.requisition", event="requisition.submitted")
    with acme.enter():
        mine, other = make_program(acme), make_program(acme)
        details = {"subject_type": "talent.requisition", "event": "requisition.submitted"}
        make_definition(acme, **details)
        make_definition(acme, program=other, key="other", **details)

        requisition = ask(acme, state="in_approval")

        assert requisition.program == mine
        assert visits() == [requisition.pk]
        assert not Run.objects.filter(version__definition__key="other").exists()
    with rival.enter():
        assert not Run.objects.exists()


def test_one_that_is_switched_off_starts_nothing(acme):
    with acme.enter():
        make_program(acme)
        definition = make_definition(acme, subject_type="talent.requisition", event="requisition.submitted")

        switch(definition=definition, is_active=False, actor=acme.actor("program_manager"))
        ask(acme, state="in_approval")
        assert visits() == []

        switch(definition=definition, is_active=True, actor=acme.actor("program_manager"))
        assert visits() == []
        assert ask(acme, state="in_approval").pk in visits()


def test_publishing_copies_the_triggers_and_without_any_leaves_them(acme):
    with acme.enter():
        definition = make_definition(acme, event="assignment.ended", button="Go", api=True)
        assert (definition.trigger, definition.button, definition.is_callable) == ("assignment.ended", "Go", True)

        publish(definition=definition, graph_data={"steps": [TASK]}, actor=acme.actor("program_manager"))
        definition.refresh_from_db()
        assert definition.button == "Go"

        publish(
            definition=definition, graph_data={"steps": [TASK], "triggers": {}}, actor=acme.actor("program_manager")
        )
        definition.refresh_from_db()
        assert (definition.trigger, definition.button, definition.is_callable) == ("", "", False)


@pytest.mark.parametrize(
    ("triggers", "words"),
    [
        ({"event": "Submitted!"}, "“Submitted!” is no event"),
        ({"event": "run.finished"}, "the engine's own event"),
        ({"moon": "full"}, "There is no trigger “moon”"),
        (
            {"when": {"fact": "budget", "is": "contains", "than": "x"}},
            "“budget” is a number, so it cannot be asked “contains”",
        ),
        ({"when": {"fact": "budget", "is": "more_than", "than": "much"}}, "cannot be compared with “much”"),
        ({"button": "B" * 61}, "60 characters at most"),
        ({"api": "yes"}, "true or false"),
        ({"schedule": {"every": "year", "each": "active"}}, "“every” is one of"),
        ({"schedule": {"every": "week", "on": "Moonday", "each": "active"}}, "“on” is one of monday"),
        ({"schedule": {"every": "day", "at": "7", "each": "active"}}, "“at” is a time"),
        ({"schedule": {"every": "day", "each": "nice"}}, "known are: active, onboarding"),
    ],
)
def test_triggers_that_cannot_work_are_refused_and_nothing_is_published(acme, triggers, words):
    with acme.enter():
        definition = make_definition(acme, button="Go")

        with pytest.raises(GraphError, match=words):
            publish(
                definition=definition,
                graph_data={"steps": [TASK], "triggers": triggers},
                actor=acme.actor("program_manager"),
            )

        definition.refresh_from_db()
        assert (definition.versions.count(), definition.button) == (1, "Go")


def test_the_button_starts_one_run_and_is_gone_while_it_is_open(acme):
    with acme.enter():
        assignment = make_assignment(acme)
        definition = make_definition(acme, program=assignment.program, button="Plan a visit")
        actor = acme.actor("hiring_manager")
        assert buttons_for(assignment, actor) == [definition]

        run = start_by_hand(definition=definition, subject=assignment, actor=actor)

        assert (run.started_by, run.context) == (acme.people["hiring_manager"], {"by": "button"})
        assert buttons_for(assignment, actor) == []
        with pytest.raises(Refusal, match="on its way"):
            start_by_hand(definition=definition, subject=assignment, actor=actor)
        assert visits() == [assignment.pk]


def test_nobody_starts_what_they_may_not(acme):
    with acme.enter():
        assignment = make_assignment(acme)
        other = make_program(acme)
        elsewhere = make_definition(acme, program=other, key="elsewhere", button="Plan a visit")
        silent = make_definition(acme, program=assignment.program, key="silent")

        with pytest.raises(Refused):
            start_by_hand(definition=silent, subject=assignment, actor=acme.actor("finance"))
        with pytest.raises(Refusal, match="not started by hand"):
            start_by_hand(definition=silent, subject=assignment, actor=acme.actor("program_manager"))
        with pytest.raises(Refusal, match="not about this assignment"):
            start_by_hand(definition=elsewhere, subject=assignment, actor=acme.actor("program_manager"))

        assert buttons_for(assignment, acme.actor("program_manager")) == []
        assert not Run.objects.exists()


def test_the_page_has_the_button_and_pressing_it_comes_back(acme):
    with acme.enter():
        assignment = make_assignment(acme)
        definition = make_definition(acme, program=assignment.program, button="Plan a visit")
    client = acme.client("program_manager")
    page = f"/t/{acme.slug}/assignments/{assignment.number}/"

    assert "Plan a visit" in client.get(page).content.decode()
    url = f"/t/{acme.slug}/workflows/start/{definition.public_id}/"
    answer = client.post(url, {"subject": assignment.number})

    assert (answer.status_code, answer.url) == (303, page)
    with acme.enter():
        assert visits() == [assignment.pk]
    assert client.post(url, {"subject": "999"}).status_code == 404
    assert client.post(url, {"subject": "moon"}).status_code == 404
    assert client.get(url).status_code == 405


def test_the_api_starts_a_run_once_for_a_key(acme):
    with acme.enter():
        assignment = make_assignment(acme)
        definition = make_definition(acme, program=assignment.program, api=True)
        make_definition(acme, program=assignment.program, key="silent", button="No API")
        client, headers = api(acme, "program_manager")
        url = f"/api/v1/workflows/{definition.public_id}/start/"

        listed = client.get("/api/v1/workflows/", headers=headers).json()
        headers["Idempotency-Key"] = "visit-1"
        first, second = (
            client.post(url, {"subject": str(assignment.number)}, "application/json", headers=headers) for _ in range(2)
        )

        assert [row["public_id"] for row in listed["results"]] == [str(definition.public_id)]
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first.json()["state"] == "running"
        assert visits() == [assignment.pk]
        headers["Idempotency-Key"] = "visit-2"
        assert client.post(url, {"subject": "1"}, "application/json", headers=headers).status_code == 409


def api(company, key):
    from django.test import Client

    actor = company.actor(key)
    _, secret = create_token(
        membership=company.people[key], name="T", kind="person", scopes=actor.capabilities, days=30, actor=actor
    )
    assert ApiToken.objects.exists()
    return Client(), {"Authorization": f"Bearer {secret}"}


def test_a_workflow_that_starts_itself_over_another_is_refused(acme):
    with acme.enter():
        one = make_definition(acme, key="one")
        two = make_definition(acme, key="two", steps=[call("one")])

        with pytest.raises(GraphError, match="in a circle: one → two → one"):
            publish(definition=one, graph_data={"steps": [call("two")]}, actor=acme.actor("program_manager"))
        with pytest.raises(GraphError, match="no active workflow “three” about"):
            publish(definition=two, graph_data={"steps": [call("three")]}, actor=acme.actor("program_manager"))


def call(key):
    return {"key": "call", "title": "Call", "kind": "workflow", "workflow": key}


def test_events_about_what_no_workflow_is_about_are_passed_over(acme):
    with acme.enter():
        person = acme.people["approver"]
        events.announce("person.greeted", person, actor=acme.automation())

        assert not Run.objects.exists()
