"""Forms and documents are answered in the inbox and in the portal; what is wrong stands at its field."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from freelance_hub.links import tenant_url
from tests.factories.work import make_assignment
from tests.workflows.engine_room import drain
from workflows.engine import runs
from workflows.models import Definition, DefinitionVersion, Step

FIELDS = [
    {"key": "laptop", "label": "Which laptop?", "type": "choice", "choices": ["Mac", "PC"], "required": True},
    {"key": "count", "label": "How many?", "type": "number", "help": "Whole ones."},
    {"key": "since", "label": "Since when?", "type": "date"},
    {"key": "note", "label": "Anything else?", "type": "long_text"},
    {"key": "is_sure", "label": "I am sure", "type": "yes_no", "required": True},
]


@pytest.fixture
def ask(acme):
    """A function that asks about an assignment at work with steps of one's own."""
    with acme.enter():
        at_work = make_assignment(acme)

        def start(*steps):
            definition = Definition.objects.create(
                program=at_work.program,
                key=f"own-{Definition.objects.count()}",
                title="Ask",
                subject_type="talent.assignment",
            )
            version = DefinitionVersion.objects.create(definition=definition, number=1, graph={"steps": list(steps)})
            run = runs.start(version=version, subject=at_work, idempotency_key=definition.key, actor=acme.automation())
            drain()
            return run

        yield start


def form(who, **details):
    return {"key": "tools", "title": "Tools", "kind": "form", "who": {"person": who}, "fields": FIELDS, **details}


def step(run, key="tools"):
    return Step.objects.get(run=run, key=key)


def console(run, key="tools"):
    return tenant_url("step_detail", public_id=step(run, key).public_id)


def portal(run, key="tools"):
    return tenant_url("portal_task_complete", public_id=step(run, key).public_id)


GOOD = {"laptop": "Mac", "count": "2", "since": "2026-01-31", "note": "Thank you.", "is_sure": "on"}
KEPT = {"laptop": "Mac", "count": "2", "since": "2026-01-31", "note": "Thank you.", "is_sure": True}


def test_an_employee_answers_a_form_in_the_inbox(acme, ask):
    run = ask(form("manager"))
    client = acme.client("hiring_manager")
    page = client.get(console(run)).content.decode()
    assert "Which laptop?" in page
    assert "Whole ones." in page

    assert client.post(console(run), GOOD).status_code == 303

    assert step(run).result == {"values": KEPT}
    assert step(run).decided_by == acme.people["hiring_manager"]


@pytest.mark.parametrize(
    ("change", "field"), [({"laptop": "Amiga"}, "laptop"), ({"count": "many"}, "count"), ({"is_sure": ""}, "is_sure")]
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(acme, ask, change, field):
    run = ask(form("manager"))

    answer = acme.client("hiring_manager").post(console(run), {**GOOD, **change})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "Thank you." in answer.content.decode()
    assert step(run).state == "waiting"


def test_a_guest_answers_a_form_in_the_portal(acme, rival, ask):
    run = ask(form("freelancer"))
    client = acme.client("freelancer")
    assert portal(run) in client.get(tenant_url("portal_tasks")).content.decode()
    assert "Which laptop?" in client.get(portal(run)).content.decode()
    strangers = [company.client(who) for company, who in ((acme, "other_freelancer"), (rival, "freelancer"))]
    assert [stranger.get(portal(run)).status_code for stranger in strangers] == [404, 404]

    assert client.post(portal(run), {**GOOD, "laptop": ""}).status_code == 422
    assert client.post(portal(run), GOOD).status_code == 303

    assert step(run).result == {"values": KEPT}
    assert "Nothing is left to do here" in client.get(portal(run)).content.decode()
    assert client.post(portal(run), GOOD).status_code == 422


def test_a_document_is_handed_in_by_the_guest_and_read_by_who_decides(acme, ask):
    run = ask(
        {"key": "nda", "title": "NDA", "kind": "document", "who": {"person": "freelancer"}},
        {"key": "check", "title": "Check it", "kind": "task", "who": {"person": "manager"}, "after": ["nda"]},
    )
    client = acme.client("freelancer")
    wrong = client.post(portal(run, "nda"), {"file": SimpleUploadedFile("nda.exe", b"MZ", "application/pdf")})
    assert (wrong.status_code, step(run, "nda").state) == (422, "waiting")

    good = SimpleUploadedFile("nda.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
    assert client.post(portal(run, "nda"), {"file": good}).status_code == 303

    assert "nda.pdf" in client.get(portal(run, "nda")).content.decode()
    assert "nda.pdf" in acme.client("hiring_manager").get(console(run, "check")).content.decode()
    at = tenant_url("file_download", public_id=step(run, "nda").result["file"])
    seen = [
        acme.client(who).get(at).status_code for who in ("hiring_manager", "program_manager", "teammate", "finance")
    ]
    assert seen == [200, 200, 404, 404]


def test_a_condition_asks_how_a_step_of_people_ended(acme, ask):
    run = ask(
        {"key": "prepare", "title": "Prepare", "kind": "task", "who": {"person": "manager"}},
        {
            "key": "was_done", "title": "Was it done?", "kind": "decision", "after": ["prepare"],
            "condition": {"fact": "prepare.outcome", "is": "equal_to", "than": "done"},
        },
    )  # fmt: skip

    acme.client("hiring_manager").post(console(run, "prepare"), {"comment": ""})
    drain()

    assert step(run, "was_done").outcome == "yes"
