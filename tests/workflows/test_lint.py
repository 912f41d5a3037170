"""Lint keeps a workflow that cannot work from being published, in a sentence; drafts become versions whole or not at all."""

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Membership, Role
from freelance_hub.permissions import Capability, Refused
from tests.factories.talent import ask
from tests.factories.work import make_program
from tests.workflows.engine_room import drain
from workflows.actions import registry
from workflows.models import Definition, DefinitionDraft, DefinitionVersion, Run, Step
from workflows.playbooks import shipped
from workflows.services import drafts
from workflows.services.decisions import decide
from workflows.services.definitions import install_playbooks, publish

REQUISITION = "talent.requisition"
OPEN = {"key": "open", "title": "Open it", "kind": "automation", "action": "approve_requisition"}
APPROVE = {"key": "ask", "title": "Approve it", "kind": "approval", "who": {"capability": "requisition.approve"}}
GOOD = (
    APPROVE,
    {**OPEN, "after": ["ask:approved"]},
    {
        "key": "reject",
        "title": "Reject it",
        "kind": "automation",
        "action": "reject_requisition",
        "after": ["ask:rejected"],
    },
)
TRIGGER = {"event": "requisition.submitted"}


@registry.action("test.lint_typed", on=REQUISITION, title="Wait some days")
def wait_some_days(work, *, days: int):
    return {"days": days}


@pytest.fixture
def definition(acme):
    """The approval of requests of a program, at its first version; inside Acme."""
    with acme.enter():
        program = make_program(acme)
        yield install_playbooks(program=program, keys=[], actor=acme.automation())[0]


@pytest.fixture
def boss(acme):
    return acme.actor("program_manager")


def build(definition, boss, *steps, **frame):
    """A draft of these steps, as the builder keeps it."""
    draft = drafts.open_draft(definition=definition, actor=boss)
    draft.graph = {"triggers": TRIGGER, "base": draft.graph["base"], "steps": list(steps), **frame}
    draft.save(update_fields=["graph"])
    return draft


def errors(definition, *steps, **frame):
    found = drafts.findings_of(definition, {"steps": list(steps), "triggers": TRIGGER, **frame})
    return [str(one) for one in found if one.is_error]


def take_away(*capabilities, role=""):
    """Nobody (or nobody of that role) has these rights any more."""
    for one in Role.objects.filter(key=role) if role else Role.objects.all():
        one.capabilities = [right for right in one.capabilities if right not in capabilities]
        one.save(update_fields=["capabilities"])


def decision(condition):
    return {"key": "which", "title": "Which way?", "kind": "decision", "condition": condition}


def automation(key, **details):
    return {**OPEN, "key": key, "title": key.title(), **details}


CIRCLE = (automation("first", after=["second"]), automation("second", after=["first"]))
BAD = {
    "a circle": (CIRCLE, "The steps wait for each other in a circle:"),
    "a step that is never reached": (
        (*CIRCLE, automation("third", after=["second"])),
        "“Third”: This step is never reached: what it comes after never ends.",
    ),
    "a missing parameter": (
        (automation("typed", action="test.lint_typed"),),
        "“Typed”: “test.lint_typed” needs the parameter “days”.",
    ),
    "a parameter of the wrong type": (
        (automation("typed", action="test.lint_typed", params={"days": "three"}),),
        "“Typed”: The days must be a whole number.",
    ),
    "an unknown action": ((automation("fly", action="fly"),), "“Fly”: There is no action “fly”"),
    "an action on something else": (
        (automation("room", action="create_workspace"),),
        "works on talent.assignment, not on talent.requisition",
    ),
    "a right that is not": (
        ({**APPROVE, "who": {"capability": "requisition.sing"}},),
        "“Approve it”: There is no capability “requisition.sing”.",
    ),
    "nobody said": (({**APPROVE, "who": {}},), "“Approve it”: Say who: either a “person” or a “capability”."),
    "a person that is not": (({**APPROVE, "who": {"person": "gardener"}},), "“Approve it”: Nobody is “gardener”"),
    "the requester as approver": (
        ({**APPROVE, "who": {"person": "requester"}},),
        "“Approve it”: Nobody approves their own request.",
    ),
    "a number compared with a word": (
        (decision({"fact": "budget", "is": "more_than", "than": "a lot"}),),
        "“Which way?”: “budget” is a number, so it cannot be compared with “a lot”",
    ),
    "an order asked of a yes or no": (
        (decision({"fact": "is_own_unit", "is": "more_than", "than": True}),),
        "“Which way?”: “is_own_unit” is a yes/no, so it cannot be asked “more_than”",
    ),
    "two facts that do not compare": (
        (decision({"fact": "budget", "is": "equal_to", "than": {"fact": "is_own_unit"}}),),
        "“budget” is a number and “is_own_unit” is a yes/no: they do not compare.",
    ),
    "a quorum larger than the rota": (
        ({**APPROVE, "mode": "quorum", "quorum": 9},),
        "“Approve it”: 9 have to approve, but only 2 can in “Pilot”.",
    ),
    "a workflow that is not there": (
        ({"key": "part", "title": "A part", "kind": "workflow", "workflow": "nowhere"},),
        "“A part”: There is no workflow “nowhere” in this program",
    ),
    "itself as a part": (
        ({"key": "part", "title": "A part", "kind": "workflow", "workflow": "requisition_approval"},),
        "“A part”: This workflow would start itself, again and again.",
    ),
    "no steps": ((), "There are no steps."),
}


@pytest.mark.parametrize("what", list(BAD))
def test_what_cannot_work_is_not_published_and_leaves_nothing_behind(definition, boss, what):
    steps, words = BAD[what]
    draft = build(definition, boss, *steps)
    before = Event.objects.count()

    with pytest.raises(drafts.LintRefusal) as caught:
        drafts.publish_draft(definition=definition, note="Better.", actor=boss)

    assert words in str(caught.value)
    assert all(
        found.mend.endswith(".") and found.mend != "Open it and correct this." for found in caught.value.findings
    )
    assert list(DefinitionVersion.objects.filter(definition=definition).values_list("number", flat=True)) == [1]
    assert DefinitionDraft.objects.get(definition=definition).graph == draft.graph
    assert Event.objects.count() == before


def test_an_approval_that_nobody_can_decide_is_not_published(definition, boss):
    build(definition, boss, *GOOD)
    take_away(Capability.REQUISITION_APPROVE)

    with pytest.raises(drafts.LintRefusal, match=r"“Approve it”: Nobody can decide: nobody may “.+” in “Pilot”\."):
        drafts.publish_draft(definition=definition, note="Better.", actor=boss)

    assert definition.versions.count() == 1


def test_an_approver_without_an_inbox_is_an_error_when_nobody_else_is_left(definition, boss):
    assert errors(definition, *GOOD) == []

    take_away(Capability.TASK_SEE)

    assert errors(definition, *GOOD) == [
        (
            "“Approve it”: Program Manager Acme and Approver Acme would be asked but have no inbox: "
            "the right to see tasks is missing. Give the role the right “task.see”."
        )
    ]


def test_an_approver_without_an_inbox_is_told_of_when_others_are_left(definition):
    take_away(Capability.TASK_SEE, role="approver")

    found = drafts.findings_of(definition, {"steps": list(GOOD), "triggers": TRIGGER})

    assert [one.severity for one in found] == ["warning", "warning"]
    assert found[0].words.startswith("Approver Acme would be asked but has no inbox")
    assert found[1].words.startswith("Only Program Manager Acme can decide in “Pilot”")


def test_one_person_for_two_approvals_in_a_row_is_an_error(acme, definition):
    take_away(Capability.REQUISITION_APPROVE, role="program_manager")
    again = {**APPROVE, "key": "again", "title": "Approve it again", "after": ["ask:approved"]}

    assert errors(definition, APPROVE, again) == [
        (
            "“Approve it again”: The only person who can decide this has decided “Approve it” already, "
            "and nobody decides twice. Give a second person one of the two rights."
        )
    ]


def test_an_owner_who_has_left_is_told_of(acme, definition):
    Membership.objects.filter(pk=definition.program.owner_id).update(state=Membership.State.ENDED)
    definition.refresh_from_db()
    steps = [{**one, "who": {"person": "program_owner"}} if one is APPROVE else one for one in GOOD]

    found = drafts.findings_of(definition, {"steps": steps, "triggers": TRIGGER})

    assert [(one.severity, one.words.partition(":")[0]) for one in found] == [
        ("warning", "The program has no active owner now")
    ]


def test_every_error_is_told_at_once(definition):
    said = errors(definition, automation("fly", action="fly"), {**APPROVE, "who": {}}, *CIRCLE)

    assert len(said) == 3


def test_a_good_graph_has_no_finding(definition):
    assert drafts.findings_of(definition, {"steps": list(GOOD), "triggers": TRIGGER}) == []


@pytest.mark.parametrize("key", [key for key, one in shipped().items() if one.get("scope") != "company"])
def test_the_shipped_playbooks_have_no_errors(acme, key):
    with acme.enter():
        program = make_program(acme)
        installed = install_playbooks(program=program, keys=list(shipped()), actor=acme.automation())
        playbook = next(one for one in installed if one.key == key)
        found = drafts.findings_of(playbook, drafts.current_graph(playbook))

    assert [str(one) for one in found if one.is_error] == []


def test_workflows_that_start_each_other_are_refused_in_a_sentence(acme, definition, boss):
    other = drafts.create_definition(program=definition.program, title="Other", subject_type=REQUISITION, actor=boss)
    part = {"key": "part", "title": "A part", "kind": "workflow"}
    build(other, boss, {**part, "workflow": definition.key})
    drafts.publish_draft(definition=other, note="First.", actor=boss)
    build(definition, boss, {**part, "workflow": other.key})

    with pytest.raises(Refusal, match="start each other in a circle"):
        drafts.publish_draft(definition=definition, note="Round and round.", actor=boss)
    address = tenant_url("definition_publish", public_id=definition.public_id)
    answer = acme.client("program_manager").post(address, {"note": "Round and round."})

    assert answer.status_code == 422
    assert "start each other in a circle" in answer.content.decode()
    assert definition.versions.count() == 1


def test_the_page_says_what_keeps_a_draft_from_being_published(acme, definition, boss):
    build(definition, boss, automation("fly", action="fly"))
    address = tenant_url("definition_publish", public_id=definition.public_id)

    answer = acme.client("program_manager").post(address, {"note": "Better."})

    assert answer.status_code == 422
    assert "There is no action “fly”" in answer.content.decode()
    assert definition.versions.count() == 1


def test_a_draft_becomes_the_next_version_and_is_gone(definition, boss):
    drafts.save_step(definition=definition, key="approve", step={**APPROVE, "title": "Say yes"}, actor=boss)
    draft = DefinitionDraft.objects.get(definition=definition)
    assert (draft.graph["base"], draft.edited_by_id) == (1, boss.membership_id)
    assert definition.versions.count() == 1

    version = drafts.publish_draft(definition=definition, note=" A clearer title. ", actor=boss)

    assert (version.number, version.note, version.published_by_id) == (2, "A clearer title.", boss.membership_id)
    assert version.graph["steps"][0]["title"] == "Say yes"
    assert set(version.graph) <= {"steps", "triggers", "on_failure"}
    assert not DefinitionDraft.objects.filter(definition=definition).exists()
    assert Event.objects.filter(kind="workflow.published", subject_id=definition.pk, payload__number=2).count() == 1


def test_publishing_asks_what_is_new(definition, boss):
    build(definition, boss, *GOOD)

    with pytest.raises(Refusal, match="Say what is new"):
        drafts.publish_draft(definition=definition, note=" ", actor=boss)

    assert definition.versions.count() == 1


def test_drafts_are_for_those_who_manage_the_programs_workflows(acme, definition):
    for role in ("approver", "hiring_manager", "owner"):
        with pytest.raises(Refused):
            drafts.open_draft(definition=definition, actor=acme.actor(role))
        with pytest.raises(Refused):
            drafts.publish_draft(definition=definition, note="Mine.", actor=acme.actor(role))

    assert not DefinitionDraft.objects.exists()


def test_what_was_never_published_is_not_switched_on(acme, definition, boss):
    new = drafts.create_definition(program=definition.program, title="New", subject_type=REQUISITION, actor=boss)

    with pytest.raises(Refusal, match="Nothing of it is published yet"):
        drafts.switch(definition=new, is_active=True, actor=boss)

    assert not Definition.objects.get(pk=new.pk).is_active


def test_a_running_run_keeps_its_version_and_the_next_one_follows_the_new(acme, definition, boss):
    running = run_of(ask(acme, state="in_approval", budget=9000))
    build(definition, boss, {**APPROVE, "title": "A new way"}, *GOOD[1:])

    drafts.publish_draft(definition=definition, note="One approval.", actor=boss)
    newer = run_of(ask(acme, state="in_approval", budget=9000))

    assert (running.version.number, newer.version.number) == (1, 2)
    assert set(newer.steps.values_list("key", flat=True)) == {"ask", "open", "reject"}
    waiting = Step.objects.get(run=running, state="waiting")
    assert (waiting.key, waiting.title) == ("approve", "Approve the request")
    decide(step=waiting, outcome="approved", actor=acme.actor("approver"))
    drain()
    running.refresh_from_db()
    assert (running.version.number, Step.objects.get(run=running, key="amount").state) == (1, "done")


def test_a_draft_that_began_before_another_version_says_so(acme, definition, boss):
    build(definition, boss, *GOOD)
    publish(definition=definition, graph_data={"steps": list(GOOD)}, actor=boss)
    address = tenant_url("definition_builder", public_id=definition.public_id)

    body = acme.client("program_manager").get(address).content.decode()

    assert "This draft began with version 1; version 2 is out." in body


def test_a_schedule_that_was_off_does_not_catch_up(definition, boss):
    schedule = {"schedule": {"every": "day", "at": "07:00", "each": "open"}}
    drafts.switch(definition=definition, is_active=False, actor=boss)
    build(definition, boss, *GOOD, triggers=schedule)
    drafts.publish_draft(definition=definition, note="Daily.", actor=boss)
    long_ago = definition.created_at.replace(year=2020)
    Definition.objects.filter(pk=definition.pk).update(next_run_at=long_ago)
    definition.refresh_from_db()

    drafts.switch(definition=definition, is_active=True, actor=boss)

    definition.refresh_from_db()
    assert definition.next_run_at > definition.created_at


def run_of(requisition):
    return Run.objects.select_related("version").get(subject_type=REQUISITION, subject_id=requisition.pk)


def test_an_approval_is_tied_to_fields_that_are_there(definition):
    mend = "Choose under “Decides about”."
    said = errors(definition, {**APPROVE, "material": ["budget", "colour"]}, *GOOD[1:])
    tied = {**APPROVE, "material": ["title"], "tolerance_percent": 5}
    found = drafts.findings_of(definition, {"steps": [tied, *GOOD[1:]], "triggers": TRIGGER})

    assert said == [f"“Approve it”: It decides about colour, which a requisition has not. {mend}"]
    assert [(one.severity, one.words) for one in found] == [
        ("warning", "The tolerance has no effect: it does not decide about an amount.")
    ]
