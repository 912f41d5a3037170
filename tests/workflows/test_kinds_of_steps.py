"""Forms, documents, waits for dates, events and working days, time limits: how each begins and ends."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from freelance_hub import events
from freelance_hub.access import actor_for, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import Event, LegalEntity, Membership, StoredFile, Tenant, User
from freelance_hub.permissions import Refused
from freelance_hub.tenancy.context import tenant
from tests.workflows.engine_room import drain, facts, make_company, start, states, step_of, tick
from workflows.engine import sweeper, transitions
from workflows.models import Run, Step
from workflows.services.answers import complete_form, hand_in_document
from workflows.services.runs import follow_dates

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = [
    {"key": "laptop", "label": "Which laptop?", "type": "choice", "choices": ["Mac", "PC"], "required": True},
    {"key": "price", "label": "Price", "type": "number"},
    {"key": "on", "label": "From which day?", "type": "date"},
    {"key": "insured", "label": "Is it insured?", "type": "yes_no"},
    {"key": "mail", "label": "Whom do we write to?", "type": "email"},
]
OWNER = {"person": "owner"}


def owner():
    return actor_for(Membership.objects.get(user__email="owner@engine.example"))


def form(*after, **details):
    return {"key": "ask", "kind": "form", "who": OWNER, "fields": FIELDS, "after": list(after), **details}


def test_answers_to_a_form_are_kept_with_their_types_and_lead_on(engine):
    cheap = {"fact": "ask.price", "is": "less_than", "than": 1000}
    run = start(
        form(),
        {"key": "cheap", "kind": "decision", "condition": cheap, "after": ["ask"]},
        {"key": "buy", "after": ["cheap:yes"]},
    )

    complete_form(
        step=step_of(run, "ask"),
        values={"laptop": "Mac", "price": " 999.90 ", "on": "2026-02-01", "insured": "yes", "mail": ""},
        actor=owner(),
    )
    drain()

    step = step_of(run, "ask")
    assert step.result == {
        "values": {"laptop": "Mac", "price": "999.90", "on": "2026-02-01", "insured": True, "mail": None}
    }
    assert (step.outcome, step.decided_by.user.name) == ("done", "Olga Owner")
    assert states(run) == {"ask": "done", "cheap": "done", "buy": "done"}
    assert Event.objects.filter(kind="step.decided", subject_id=step.pk).count() == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({}, "laptop", "Which laptop.” is needed."),
        ({"laptop": "Amiga"}, "laptop", "choose one of Mac, PC"),
        ({"laptop": "PC", "price": "much"}, "price", "write a number"),
        ({"laptop": "PC", "price": "NaN"}, "price", "write a number"),
        ({"laptop": "PC", "on": "1.2.2026"}, "on", "write a date as 2026-01-31"),
        ({"laptop": "PC", "insured": "perhaps"}, "insured", "say yes or no"),
        ({"laptop": "PC", "mail": "me"}, "mail", "write an e-mail address"),
        ({"laptop": "PC", "colour": "red"}, "colour", "does not ask for “colour”"),
    ],
)
def test_a_wrong_answer_names_its_field_and_changes_nothing(engine, values, field, words):
    run = start(form())

    with pytest.raises(Refusal, match=words) as refused:
        complete_form(step=step_of(run, "ask"), values=values, actor=owner())

    assert refused.value.field == field
    assert states(run) == {"ask": "waiting"}


def test_only_who_is_asked_answers_a_form_and_only_once(engine):
    run = start(form())
    stranger = Membership.objects.create(user=User.objects.create(email="eve@engine.example", name="Eve", password="!"))

    with pytest.raises(Refusal, match="waits for somebody else"):
        complete_form(step=step_of(run, "ask"), values={"laptop": "PC"}, actor=actor_for(stranger))
    with pytest.raises(Refusal, match="not an automation"):
        complete_form(step=step_of(run, "ask"), values={"laptop": "PC"}, actor=automation(tenant_id=engine.pk))
    complete_form(step=step_of(run, "ask"), values={"laptop": "PC"}, actor=owner())
    with pytest.raises(Refusal, match="Olga Owner has completed this already"):
        complete_form(step=step_of(run, "ask"), values={"laptop": "Mac"}, actor=owner())

    assert step_of(run, "ask").result["values"]["laptop"] == "PC"


def test_a_form_for_a_capability_is_refused_to_who_lacks_it(engine):
    run = start(form(who={"capability": "requisition.approve"}))

    with pytest.raises(Refused):
        complete_form(step=step_of(run, "ask"), values={"laptop": "PC"}, actor=owner())


def test_a_document_is_kept_with_its_step(engine):
    run = start({"key": "nda", "kind": "document", "who": OWNER}, {"key": "next", "after": ["nda"]})

    bad = SimpleUploadedFile("nda.pdf", b"MZ, no document", "application/pdf")
    with pytest.raises(Refusal, match="not like PDF"):
        hand_in_document(step=step_of(run, "nda"), upload=bad, actor=owner())
    good = SimpleUploadedFile("nda.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
    hand_in_document(step=step_of(run, "nda"), upload=good, actor=owner(), comment="Signed.")

    stored = StoredFile.objects.get()
    step = step_of(run, "nda")
    assert (stored.owner_kind, stored.owner_id, step.comment) == ("step", step.pk, "Signed.")
    assert step.result == {"file": str(stored.public_id), "name": "nda.pdf"}
    assert states(run) == {"nda": "done", "next": "ready"}


def test_a_wait_for_a_date_ends_on_that_morning_of_the_company_and_follows_the_date(engine):
    Tenant.objects.filter(pk=engine.pk).update(time_zone="Europe/Berlin")
    facts["until"] = datetime(2026, 1, 11, tzinfo=UTC).date()
    run = start({"key": "wait", "kind": "wait", "until": {"date": "until", "offset_days": -7, "at": "09:00"}})
    assert step_of(run, "wait").run_at == datetime(2026, 1, 4, 8, tzinfo=UTC)

    facts["until"] = datetime(2026, 1, 12, tzinfo=UTC).date()  # nobody told the engine
    tick(68 * 3600 + 1)
    sweeper.sweep()
    assert states(run) == {"wait": "waiting"}
    assert step_of(run, "wait").run_at == datetime(2026, 1, 5, 8, tzinfo=UTC)

    facts["until"] = datetime(2026, 1, 11, tzinfo=UTC).date()
    assert follow_dates(subject_type=run.subject_type, subject_id=run.subject_id) == 1
    sweeper.sweep()
    assert states(run) == {"wait": "done"}


def test_a_wait_for_a_date_that_is_not_known_asks_a_person(engine):
    run = start({"key": "wait", "kind": "wait", "until": {"date": "until"}})

    step = step_of(run, "wait")
    assert step.state == Step.State.ATTENTION
    assert "no date in “until”" in step.error


def test_a_wait_of_working_days_passes_over_the_weekend_and_holidays(engine):
    Tenant.objects.filter(pk=engine.pk).update(time_zone="Europe/Berlin", holiday_region="DE-BY")
    tick(4 * 24 * 3600)  # Monday, 5 January 2026; Tuesday is Epiphany in Bavaria
    run = start({"key": "wait", "kind": "wait", "until": {"working_days": 4}})

    assert step_of(run, "wait").run_at == datetime(2026, 1, 12, 12, tzinfo=UTC)


def test_a_wait_for_an_event_ends_when_it_happens_to_the_subject_and_to_no_other(engine):
    other = make_company("other")
    run = start({"key": "wait", "kind": "wait", "until": {"event": "entity.moved"}}, {"key": "next", "after": ["wait"]})
    with tenant(other):
        twin = start({"key": "wait", "kind": "wait", "until": {"event": "entity.moved"}})
    entity = LegalEntity.objects.create(name="Second Ltd", country="IE", currency="EUR")

    announce("entity.moved", entity)
    announce("entity.grown", LegalEntity.objects.get(name="engine Ltd"))
    assert states(run) == {"wait": "waiting", "next": "pending"}
    announce("entity.moved", LegalEntity.objects.get(name="engine Ltd"))

    assert states(run) == {"wait": "done", "next": "ready"}
    with tenant(other):
        assert states(twin) == {"wait": "waiting"}


def test_a_payload_may_name_the_subject(engine):
    run = start({"key": "wait", "kind": "wait", "until": {"event": "letter.sent"}})

    announce("letter.sent", Membership.objects.first(), entity_id=run.subject_id)

    assert states(run) == {"wait": "done"}


def announce(kind, subject, **payload):
    from django.db import transaction

    with transaction.atomic():
        events.announce(kind, subject, actor=automation(tenant_id=subject.tenant_id), **payload)


@pytest.mark.parametrize(
    "waiting",
    [
        {"kind": "task", "who": OWNER},
        {"kind": "approval", "who": {"capability": "requisition.approve"}},
        {"kind": "wait", "until": {"event": "entity.moved"}},
    ],
)
def test_a_time_limit_leads_on_where_an_edge_asks_for_it(engine, waiting):
    run = start(
        {"key": "ask", "time_limit_hours": 24, **waiting},
        {"key": "late", "after": ["ask:timed_out"]},
        {"key": "next", "after": ["ask"]},
    )

    tick(24 * 3600 - 1)
    sweeper.sweep()
    assert states(run)["ask"] == "waiting"
    tick(2)
    sweeper.sweep()
    drain()

    assert states(run) == {"ask": "done", "late": "done", "next": "done"}
    assert step_of(run, "ask").outcome == "timed_out"


def test_a_time_limit_that_no_edge_asks_for_needs_attention_and_may_be_asked_again(engine):
    run = start({"key": "ask", "kind": "task", "who": OWNER, "time_limit_hours": 24})

    tick(24 * 3600 + 1)
    sweeper.sweep()
    step = step_of(run, "ask")
    assert (step.state, step.error) == ("attention", "Nobody answered in time.")
    resolve(run, "ask", "retry")

    assert states(run) == {"ask": "waiting"}
    sweeper.sweep()
    assert states(run) == {"ask": "waiting"}


def resolve(run, key, how):
    from django.db import transaction

    from workflows.engine import attention

    with transaction.atomic():
        assert attention.resolve(transitions.lock_run(run.pk), step_of(run, key), how=how, by="Ann", reason="So")


def test_an_automation_out_of_time_is_not_tried_again(engine):
    run = start({"key": "a", "action": "test.break", "max_attempts": 50, "time_limit_hours": 0.01})  # 36 s

    for _ in range(20):
        drain()
        tick(5)

    step = step_of(run, "a")
    assert step.state == "attention"
    assert 2 < step.attempt < 6


def test_a_run_of_which_nothing_is_needed_is_done_at_once(engine):
    facts["is_there"] = True

    run = start({"key": "ask", "kind": "task", "skip_when": "is_there", "who": OWNER})

    run.refresh_from_db()
    assert run.state == Run.State.DONE
