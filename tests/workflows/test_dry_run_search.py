"""A dry run is played on any object, however old, and goes on with what the person assumes that people answer."""

import pytest

from freelance_hub.links import tenant_url
from tests.factories.talent import ask
from tests.factories.work import make_program
from workflows import dry_run as rehearsal
from workflows import subjects
from workflows.models import Definition
from workflows.services import drafts
from workflows.services.definitions import install_playbooks

REQUISITION = "talent.requisition"
KINDS = sorted(subjects.kinds())
APPROVE = {"key": "ask", "title": "Approve it", "kind": "approval", "who": {"capability": "requisition.approve"}}
TASK = {"key": "look", "title": "Look", "kind": "task", "who": {"person": "program_owner"}, "after": ["ask:rejected"]}


def decision(condition, *after):
    return {"key": "which", "title": "Which way?", "kind": "decision", "condition": condition, "after": list(after)}


@pytest.fixture
def program(acme):
    """A program with its workflows, entered."""
    with acme.enter():
        program = make_program(acme)
        install_playbooks(program=program, keys=[], actor=acme.automation())
        yield program


@pytest.fixture
def many(acme, program, monkeypatch):
    """Three requests, of which only the newest is offered unless one searches."""
    monkeypatch.setattr(rehearsal, "OBJECTS_OFFERED", 1)
    return [ask(acme, state="draft", title=title) for title in ("Old windmill", "Middle", "New bridge")]


@pytest.fixture
def visit(acme, program):
    definition = Definition.objects.get(program=program, key="requisition_approval")
    address, client = tenant_url("definition_dry_run", public_id=definition.public_id), acme.client("program_manager")
    return lambda **query: client.get(address, query)


def play(requisition, *steps, **assume):
    expected = rehearsal.dry_run({"steps": list(steps)}, subject_type=REQUISITION, subject=requisition, assume=assume)
    return {one.spec.key: one for one in expected}


@pytest.mark.parametrize("words", ["windmill", "OLD wind", "number"])
def test_an_old_object_is_found_by_words_and_by_number(acme, program, many, visit, words):
    old = many[0]
    words = f"REQ-{old.number}" if words == "number" else words

    answer = visit(find=words)

    assert answer.context["subject"] == old
    assert [label for _, label in answer.context["form"].fields["object"].widget.choices] == [str(old)]


def test_a_link_to_an_old_object_plays_that_one(many, visit):
    assert visit(object=str(many[0].number)).context["subject"] == many[0]
    assert visit(object="no number").context["subject"] == many[2]


def test_the_search_stays_when_one_asks_what_if(many, visit):
    _, what_ifs = visit(find="windmill").context["expected"][0]
    href = next(href for word, href, _ in what_ifs if word == "rejected")

    assert "find=windmill" in href
    assert f"object={many[0].number}" in href


def test_what_belongs_to_another_program_or_company_is_not_found(acme, rival, program, many, visit):
    other = make_program(acme)
    ask(acme, state="draft", program=other, title="Windmill of another program")
    with rival.enter():
        make_program(rival)
        ask(rival, state="draft", title="Windmill of the rival")

    answer = visit(find="windmill")

    assert answer.context["subject"] == many[0]
    assert "of another program" not in answer.content.decode()
    assert "of the rival" not in answer.content.decode()


def test_nothing_found_says_so_and_keeps_the_words(many, visit):
    body = visit(find="zeppelin").content.decode()

    assert "Nothing found" in body
    assert 'value="zeppelin"' in body


@pytest.mark.parametrize("label", KINDS)
def test_every_kind_can_be_searched(acme, program, label):
    assert rehearsal.objects_for(label, None, acme.actor("program_manager"), words="never 7") == []
    assert rehearsal.objects_for(label, program, acme.actor("program_manager"), words="never 7") == []


def test_a_later_decision_follows_the_answer_that_was_assumed(acme, program):
    requisition = ask(acme, state="draft")
    which = decision({"fact": "ask.outcome", "is": "equal_to", "than": "rejected"}, "ask")

    agreed, refused = play(requisition, APPROVE, which), play(requisition, APPROVE, which, ask="rejected")

    assert (agreed["which"].outcome, refused["which"].outcome) == ("no", "yes")
    assert refused["which"].words.endswith("With what is assumed: yes.")
    assert refused["which"].details == [("how “Approve it” ended", "rejected")]


def test_a_step_on_the_way_not_taken_ended_with_nothing_that_people_say(acme, program):
    requisition = ask(acme, state="draft")
    which = decision({"fact": "look.outcome", "is": "equal_to", "than": "done"}, "ask", "look")

    assert play(requisition, APPROVE, TASK, which)["which"].outcome == "no"
    assert play(requisition, APPROVE, TASK, which, ask="rejected")["which"].outcome == "yes"


def test_a_parameter_of_another_type_is_told_in_plain_words(acme, program):
    definition = Definition.objects.get(program=program, key="requisition_approval")
    step = {
        "key": "review",
        "title": "Set it",
        "kind": "automation",
        "action": "set_review_date",
        "params": {"form": 3},
    }
    pages = {"steps": [step], "triggers": {"button": "Go"}}
    definition.subject_type = "programs.knowledgepage"

    assert [str(one) for one in drafts.findings_of(definition, pages)] == [
        "“Set it”: The form must be a text. Write a value of that type in the form of the step."
    ]
