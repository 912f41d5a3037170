"""The condition editor: what is stored is saved unchanged, rows and groups come and go, a wrong value stays where it is typed."""

import re
from pathlib import Path

import pytest
from django.http import QueryDict

from freelance_hub.links import tenant_url
from tests.factories.work import make_program
from workflows import conditions
from workflows.askable import Askable, askable_facts
from workflows.builder_conditions import ConditionForm
from workflows.models import DefinitionDraft
from workflows.services import drafts
from workflows.services.definitions import install_playbooks
from workflows.subjects import kind_of, kinds
from workflows.wording import steps_of

REQUISITION = "talent.requisition"
WHICH = {"key": "a", "label": "Which?", "type": "choice", "choices": ["Mac", "PC"]}
ASKABLE = {
    "budget": Askable("Budget", "number"),
    "limit": Askable("Limit", "number"),
    "country": Askable("Country", "text"),
    "starts_on": Askable("First day", "date"),
    "is_urgent": Askable("It is urgent", "yes/no"),
    "ask.outcome": Askable("Ask: how it ended", "text", (("approved", "approved"), ("rejected", "rejected"))),
}
BIG = {"fact": "budget", "is": "more_than", "than": 5000}
URGENT = {"fact": "is_urgent", "is": "equal_to", "than": True}
NEAR = {"fact": "country", "is": "in", "than": ["DE", "AT"]}
ABOVE = {"fact": "budget", "is": "more_than", "than": {"fact": "limit"}}
KNOWN = {name: one.type for name, one in ASKABLE.items()}


def sent(form, **changes):
    """What a browser would send of the form, with these changes (`if_0_joint="any"`)."""
    data = QueryDict(mutable=True)
    for one in form:
        value = one.value()
        data.setlist(one.html_name, value if isinstance(value, list) else [value or ""])
    for name, value in changes.items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


def opened(condition):
    return ConditionForm(condition=condition, askable=ASKABLE)


def posted(condition, *, is_strict=True, **changes):
    return ConditionForm(sent(opened(condition), **changes), condition=condition, askable=ASKABLE, is_strict=is_strict)


def words(form):
    return {row.label: row.words for row in form.rows if row.words}


@pytest.mark.parametrize(
    "condition",
    [
        {},
        BIG,
        ABOVE,
        NEAR,
        {"fact": "budget", "is": "is_empty"},
        {"fact": "starts_on", "is": "less_than", "than": "2026-12-01"},
        {"fact": "ask.outcome", "is": "in", "than": ["rejected"]},
        {"all": [BIG, URGENT]},
        {"any": [BIG]},
        {"not": BIG},
        {"not": {"any": [BIG, URGENT]}},
        {"not": {"all": [BIG, URGENT]}},
        {"any": [BIG, {"all": [URGENT, {"not": {"any": [NEAR, ABOVE]}}]}]},
    ],
)
def test_what_is_stored_is_saved_as_it_was(condition):
    form = posted(condition)

    assert form.is_valid(), form.errors
    assert form.condition() == condition
    if condition:
        conditions.check(form.condition(), KNOWN)


def test_a_shipped_way_of_writing_not_means_the_same_afterwards():
    twice = {"not": {"not": BIG}}
    form = posted(twice)

    assert form.is_valid()
    for budget in (4000, 6000):
        assert conditions.holds(form.condition(), {"budget": budget}.get) == conditions.holds(
            twice, {"budget": budget}.get
        )


def test_a_group_is_added_filled_and_taken_out_again():
    added = posted({"any": [BIG, URGENT]}, is_strict=False, reshape="group:0")
    assert added.is_valid()
    assert added.focus == "0-2-0"
    stored = added.condition()
    assert stored == {"any": [BIG, URGENT, {"all": [{"fact": "", "is": "equal_to"}]}]}

    filled = posted(stored, if_0__2__0_fact="country", if_0__2__0_than="DE")
    assert filled.is_valid(), filled.errors
    assert filled.condition() == {"any": [BIG, URGENT, {"all": [{"fact": "country", "is": "equal_to", "than": "DE"}]}]}

    emptied = posted(filled.condition(), is_strict=False, reshape="remove:0-2")
    assert emptied.is_valid()
    assert emptied.condition() == {"any": [BIG, URGENT]}


def test_a_row_is_added_behind_the_others_of_its_group():
    form = posted({"all": [BIG, {"any": [URGENT, NEAR]}]}, is_strict=False, reshape="row:0-1")

    assert form.is_valid()
    assert form.focus == "0-1-2"
    assert form.condition()["all"][1]["any"][2] == {"fact": "", "is": "equal_to"}


@pytest.mark.parametrize(
    "act", ["remove:0", "remove:0-7", "row:0-0", "group:0-0-0", "row:1", "nonsense", "row:0-99-99"]
)
def test_a_button_for_a_place_that_is_not_there_changes_nothing(act):
    form = posted({"all": [BIG, URGENT]}, is_strict=False, reshape=act)

    assert form.is_valid()
    assert form.condition() == {"all": [BIG, URGENT]}


def test_another_fact_brings_its_own_comparisons_and_drops_what_does_not_fit():
    form = posted(ABOVE, is_strict=False, if_0__0_fact="is_urgent")

    assert form.is_valid(), form.errors
    assert form.condition() == {"fact": "is_urgent", "is": "equal_to"}
    assert [value for value, _ in form.fields["if_0-0_is"].choices] == list(conditions.FITTING["yes/no"])
    assert [value for value, _ in form.fields["if_0-0_than"].choices] == ["", "yes", "no"]


def test_a_wrong_value_stays_with_what_is_wrong_at_its_row():
    form = posted({"all": [URGENT, BIG]}, if_0__1_than="a lot")

    assert not form.is_valid()
    assert words(form) == {"2": "“a lot” is not a number. Write it like 5000 or 12.5."}
    assert form["if_0-1_than"].value() == "a lot"


def test_a_date_that_is_none_is_told():
    form = posted({"fact": "starts_on", "is": "less_than", "than": "2026-12-01"}, if_0__0_than="soon")

    assert not form.is_valid()
    assert words(form) == {"1": "“soon” is not a date. Write it like 2026-01-31."}


def test_what_is_not_finished_is_kept_as_one_goes_and_refused_when_somebody_says_that_it_is():
    change = {"if_0__0_than": ""}

    going, done = posted(BIG, is_strict=False, **change), posted(BIG, **change)

    assert going.is_valid()
    assert going.condition() == {"fact": "budget", "is": "more_than"}
    with pytest.raises(conditions.ConditionError, match="with what is “budget” compared"):
        conditions.check(going.condition(), KNOWN)
    assert not done.is_valid()
    assert words(done) == {"1": "Say with what it is compared, or remove the row."}


def test_a_fact_that_is_gone_stays_visible_until_somebody_chooses_another():
    gone = {"fact": "old.answer", "is": "equal_to", "than": "x"}
    form = opened({"all": [gone, BIG]})

    assert form["if_0-0_fact"].value() == "old.answer"
    assert posted({"all": [gone, BIG]}).is_valid()


def test_numbers_may_be_written_as_people_write_them():
    form = posted(BIG, if_0__0_than="12 500.50")

    assert form.is_valid()
    assert form.condition()["than"] == 12500.5


def test_facts_of_earlier_steps_offer_their_answers():
    specs = steps_of(
        {
            "steps": [
                {"key": "ask", "title": "Ask", "kind": "approval"},
                {
                    "key": "f",
                    "title": "Form",
                    "kind": "form",
                    "fields": [WHICH],
                },
            ]
        }
    )
    found = askable_facts(kind_of(REQUISITION), specs)

    assert found["f.a"].choices == (("Mac", "Mac"), ("PC", "PC"))
    assert found["f.a"].label == "Form: Which?"
    assert found["ask.outcome"].choices == (
        ("approved", "approved"),
        ("changes", "changes asked"),
        ("rejected", "rejected"),
    )


# On the page


@pytest.fixture
def definition(acme):
    """The approval of requests of a program; inside Acme."""
    with acme.enter():
        program = make_program(acme)
        yield install_playbooks(program=program, keys=[], actor=acme.automation())[0]


@pytest.fixture
def desk(acme, definition):
    """The builder's page of that workflow: `desk(data)` posts, `desk()` reads."""
    client, address = acme.client("program_manager"), tenant_url("definition_builder", public_id=definition.public_id)

    def go(data=None, *, step="amount", **headers):
        if data is None:
            return client.get(address, {"step": step}, headers=headers)
        return client.post(address, data, headers=headers)

    return go


def form_of(answer):
    """What a browser would send of the step that the page shows."""
    form = answer.context["form"]
    data = {one.html_name: one.value() or "" for one in form if one.value() is not False}
    if form.conditions is not None:
        data |= {name: sent(form.conditions).getlist(name) for name in sent(form.conditions)}
    return {"do": "frame" if answer.context["spec"] is None else "step", "step": answer.context["chosen"], **data}


def stored(definition, key="amount"):
    graph = DefinitionDraft.objects.get(definition=definition).graph
    return next(step for step in graph["steps"] if step["key"] == key)


def test_without_scripts_a_nested_condition_is_built_by_plain_posts(definition, desk):
    steps = drafts.current_graph(definition)["steps"]
    before = next(step for step in steps if step["key"] == "amount")["condition"]

    assert desk({**form_of(desk()), "reshape": "group:0"}).status_code == 303
    data = form_of(desk())
    data["if_0-3-0_fact"], data["if_0-3-0_than"] = "budget", "900"
    assert desk({**data, "reshape": "row:0-3"}).status_code == 303
    data = form_of(desk())
    data["if_0-3_joint"], data["if_0-3-1_fact"], data["if_0-3-1_than"] = "not_any", "currency", "USD"
    assert desk(data).status_code == 303

    added = {
        "not": {
            "any": [
                {"fact": "budget", "is": "equal_to", "than": 900},
                {"fact": "currency", "is": "equal_to", "than": "USD"},
            ]
        }
    }
    assert stored(definition)["condition"] == {"any": [*before["any"], added]}
    assert not [one for one in drafts.findings_of(definition, drafts.current_graph(definition)) if one.is_error]


def test_a_wrong_value_is_told_at_its_row_and_nothing_is_saved(definition, desk):
    answer = desk({**form_of(desk()), "if_0-0_other": "", "if_0-0_than": "a lot"})

    assert answer.status_code == 422
    body = answer.content.decode()
    assert 'value="a lot"' in body
    assert "“a lot” is not a number. Write it like 5000 or 12.5." in body
    assert not DefinitionDraft.objects.filter(definition=definition).exists()


def test_saved_as_one_goes_the_words_at_the_rows_come_with_the_side(desk):
    data = {**form_of(desk()), "if_0-0_other": "", "if_0-0_than": "a lot"}
    fragment = {"HX-Request": "true", "HX-Target": "builder-side"}

    wrong = desk(data, **fragment).content.decode()
    mended = desk({**data, "if_0-0_than": "800"}, **fragment)

    assert 'id="if-0-0-words" aria-live="polite" hx-swap-oob="true"><p>' in wrong
    assert "Not saved yet" in wrong
    assert mended.status_code == 200
    assert 'id="if-0-0-words" aria-live="polite" hx-swap-oob="true"></div>' in mended.content.decode()


def test_an_approval_is_tied_to_the_fields_that_are_ticked(definition, desk):
    data = form_of(desk(step="approve"))
    assert data["material"] == list(kind_of(REQUISITION).material)

    assert desk({**data, "material": ["budget", "ends_on"], "tolerance_percent": "5"}).status_code == 303
    assert stored(definition, "approve")["material"] == ["budget", "ends_on"]
    assert stored(definition, "approve")["tolerance_percent"] == 5

    assert desk({**data, "material": list(kind_of(REQUISITION).material)}).status_code == 303
    assert "material" not in stored(definition, "approve")

    none = desk({name: value for name, value in data.items() if name != "material"})
    assert none.status_code == 422
    assert "Choose at least one: an approval is about something." in none.content.decode()


def test_what_starts_it_is_chosen_from_the_events_of_its_subject_with_a_condition(definition, desk):
    shown = desk(step="frame")
    offered = dict(shown.context["form"].fields["event"].choices)
    assert offered["requisition.submitted"] == "When a request is sent for approval"
    assert set(offered) == {"", *kind_of(REQUISITION).events}

    data = {
        **form_of(shown),
        "event": "requisition.created",
        "if_0-0_fact": "budget",
        "if_0-0_is": "at_least",
        "if_0-0_than": "100",
    }
    assert desk(data).status_code == 303

    triggers = DefinitionDraft.objects.get(definition=definition).graph["triggers"]
    assert triggers == {"event": "requisition.created", "when": {"fact": "budget", "is": "at_least", "than": 100}}


def test_an_event_that_is_offered_is_announced_somewhere():
    """Words for an event that nobody announces would offer what never happens."""
    announced = announced_events()

    for kind in kinds().values():
        for event in (*kind.events, *kind.events_naming):
            assert event in announced, event


def announced_events():
    """Names of events in the services: whole texts, and words that are put behind a noun."""
    root = Path(drafts.__file__).parents[2]
    found = set()
    for path in root.glob("*/services/*.py"):
        source = path.read_text()
        names = re.findall(r'"([a-z_]+\.[a-z_]+)"', source)
        nouns = re.findall(r'f"([a-z_]+)\.\{word\}"', source)
        words = re.findall(r'"([a-z_]+)"', source)
        found |= set(names) | {f"{noun}.{word}" for noun in nouns for word in words}
    return found
