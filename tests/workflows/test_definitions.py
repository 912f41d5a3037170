"""Definitions: what a graph may say, what is installed with a program, and that a version stays as it was."""

from datetime import date
from decimal import Decimal

import pytest

from freelance_hub.permissions import Refused
from programs.models import Program
from programs.services.programs import launch_program
from tests.factories.work import make_program
from workflows import conditions
from workflows.actions import registry
from workflows.graph import GraphError, read
from workflows.models import Definition, DefinitionVersion, Run
from workflows.playbooks import shipped
from workflows.services.definitions import install_playbooks, latest, publish

ASSIGNMENT = "talent.assignment"


def problems(*steps, subject_type=ASSIGNMENT, **options):
    with pytest.raises(GraphError) as caught:
        read({"steps": list(steps), **options}, subject_type=subject_type)
    return " ".join(caught.value.problems)


PACK_PLAYBOOKS = {
    "requisition_approval",
    "onboarding",
    "extension",
    "amendment",
    "invoice_approval",
    "document_renewal",
    "offboarding",
}


def automation(key, **details):
    return {"key": key, "title": key, "kind": "automation", "action": "create_workspace", **details}


@pytest.mark.parametrize("key", list(shipped()))
def test_the_shipped_playbooks_can_be_run(key):
    playbook = shipped()[key]

    assert [step.key for step in read(playbook, subject_type=playbook["subject_type"])]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "There are no steps."),
        ([automation("a"), automation("a")], "Two steps have the same key."),
        ([automation("a", after=["b"])], "“b”, which is not a step"),
        ([automation("a", after=["b"]), automation("b", after=["a"])], "wait for each other in a circle"),
        ([automation("a"), automation("b", after=["a", "a"])], "names a parent twice"),
        ([automation("a"), automation("b", after=["a:approved"])], "“a” never ends with “approved”"),
        ([automation("a", action="fly")], "There is no action “fly”"),
        ([automation("a", action="approve_requisition")], "works on talent.requisition, not on talent.assignment"),
        ([automation("a", params={"speed": 3})], "takes no parameter “speed”"),
        ([automation("a", undo="fly")], "There is no action “fly”"),
        ([automation("a", on_failure="explode")], "no “on_failure” explode"),
        ([automation("a", skip_when="raining")], "there is no fact “raining”"),
        ([{"key": "a", "title": "a", "kind": "dance"}], "there is no kind “dance”"),
        ([{"key": "a", "title": "a", "kind": "automation"}], "an automation, and nothing else, names an action"),
        ([{"key": "a", "title": "a", "kind": "wait"}], "a wait, and nothing else"),
        ([{"key": "a", "title": "a", "kind": "task"}], "say who"),
        ([{"key": "a", "title": "a", "kind": "task", "who": {"person": "gardener"}}], "nobody is “gardener”"),
        ([{"key": "a", "title": "a", "kind": "task", "who": {"capability": "cook"}}], "there is no capability “cook”"),
        (
            [{"key": "a", "title": "a", "kind": "decision", "condition": {"fact": "x"}}],
            "exactly “fact”, “is” and “than”",
        ),
        ([{"key": "a"}], "cannot be read"),
        ([automation("a", colour="red")], "cannot be read"),
    ],
)
def test_a_graph_that_cannot_work_says_what_is_wrong(steps, words):
    assert words in problems(*steps)


def test_all_problems_are_told_at_once():
    assert "“fly”" in (said := problems(automation("a", action="fly"), automation("b", after=["c"])))
    assert "“c”" in said


def test_nobody_may_be_asked_to_approve_their_own_request():
    step = {"key": "a", "title": "a", "kind": "approval", "who": {"person": "requester"}}

    assert "own request" in problems(step, subject_type="talent.requisition")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"fact": "budget", "is": "more_than", "than": {"fact": "moon"}}, "There is no fact “moon”"),
        ({"fact": "budget", "is": "nearly", "than": 3}, "There is no operator “nearly”"),
        ("budget > 3", "exactly “fact”, “is” and “than”"),
    ],
)
def test_a_condition_that_cannot_be_understood_is_refused(condition, words):
    with pytest.raises(conditions.ConditionError, match=words):
        conditions.check(condition, {"budget": "number"})


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("more_than", "10.10", "9.9", True), ("more_than", 10, 10, False), ("at_least", 10, "10.00", True),
        ("less_than", 1, 2, True), ("at_most", 3, 2, False), ("equal_to", "DE", "DE", True), ("not_equal_to", True, False, True),
    ],
)  # fmt: skip
def test_operators(operator, left, right, expected):
    facts = {"left": left, "right": right}
    if operator in {"more_than", "at_least"}:
        facts["left"] = Decimal(str(left))

    assert conditions.holds({"fact": "left", "is": operator, "than": {"fact": "right"}}, facts.__getitem__) is expected


def test_sides_that_do_not_compare_are_an_error():
    with pytest.raises(conditions.ConditionError):
        conditions.holds({"fact": "left", "is": "more_than", "than": 3}, {"left": "many"}.__getitem__)


def test_parameters_of_actions_are_checked_by_name_and_type():
    @registry.action("test.typed", title="Typed")
    def typed(work, *, days: int, note: str = ""):
        return {}

    registry.check_params("test.typed", {"days": 3}, subject_type=ASSIGNMENT)
    for params, words in (({}, "needs the parameter “days”"), ({"days": "3"}, "The days must be a whole number.")):
        with pytest.raises(registry.ActionError, match=words):
            registry.check_params("test.typed", params, subject_type=ASSIGNMENT)


def test_a_launched_program_has_its_workflows(acme):
    with acme.enter("program_manager"):
        program = launch_program(
            pack_key="pilot",
            name="New",
            purpose="",
            owner=acme.people["program_manager"],
            legal_entity=acme.entity,
            org_unit=None,
            currency="EUR",
            budget_amount=Decimal(1000),
            budget_starts_on=date(2026, 1, 1),
            budget_ends_on=date(2026, 12, 31),
            approval_limit=Decimal(100),
            actor=acme.actor("program_manager"),
        )

        keys = Definition.objects.filter(program=program).values_list("key", flat=True)
        assert set(keys) == PACK_PLAYBOOKS
        companys = Definition.objects.filter(program=None).values_list("key", flat=True)
        assert set(companys) == {key for key, one in shipped().items() if one.get("scope") == "company"}


def test_installing_twice_changes_nothing(acme):
    with acme.enter():
        program = make_program(acme)
        for _ in range(2):
            install_playbooks(program=program, keys=["onboarding", "unknown"], actor=acme.automation())

        assert Definition.objects.filter(program=program).count() == DefinitionVersion.objects.count() == 2


def test_a_new_version_is_followed_by_new_runs_only(acme):
    with acme.enter():
        definition = install_playbooks(program=make_program(acme), keys=[], actor=acme.automation())[0]
        first = latest(definition)
        graph = {"steps": [{"key": "a", "title": "Open", "kind": "automation", "action": "approve_requisition"}]}

        second = publish(definition=definition, graph_data=graph, actor=acme.actor("program_manager"))

        assert (first.number, second.number, latest(definition)) == (1, 2, second)
        assert DefinitionVersion.objects.get(pk=first.pk).graph == first.graph


def test_publishing_needs_the_right_and_a_graph_that_works(acme):
    with acme.enter():
        definition = install_playbooks(program=make_program(acme), keys=[], actor=acme.automation())[0]

        with pytest.raises(Refused):
            publish(definition=definition, graph_data={"steps": []}, actor=acme.actor("hiring_manager"))
        with pytest.raises(GraphError):
            publish(definition=definition, graph_data={"steps": []}, actor=acme.actor("program_manager"))

        assert DefinitionVersion.objects.filter(definition=definition).count() == 1


def test_definitions_of_one_company_are_not_those_of_the_other(acme, rival):
    with rival.enter():
        install_playbooks(program=make_program(rival), keys=[], actor=rival.automation())

    with acme.enter():
        assert not Definition.objects.exists()
        assert not Run.objects.exists()
        assert not Program.objects.filter(workflow_definitions__isnull=False).exists()
