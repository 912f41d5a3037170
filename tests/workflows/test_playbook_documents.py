"""A document is renewed before it runs out: asked for in the portal, judged by the manager, watched anew; run to each end."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from freelance_hub.links import tenant_url
from freelance_hub.models import Notification
from talent.services.assignments import request_end
from tests.factories.work import make_assignment
from tests.workflows.engine_room import drain
from workflows.engine.sweeper import sweep
from workflows.models import Run, Step
from workflows.playbooks import shipped
from workflows.services.answers import complete_form, complete_task, hand_in_document
from workflows.services.definitions import install
from workflows.services.starts import start_by_hand


def pdf():
    return SimpleUploadedFile("insurance.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")


def step(run, key):
    return Step.objects.get(run=run, key=key)


def waiting(run):
    return list(Step.objects.filter(run=run, state=Step.State.WAITING).values_list("key", flat=True))


def watch(company, *, days):
    """A run that knows that the insurance runs out in so many days."""
    at_work = make_assignment(company)
    definition = install(at_work.program, shipped()["document_renewal"], actor=company.automation())
    run = start_by_hand(definition=definition, subject=at_work, actor=company.actor("hiring_manager"))
    say_until(company, run, days)
    return run


def say_until(company, run, days):
    answers = {"document": "Insurance", "expires_on": (timezone.localdate() + timedelta(days=days)).isoformat()}
    complete_form(step=step(run, "about"), values=answers, actor=company.actor("hiring_manager"))
    drain()


@pytest.fixture
def asked(acme):
    """It runs out in 20 days, so the freelancer is asked."""
    with acme.enter():
        run = watch(acme, days=20)
        sweep()
        drain()
        yield run


def hand_in(company, run, key="hand_in"):
    hand_in_document(step=step(run, key), upload=pdf(), actor=company.actor("freelancer"))
    drain()


def judge(company, run, key, verdict, **more):
    answers = {"verdict": verdict, "reason": "Not legible.", **more}
    complete_form(step=step(run, key), values=answers, actor=company.actor("hiring_manager"))
    drain()


def is_over(run):
    run.refresh_from_db()
    return run.state == Run.State.DONE


def test_nobody_is_asked_until_30_days_before(acme):
    with acme.enter():
        run = watch(acme, days=60)
        sweep()

        day = timezone.localdate() + timedelta(days=30)
        assert waiting(run) == ["wait"]
        assert step(run, "wait").run_at == datetime.combine(day, time(7), ZoneInfo("Europe/Berlin"))


def test_the_next_one_is_watched_without_asking_again_what_the_review_has_said(acme, asked):
    told = Notification.objects.filter(membership=acme.people["hiring_manager"])
    hand_in(acme, asked)
    before = told.count()
    judge(acme, asked, "review", "Accept it", expires_on=(timezone.localdate() + timedelta(days=395)).isoformat())

    following = Run.objects.exclude(pk=asked.pk).get()
    day = timezone.localdate() + timedelta(days=365)
    assert (waiting(following), step(following, "about").state) == (["wait"], Step.State.SKIPPED)
    assert step(following, "wait").run_at == datetime.combine(day, time(7), ZoneInfo("Europe/Berlin"))
    assert told.count() == before


def test_which_document_it_is_goes_along_from_one_to_the_next(acme, asked):
    hand_in(acme, asked)
    soon = timezone.localdate() + timedelta(days=20)
    judge(acme, asked, "review", "Accept it", expires_on=soon.isoformat())
    following = Run.objects.exclude(pk=asked.pk).get()
    sweep()
    drain()
    hand_in(acme, following)
    until = timezone.localdate() + timedelta(days=800)
    judge(acme, following, "review", "Accept it", expires_on=until.isoformat())
    third = Run.objects.exclude(pk__in=[asked.pk, following.pk]).get()
    assert third.context["answers"] == {"about": {"document": "Insurance", "expires_on": until.isoformat()}}


def test_an_accepted_document_without_its_date_is_asked_about_once(acme, asked):
    assert step(asked, "hand_in").assignee == acme.people["freelancer"]
    hand_in(acme, asked)

    judge(acme, asked, "review", "Accept it")

    assert is_over(asked)
    following = Run.objects.exclude(pk=asked.pk).get()
    assert waiting(following) == ["about"]
    say_until(acme, following, 400)
    assert waiting(following) == ["wait"]


def test_a_document_that_is_given_back_is_handed_in_again(acme, asked):
    hand_in(acme, asked)
    judge(acme, asked, "review", "Give it back")
    assert waiting(asked) == ["hand_in_again"]
    page = acme.client("freelancer").get(
        tenant_url("portal_task_complete", public_id=step(asked, "hand_in_again").public_id)
    )
    assert "Not legible." in page.content.decode()

    hand_in(acme, asked, "hand_in_again")
    judge(acme, asked, "review_again", "Accept it")

    assert is_over(asked)
    assert Run.objects.exclude(pk=asked.pk).get().state == Run.State.RUNNING


def test_without_a_valid_document_the_program_owner_decides(acme, asked):
    hand_in(acme, asked)
    judge(acme, asked, "review", "Give it back")
    hand_in(acme, asked, "hand_in_again")
    judge(acme, asked, "review_again", "Ask the program owner")
    assert step(asked, "no_document").assignee == acme.people["program_manager"]

    complete_task(step=step(asked, "no_document"), actor=acme.actor("program_manager"), comment="Ends on Friday.")
    drain()

    assert is_over(asked)
    assert not Run.objects.exclude(pk=asked.pk).exists()


def test_the_end_of_the_assignment_ends_the_watch(acme, asked):
    assignment = asked.version.definition.program.assignments.get()

    request_end(assignment=assignment, reason="Done.", actor=acme.actor("hiring_manager"))

    asked.refresh_from_db()
    assert (asked.state, waiting(asked)) == (Run.State.CANCELLED, [])


# In the portal


def test_the_freelancer_uploads_it_in_the_portal_and_the_manager_reads_it(acme, rival, asked):
    task = step(asked, "hand_in")
    at = tenant_url("portal_task_complete", public_id=task.public_id)
    client = acme.client("freelancer")
    assert at in client.get(tenant_url("portal_tasks")).content.decode()
    assert "Your document runs out within 30 days" in client.get(at).content.decode()
    wrong = client.post(at, {"file": SimpleUploadedFile("run.exe", b"MZ", "application/pdf")})
    assert (wrong.status_code, step(asked, "hand_in").state) == (422, "waiting")

    assert client.post(at, {"file": pdf(), "comment": "Here."}).status_code == 303
    drain()

    again = client.get(at).content.decode()
    assert "insurance.pdf" in again
    assert "Nothing is left to do here" in again
    review = acme.client("hiring_manager").get(tenant_url("step_detail", public_id=step(asked, "review").public_id))
    assert "insurance.pdf" in review.content.decode()
    file = step(asked, "hand_in").result["file"]
    seen = [
        acme.client(role).get(tenant_url("file_download", public_id=file)).status_code
        for role in ("hiring_manager", "program_manager", "teammate", "finance")
    ]
    assert seen == [200, 200, 404, 404]
    others = tenant_url("portal_file_download", public_id=file)
    assert acme.client("freelancer").get(others).status_code == 200
    assert acme.client("other_freelancer").get(others).status_code == 404
    assert rival.client("freelancer").get(others).status_code == 404


def test_the_manager_answers_the_form_in_the_inbox(acme):
    with acme.enter():
        at_work = make_assignment(acme)
        definition = install(at_work.program, shipped()["document_renewal"], actor=acme.automation())
        run = start_by_hand(definition=definition, subject=at_work, actor=acme.actor("hiring_manager"))
        at = tenant_url("step_detail", public_id=step(run, "about").public_id)
        client = acme.client("hiring_manager")
        assert "Valid until" in client.get(at).content.decode()
        assert client.post(at, {"document": "Insurance", "expires_on": ""}).status_code == 422

        until = (timezone.localdate() + timedelta(days=90)).isoformat()
        assert client.post(at, {"document": "Insurance", "expires_on": until}).status_code == 303

        assert step(run, "about").result == {"values": {"document": "Insurance", "expires_on": until}}
