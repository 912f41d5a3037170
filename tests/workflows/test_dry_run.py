"""A dry run on a real request: who would be asked, which way decisions go, and that nothing is written by it."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import InternalError, connection, transaction

from freelance_hub.links import tenant_url
from tests.factories.talent import ask
from tests.factories.work import make_program
from workflows.dry_run import BEGINS, NOT_NEEDED, PASSED_OVER, dry_run
from workflows.graph import GraphError
from workflows.models import Definition, DefinitionDraft, Run
from workflows.playbooks import shipped
from workflows.services.definitions import install_playbooks

REQUISITION = "talent.requisition"
STEPS = ["approve", "unit", "approve_unit", "amount", "approve_money", "open", "reject", "give_back"]
APPROVERS = ["Program Manager Acme", "Approver Acme"]


@pytest.fixture
def program(acme):
    """A program with its workflows and a limit of 10,000 EUR for one approval, entered."""
    with acme.enter():
        program = make_program(acme, settings={"approval_limit": "10000"})
        install_playbooks(program=program, keys=[], actor=acme.automation())
        yield program


def play(requisition, graph=None, **assume):
    """What is expected of each step, by its key."""
    graph = graph or shipped()["requisition_approval"]
    expected = dry_run(graph, subject_type=REQUISITION, subject=requisition, assume=assume)
    return {one.spec.key: one for one in expected}


def verdicts(expected):
    return {key: one.verdict for key, one in expected.items()}


def rows_of_all_tables():
    """How many rows each table has that the web role may read here, by its name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = current_schema() "
            "AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT') ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        counts = {}
        for name in tables:
            cursor.execute(f"SELECT count(*) FROM {name}")
            counts[name] = cursor.fetchone()[0]
    return counts


@contextmanager
def nothing_can_be_written():
    """The database refuses writes and row locks inside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def with_step(**details):
    """A graph of one approval with these details."""
    step = {"key": "ask", "title": "Ask", "kind": "approval", "who": {"capability": "requisition.approve"}, **details}
    return {"steps": [step]}


def test_it_names_who_would_be_asked_and_which_way_the_decision_goes_above_the_limit(acme, program):
    expected = play(ask(acme, state="draft", budget=Decimal(10001), org_unit=acme.unit))

    assert list(expected) == STEPS
    assert sorted(expected["approve"].asked) == sorted(APPROVERS)
    assert sorted(expected["approve_money"].asked) == ["Approver Acme", "Finance Acme"]
    assert expected["amount"].outcome == "yes"
    assert expected["amount"].words.endswith("On today's facts: yes.")
    assert expected["open"].words == "Freelance Hub would: open the request."
    assert verdicts(expected) == {
        "approve": BEGINS,
        "unit": BEGINS,
        "approve_unit": PASSED_OVER,
        "amount": BEGINS,
        "approve_money": BEGINS,
        "open": BEGINS,
        "reject": PASSED_OVER,
        "give_back": PASSED_OVER,
    }


def test_nobody_is_named_for_the_money_of_what_one_person_may_approve(acme, program):
    expected = play(ask(acme, state="draft", budget=Decimal(9000), org_unit=acme.unit))

    assert expected["amount"].outcome == "no"
    assert expected["amount"].words.endswith("On today's facts: no.")
    assert (expected["approve_money"].verdict, expected["approve_money"].asked) == (PASSED_OVER, [])
    assert expected["open"].verdict == BEGINS


def test_what_people_answer_is_assumed_and_can_be_asked_otherwise(acme, program):
    requisition = ask(acme, state="draft")

    assert play(requisition)["approve"].is_assumed
    refused = play(requisition, approve="rejected")
    returned = play(requisition, approve="changes")

    assert {key for key, one in refused.items() if one.begins} == {"approve", "reject"}
    assert {key for key, one in returned.items() if one.begins} == {"approve", "give_back"}


def test_who_asks_is_not_named_among_those_who_approve(acme, program):
    expected = play(ask(acme, state="draft", by="program_manager"))

    assert expected["approve"].asked == ["Approver Acme"]


def test_a_step_that_nobody_could_take_is_a_problem(acme, program):
    graph = with_step(who={"capability": "tenant.manage"})
    requisition = ask(acme, state="draft", by="program_manager")
    alone = play(requisition, with_step(who={"person": "program_owner"}))

    assert not play(requisition, graph)["ask"].is_problem
    assert alone["ask"].is_problem
    assert alone["ask"].words.startswith("Nobody could decide")


def test_a_step_whose_fact_is_true_today_is_not_needed(acme, program):
    requisition = ask(acme, state="draft", org_unit=acme.unit)
    expected = play(requisition, with_step(skip_when="is_own_unit"))

    assert expected["ask"].verdict == NOT_NEEDED


def test_a_graph_that_cannot_run_is_refused(acme, program):
    with pytest.raises(GraphError, match="no capability"):
        play(ask(acme, state="draft"), with_step(who={"capability": "cook"}))


def test_it_only_reads(acme, program, hints, django_capture_on_commit_callbacks):
    requisition = ask(acme, state="draft")
    before = rows_of_all_tables()
    assert before["public.talent_requisition"] == 1
    assert before["public.workflows_definitionversion"] >= 1
    hints.clear()

    with django_capture_on_commit_callbacks(execute=True) as callbacks, nothing_can_be_written():
        expected = play(requisition)
        with pytest.raises(InternalError, match="read-only"), transaction.atomic():
            Definition.objects.update(is_active=False)

    assert len(expected) == len(STEPS)
    assert (callbacks, hints) == ([], [])
    assert rows_of_all_tables() == before


def test_its_page_tells_the_same_and_writes_nothing(acme, rival, program, hints, django_capture_on_commit_callbacks):
    requisition = ask(acme, state="draft", budget=Decimal(10001))
    definition = Definition.objects.get(program=program, key="requisition_approval")
    with rival.enter():
        make_program(rival)
        ask(rival, state="draft", title="Bait of the rival")
    client = acme.client("program_manager")
    address = tenant_url("definition_dry_run", public_id=definition.public_id)
    client.get(address)  # a first visit may touch the session
    before = rows_of_all_tables()
    hints.clear()

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        body = client.get(address, {"object": requisition.number, "if_approve": "approved"}).content.decode()

    for words in (requisition.title, *APPROVERS, "Finance Acme", "On today&#x27;s facts: yes.", "Passed over"):
        assert words in body
    assert "Bait of the rival" not in body
    assert (callbacks, hints) == ([], [])
    assert rows_of_all_tables() == before
    assert not Run.objects.exists()
    assert not DefinitionDraft.objects.exists()


def test_the_draft_is_what_the_page_plays(acme, program):
    ask(acme, state="draft")
    definition = Definition.objects.get(program=program, key="requisition_approval")
    DefinitionDraft.objects.create(definition=definition, graph=with_step(title="A wholly new approval"))
    address = tenant_url("definition_dry_run", public_id=definition.public_id)

    body = acme.client("program_manager").get(address).content.decode()

    assert "A wholly new approval" in body
    assert "Approve the money" not in body
    assert Definition.objects.get(pk=definition.pk).versions.count() == 1
