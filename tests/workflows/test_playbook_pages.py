"""Knowledge pages are looked at before they grow old: run to each end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from freelance_hub.tenancy.context import tenant
from programs.models import KnowledgePage
from programs.services import pages
from tests.workflows.engine_room import drain
from workflows.models import Definition, Run, Step
from workflows.playbooks import shipped
from workflows.services.answers import complete_form
from workflows.services.definitions import install
from workflows.services.starts import start_scheduled


def step(run, key):
    return Step.objects.get(run=run, key=key)


@pytest.fixture
def review(acme):
    """The company's definition, due now."""
    with acme.enter():
        definition = install(None, shipped()["knowledge_review"], actor=acme.automation())
        Definition.objects.filter(pk=definition.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))
        yield definition


def write(company, title, *, days):
    review_on = timezone.localdate() + timedelta(days=days) if days is not None else None
    actor = company.actor("program_manager")
    return pages.create_page(program=None, title=title, body="So.", required_roles=[], review_on=review_on, actor=actor)


def again(definition):
    """A day later, as the schedule sees it."""
    Definition.objects.filter(pk=definition.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))
    return start_scheduled(definition.pk)


def test_owners_are_asked_about_pages_whose_date_is_near_and_only_once(acme, review):
    near, past = write(acme, "Near", days=14), write(acme, "Past", days=-3)
    write(acme, "Far", days=15)
    write(acme, "Never", days=None)

    assert start_scheduled(review.pk) == 2
    assert again(review) == 0

    assert set(Run.objects.values_list("subject_id", flat=True)) == {near.pk, past.pk}
    asked = Step.objects.filter(key="look")
    assert {(one.state, one.assignee_id) for one in asked} == {("waiting", acme.people["program_manager"].pk)}


def test_a_page_that_is_still_right_gets_its_next_date(acme, review):
    page = write(acme, "How we pay", days=3)
    start_scheduled(review.pk)
    run, later = Run.objects.get(), timezone.localdate() + timedelta(days=180)
    answers = {"verdict": "It is still right", "review_on": later.isoformat()}

    complete_form(step=step(run, "look"), values=answers, actor=acme.actor("program_manager"))
    drain()

    run.refresh_from_db()
    assert (run.state, KnowledgePage.objects.get(pk=page.pk).review_on) == ("done", later)
    assert KnowledgePage.objects.get(pk=page.pk).version == 1


def test_a_page_that_is_changed_in_its_editor_ends_the_question(acme, review):
    page = write(acme, "How we pay", days=3)
    start_scheduled(review.pk)
    run, later = Run.objects.get(), timezone.localdate() + timedelta(days=90)

    pages.update_page(
        page=page, based_on=1, title="How we pay", body="Now so.", required_roles=[], review_on=later,
        actor=acme.actor("program_manager"),
    )  # fmt: skip
    drain()

    run.refresh_from_db()
    assert (run.state, step(run, "look").state) == ("done", "done")
    assert KnowledgePage.objects.get(pk=page.pk).review_on == later


def test_pages_of_another_company_are_its_own_business(acme, rival, review):
    with tenant(rival.tenant):
        write(rival, "Rival page", days=1)

    assert start_scheduled(review.pk) == 0
