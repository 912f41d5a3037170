"""Who approves for an organisation unit is asked when it carries the cost: by amount, organisation unit and budget."""

from decimal import Decimal

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.models import Membership, OrgUnit
from talent.models import Requisition
from tests.factories.talent import ask
from tests.factories.work import make_program
from tests.workflows.engine_room import drain
from workflows.models import Run, Step
from workflows.playbooks import shipped
from workflows.services import drafts
from workflows.services.decisions import decide
from workflows.services.definitions import install_playbooks

ASK_UNIT = {"key": "ask", "title": "Agree", "kind": "approval", "who": {"person": "unit_approver"}}


@pytest.fixture
def product(acme):
    """Another unit than the program's; finance stands above it, its own approver is the teammate. Inside Acme."""
    with acme.enter():
        make_program(acme, settings={"approval_limit": "10000"})
        top = OrgUnit.objects.create(name="Growth", code="4700", approver=acme.people["finance"])
        yield OrgUnit.objects.create(name="Product", code="4720", parent=top, approver=acme.people["teammate"])


def begun(acme, unit, *, budget=5000, **details):
    """A submitted request of that unit whose first approver has agreed."""
    requisition = ask(acme, state="in_approval", org_unit=unit, budget=Decimal(budget), **details)
    run = Run.objects.get(subject_id=requisition.pk, subject_type="talent.requisition")
    agree(acme, run, "approver")
    return run


def agree(acme, run, who, outcome="approved", comment=""):
    decide(step=Step.objects.get(run=run, state="waiting"), outcome=outcome, comment=comment, actor=acme.actor(who))
    drain()


def waiting(run):
    return list(Step.objects.filter(run=run, state="waiting").values_list("key", "assignee", "capability"))


def state_of(run):
    return Requisition.objects.get(pk=run.subject_id).state


def test_the_approver_of_the_unit_that_pays_agrees_and_below_the_limit_nobody_else(acme, product):
    run = begun(acme, product)
    assert waiting(run) == [("approve_unit", acme.people["teammate"].pk, "")]
    with pytest.raises(Refusal):
        agree(acme, run, "program_manager")

    agree(acme, run, "teammate")

    assert waiting(run) == []
    assert state_of(run) == Requisition.State.OPEN


def test_above_the_limit_the_money_is_decided_after_the_unit(acme, product):
    run = begun(acme, product, budget=20000)
    agree(acme, run, "teammate")

    assert [key for key, _, _ in waiting(run)] == ["approve_money"]


def test_the_programs_own_unit_is_not_asked_again(acme, product):
    OrgUnit.objects.filter(pk=acme.unit.pk).update(approver=acme.people["teammate"])
    run = begun(acme, acme.unit)

    assert state_of(run) == Requisition.State.OPEN


def test_a_unit_without_its_own_approver_asks_that_of_the_unit_above(acme, product):
    OrgUnit.objects.filter(pk=product.pk).update(approver=None)
    run = begun(acme, product)

    assert waiting(run) == [("approve_unit", acme.people["finance"].pk, "")]


def test_where_nobody_approves_for_the_unit_a_second_person_decides_about_the_money(acme, product):
    OrgUnit.objects.update(approver=None)
    run = begun(acme, product)

    assert [key for key, _, _ in waiting(run)] == ["approve_money"]


def test_nobody_approves_for_their_unit_what_they_ask_for_themselves(acme, product):
    run = begun(acme, product, by="teammate")

    assert waiting(run) == [("approve_unit", acme.people["finance"].pk, "")]


def test_who_asks_and_stands_at_the_top_has_it_decided_by_their_manager(acme, product):
    OrgUnit.objects.exclude(pk=product.pk).update(approver=None)
    Membership.objects.filter(pk=acme.people["teammate"].pk).update(manager=acme.people["compliance"])
    run = begun(acme, product, by="teammate")

    assert waiting(run) == [("approve_unit", acme.people["compliance"].pk, "")]


def test_who_has_agreed_as_the_first_approver_is_not_asked_for_the_unit_once_more(acme, product):
    OrgUnit.objects.filter(pk=product.pk).update(approver=acme.people["approver"])
    run = begun(acme, product)

    assert state_of(run) == Requisition.State.OPEN
    assert Step.objects.get(run=run, key="approve_unit").state == Step.State.SKIPPED


@pytest.mark.parametrize(("outcome", "ending"), [("rejected", "reject"), ("changes", "give_back")])
def test_the_unit_may_say_no_or_ask_for_changes(acme, product, outcome, ending):
    run = begun(acme, product)
    agree(acme, run, "teammate", outcome, "Not this year.")

    assert Step.objects.get(run=run, key=ending).state == Step.State.DONE
    assert state_of(run) == Requisition.State.DRAFT
    assert Requisition.objects.get(pk=run.subject_id).decision_note == "Not this year."


def test_lint_names_units_for_which_nobody_approves(acme, product):
    definition = install_playbooks(program=make_program(acme), keys=[], actor=acme.automation())[0]
    graph = {"steps": [ASK_UNIT], "triggers": {"button": "Go"}}
    found = [one for one in drafts.findings_of(definition, graph) if "approves for" in one.words]
    assert [(one.severity, one.words) for one in found] == [
        ("warning", "Nobody approves for 4711 Marketing: there this goes to whoever manages workflows.")
    ]

    OrgUnit.objects.filter(pk=acme.unit.pk).update(approver=acme.people["finance"])
    assert not [one for one in drafts.findings_of(definition, graph) if "approves for" in one.words]


def test_a_workflow_that_asks_whether_there_is_an_approver_needs_no_warning(acme, product):
    definition = install_playbooks(program=make_program(acme), keys=[], actor=acme.automation())[0]

    found = drafts.findings_of(definition, shipped()["requisition_approval"])

    assert not [one for one in found if "approves for" in one.words]
