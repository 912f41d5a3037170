"""AD5: a program manager builds a nested condition and ties an approval to fields, saved as they go."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from freelance_hub.links import tenant_url
from tests.factories.programs import launch
from tests.factories.talent import ask
from tests.hub.test_look import GRAVE
from tests.journeys.people import look
from workflows.models import Definition, DefinitionDraft

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def definition(acme):
    """The shipped approval of requests."""
    program = launch(acme, name="Mobile pilot")
    with acme.enter():
        return Definition.objects.get(program=program, key="requisition_approval")


@pytest.fixture
def manager(acme, person, definition):
    """At the builder, with the decision about the money open."""
    somebody = person("program_manager")
    somebody.page.set_default_timeout(30_000)
    somebody.take_session(acme)
    address = tenant_url("definition_builder", tenant=acme.slug, public_id=definition.public_id)
    return somebody.open(f"{address}?step=amount")


def saved(somebody, act):
    """Do it; come back when the answer has taken its place."""
    with somebody.page.expect_response(lambda answer: "hx-request" in answer.request.headers) as answer:
        act()
    answer.value.finished()
    expect(somebody.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    return answer.value


def leave(somebody, label, text):
    """Write into a field and go on by Tab."""
    somebody.field(label).fill(text)
    return saved(somebody, lambda: somebody.page.keyboard.press("Tab"))


def has_no_barrier(somebody):
    """Neither for a reader of screens nor for weak eyes."""
    found = Axe().run(somebody.page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in GRAVE] == []


def stored(acme, definition, key):
    with acme.enter():
        graph = DefinitionDraft.objects.get(definition=definition).graph
    return next(step for step in graph["steps"] if step["key"] == key)


def test_a_nested_condition_is_built_and_saved_as_one_goes(acme, manager, definition):
    with acme.enter():
        before = next(one for one in definition.versions.get().graph["steps"] if one["key"] == "amount")["condition"][
            "any"
        ]
    saved(manager, lambda: manager.press("Add a group"))
    expect(manager.field("Condition 4.1: Fact")).to_be_focused()
    saved(manager, lambda: manager.choose("Condition 4.1: Fact", "Currency"))
    expect(manager.page.locator("#builder-side")).to_contain_text("A row of the condition is not filled in")
    saved(manager, lambda: manager.choose("Condition 4.1: Comparison", "is not"))
    assert leave(manager, "Condition 4.1: Value", "EUR").status == 200
    saved(manager, lambda: manager.press("Add a condition to group 4"))
    saved(manager, lambda: manager.choose("Condition 4.2: Fact", "Budget"))
    saved(manager, lambda: manager.choose("Condition 4.2: Comparison", "is at least"))
    assert leave(manager, "Condition 4.2: Value", "a lot").status == 422
    row = manager.page.locator(".condition-row", has=manager.field("Condition 4.2: Value"))
    expect(row).to_contain_text("“a lot” is not a number. Write it like 5000 or 12.5.")
    expect(manager.field("Condition 4.2: Value")).to_have_value("a lot")
    assert leave(manager, "Condition 4.2: Value", "900").status == 200
    expect(row).not_to_contain_text("is not a number")
    saved(manager, lambda: manager.choose("Group 4", "None of these holds"))

    added = {
        "not": {
            "any": [
                {"fact": "currency", "is": "not_equal_to", "than": "EUR"},
                {"fact": "budget", "is": "at_least", "than": 900},
            ]
        }
    }
    assert stored(acme, definition, "amount")["condition"] == {"any": [*before, added]}
    expect(manager.page.locator("#builder-side")).to_contain_text("it can be published")
    expect(manager.page.locator("#builder-steps")).not_to_contain_text("To mend")
    has_no_barrier(manager)
    look(manager, "builder-condition-nested")


def test_it_goes_by_keyboard_alone_and_enter_saves_instead_of_removing(acme, manager, definition):
    manager.page.locator("#add-row-0").focus()
    saved(manager, lambda: manager.page.keyboard.press("Enter"))
    expect(manager.field("Condition 4: Fact")).to_be_focused()
    saved(manager, lambda: manager.page.keyboard.type("Currency"))
    expect(manager.field("Condition 4: Fact")).to_be_focused()
    manager.field("Condition 4: Value").focus()
    manager.page.keyboard.type("USD")
    with manager.page.expect_navigation():
        manager.page.keyboard.press("Enter")

    parts = stored(acme, definition, "amount")["condition"]["any"]
    assert parts[3:] == [{"fact": "currency", "is": "equal_to", "than": "USD"}]
    manager.page.locator("#remove-0-3").focus()
    saved(manager, lambda: manager.page.keyboard.press("Enter"))
    assert stored(acme, definition, "amount")["condition"]["any"] == parts[:3]


def test_an_approval_is_tied_to_fields_on_a_phone(acme, manager, definition):
    manager.takes_the_phone()
    manager.open(manager.page.url.replace("step=amount", "step=approve"))
    saved(manager, lambda: manager.page.get_by_label("Skills", exact=True).uncheck())
    saved(
        manager,
        lambda: manager.page.get_by_label("Title", exact=True).and_(manager.page.locator("[type=checkbox]")).uncheck(),
    )
    leave(manager, "Tolerance in %", "5")
    width = manager.page.evaluate("document.documentElement.scrollWidth")
    assert width <= manager.page.viewport_size["width"]

    step = stored(acme, definition, "approve")
    assert step["tolerance_percent"] == 5
    assert "budget" in step["material"]
    assert {"skills", "title"}.isdisjoint(step["material"])
    look(manager, "builder-approval")


def test_what_starts_it_is_chosen_in_words(acme, manager, definition):
    manager.page.locator("#open-frame").click()
    saved(manager, lambda: manager.choose("Event", "When a request is written"))
    saved(manager, lambda: manager.choose("Condition 1: Fact", "Budget"))
    assert leave(manager, "Condition 1: Value", "100").status == 200

    with acme.enter():
        triggers = DefinitionDraft.objects.get(definition=definition).graph["triggers"]
    assert triggers == {"event": "requisition.created", "when": {"fact": "budget", "is": "equal_to", "than": 100}}
    look(manager, "builder-frame")


def test_an_old_request_is_found_for_a_dry_run_and_keeps_its_assumptions(acme, manager, definition):
    with acme.enter():
        for title in ("Old windmill", "New bridge"):
            ask(acme, state="draft", title=title)
    manager.follow("Dry run").is_at("Dry run")
    expect(manager.field("On which one")).to_contain_text("New bridge")
    saved(manager, lambda: (manager.field("Find one").fill("wind"), manager.page.keyboard.press("Tab")))
    expect(manager.page.locator("#dry-run h2")).to_contain_text("Old windmill")

    manager.follow("rejected", inside=manager.page.locator(".dry-run > li").first)
    expect(manager.page.locator("#dry-run h2")).to_contain_text("Old windmill")
    expect(manager.field("Find one")).to_have_value("wind")
    expect(manager.page.locator(".dry-run > li", has_text="Reject the request")).to_contain_text("Does")
    has_no_barrier(manager)
    look(manager, "dry-run")


def test_a_unit_gets_its_approver(acme, person):
    owner = person("owner")
    owner.take_session(acme)
    owner.open(tenant_url("company_detail", tenant=acme.slug)).follow("Organisation units").is_at("Organisation units")
    expect(owner.page.locator("main .chip")).to_contain_text("No approver")
    owner.follow("4711 Marketing").is_at("Marketing").choose("Approver", "Approver Acme").press("Save")
    owner.is_at("Organisation units").sees("Approver Acme")
    owner.follow("New unit").is_at("New unit").write("Name", "Events").write("Cost centre", "4712")
    owner.choose("Belongs to", "4711 Marketing")
    has_no_barrier(owner)
    look(owner, "unit-form")
    owner.press("Save").sees("4712 Events is saved.", "Approver Acme, of 4711")
    has_no_barrier(owner)
    look(owner, "unit-list")
