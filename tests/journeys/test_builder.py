"""AD5: a program manager changes an automation, plays it dry and publishes it; what runs ends on its version, and a failed step
is tried again once, without a second effect."""

import pytest
from playwright.sync_api import expect

from freelance_hub.links import tenant_url
from talent.models import Requisition
from tests.factories.programs import launch
from tests.factories.talent import ask
from tests.journeys.people import workers
from workflows.actions.registry import action
from workflows.models import Definition, DefinitionDraft, Effect, Run, Step, StepEvent
from workflows.services.definitions import publish

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

STEPS = [
    {
        "key": "approve",
        "title": "Approve the request",
        "kind": "approval",
        "who": {"capability": "requisition.approve"},
    },
    {
        "key": "book",
        "title": "Book the cost",
        "kind": "automation",
        "action": "test.book",
        "params": {"account": "4711"},
        "max_attempts": 1,
        "after": ["approve:approved"],
    },
    {"key": "open", "title": "Open it", "kind": "automation", "action": "approve_requisition", "after": ["book"]},
]


class Ledger:
    """A system outside: notes what is booked, and may break right after it has."""

    def __init__(self):
        self.open_anew()

    def open_anew(self):
        self.booked = []
        self.is_closed = False


ledger = Ledger()


@action("test.book", on="talent.requisition", title="Book in the ledger", outside=True)
def book(work, *, account: str):
    def call(_key):
        ledger.booked.append((work.subject.title, account))
        return {"account": account}

    answer = work.once("ledger", call)
    if ledger.is_closed:
        msg = "The ledger is closed for the month."
        raise RuntimeError(msg)
    return answer


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def definition(acme):
    """The approval of requests with a booking, at version 2."""
    ledger.open_anew()
    program = launch(acme, name="Mobile pilot")
    with acme.enter("program_manager"):
        definition = Definition.objects.get(program=program, key="requisition_approval")
        graph = {"steps": STEPS, "triggers": {"event": "requisition.submitted"}}
        publish(definition=definition, graph_data=graph, note="It books.", actor=acme.actor("program_manager"))
        return definition


def test_a_workflow_is_changed_while_it_runs(acme, person, definition):
    with acme.enter():
        first = ask(acme, state="in_approval", title="Android payments", budget=5000)
    workers(acme)
    manager = at_desk(acme, person, "program_manager")

    change(acme, manager, definition)
    rehearse(acme, manager)
    release(acme, manager, definition)
    fail(acme, person, first)
    replay(acme, manager, person, first)
    with acme.enter():
        second = ask(acme, state="in_approval", title="Watch app", budget=5000)
    finish_on_the_new_version(acme, person, second)


def at_desk(acme, person, name):
    """Signed in, and patient with a busy machine."""
    somebody = person(name)
    somebody.page.set_default_timeout(30_000)
    return somebody.take_session(acme)


def save_as_one_goes(manager, edit):
    """Do the edit and leave the field; come back when the draft has it."""
    with manager.page.expect_response(lambda answer: "hx-request" in answer.request.headers) as answer:
        edit()
        manager.page.keyboard.press("Tab")
    answer.value.finished()


def save(manager):
    with manager.page.expect_navigation():
        manager.press("Save")


def run_of(requisition):
    return Run.objects.select_related("version").get(subject_type="talent.requisition", subject_id=requisition.pk)


def place(acme, name, public_id):
    return tenant_url(name, tenant=acme.slug, public_id=public_id)


def change(acme, manager, definition):
    """Saved as they go; a new task without anybody asked is an error until somebody is."""
    manager.open(place(acme, "definition_detail", definition.public_id)).sees("Version 2").follow("Change")
    side = manager.page.locator("#builder-side")
    expect(side).to_contain_text("No draft yet")
    manager.page.locator("#open-book").click()
    save_as_one_goes(manager, lambda: manager.write("Title", "Book the cost in the new ledger"))
    expect(side).to_contain_text("Draft saved")
    save_as_one_goes(manager, lambda: manager.write("Account", "0815"))
    save(manager)
    expect(manager.page.locator("#open-book")).to_have_text("Book the cost in the new ledger")
    expect(manager.field("Account")).to_have_value("0815")

    manager.press("Task")
    expect(side).to_contain_text("Say who")
    save_as_one_goes(manager, lambda: manager.choose("Who is asked", "The program's owner"))
    save(manager)
    expect(side).not_to_contain_text("Say who")
    with acme.enter():
        draft = DefinitionDraft.objects.get(definition=definition)
        assert [step["key"] for step in draft.graph["steps"]] == ["approve", "book", "task_1", "open"]
        assert draft.graph["steps"][1]["params"] == {"account": "0815"}
        assert definition.versions.count() == 2


def rehearse(acme, manager):
    """On the request that is really there; nothing is booked, nobody is asked."""
    manager.follow("Dry run").is_at("Dry run").sees("Android payments", "Approver Acme", "Program Manager Acme")
    steps = manager.page.locator(".dry-run > li")
    booking = steps.filter(has_text="Book the cost in the new ledger")
    expect(booking).to_contain_text("Freelance Hub would: book in the ledger.")
    expect(booking).to_contain_text("0815")
    manager.follow("rejected", inside=steps.filter(has_text="Approver Acme").first)
    expect(booking).to_contain_text("Passed over")
    assert ledger.booked == []
    with acme.enter():
        assert Run.objects.count() == 1
    manager.page.locator("main").get_by_role("link", name="Builder").click()


def release(acme, manager, definition):
    manager.follow("Publish").is_at("Publish").sees("1 run of version 2 is on the way and will end with that version.")
    manager.write("What is new", "The cost goes into the new ledger.").press("Publish").is_at(definition.title)
    manager.sees("Version 3 is published.", "The cost goes into the new ledger.", "1 run on the way")
    with acme.enter():
        assert not DefinitionDraft.objects.exists()
        assert definition.versions.count() == 3


def approve(acme, person, title):
    at_desk(acme, person, "approver").go("Inbox").follow(title).press("Approve")
    workers(acme)


def fail(acme, person, first):
    """It has booked, then it breaks: a person has to look."""
    ledger.is_closed = True
    approve(acme, person, "Android payments")
    with acme.enter():
        assert Step.objects.get(run=run_of(first), key="book").state == Step.State.ATTENTION


def replay(acme, manager, person, first):
    """After the fix, once: who comes second is told so."""
    with acme.enter():
        run = run_of(first)
        step = Step.objects.get(run=run, key="book")
    ledger.is_closed = False
    late = at_desk(acme, person, "program_manager").open(place(acme, "step_resolve", step.public_id))
    manager.open(place(acme, "run_detail", run.public_id)).sees("The ledger is closed for the month.")
    manager.follow("Resolve").is_at("Book the cost").press("Go on")
    manager.is_at("Android payments")
    late.press("Go on")
    late.sees("Somebody has resolved this already.")
    workers(acme)

    manager.open(place(acme, "run_detail", run.public_id)).state("Done").sees("version 2")
    assert ledger.booked == [("Android payments", "4711")]
    with acme.enter():
        assert dict(Step.objects.filter(run=run).values_list("key", "state")) == {
            "approve": "done",
            "book": "done",
            "open": "done",
        }
        assert Effect.objects.filter(step=step).count() == 1
        assert StepEvent.objects.filter(step=step, new_state="running").count() == 2
        assert Requisition.objects.get(pk=first.pk).state == Requisition.State.OPEN
        assert run_of(first).version.number == 2


def finish_on_the_new_version(acme, person, second):
    approve(acme, person, "Watch app")
    with acme.enter():
        run = run_of(second)
        assert run.version.number == 3
        assert Step.objects.get(run=run, key="task_1").state == Step.State.WAITING
    assert ledger.booked == [("Android payments", "4711"), ("Watch app", "0815")]
