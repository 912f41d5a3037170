"""Knowledge pages: versions, conflicts, reading."""

from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, MembershipRole
from freelance_hub.permissions import Refused
from programs.models import KnowledgePage, PageRead, PageVersion
from programs.selectors import required_unread, text_of
from programs.services.pages import confirm_page, create_page, mark_read, update_page

WORDS = {"title": "How we work", "body": "New words.", "required_roles": ["viewer"], "review_on": date(2027, 1, 1)}


@pytest.fixture
def page(acme, program):
    with acme.enter():
        return program.pages.get(slug="how-we-work")


def test_create_makes_page_and_first_version(acme, program):
    with acme.enter("program_manager"):
        page = create_page(
            program=None,
            title="Whom to ask: a list",
            body=" Ask **Ana**. ",
            required_roles=["viewer", "freelancer"],
            review_on=None,
            actor=acme.actor("program_manager"),
        )

        assert (page.slug, page.version, page.program) == ("whom-to-ask-a-list", 1, None)
        assert page.required_roles == ["viewer"]  # guests see no pages
        assert text_of(page).body == "Ask **Ana**."
        assert Event.objects.filter(kind="page.created", subject_id=page.pk).count() == 1
        assert AuditEvent.objects.filter(table_name="programs_knowledgepage", row_id=page.pk).count() == 1


@pytest.mark.parametrize(("title", "slug"), [("How we work", "how-we-work-2"), ("New", "new-2"), ("日本語", "page")])
def test_addresses_are_free_and_never_the_one_for_new_pages(acme, program, title, slug):
    with acme.enter("program_manager"):
        page = create_page(
            program=program,
            title=title,
            body="Words.",
            required_roles=[],
            review_on=None,
            actor=acme.actor("program_manager"),
        )

    assert page.slug == slug


def test_update_adds_a_version_and_keeps_the_old_one(acme, page):
    with acme.enter("program_manager"):
        old = text_of(page).body
        update_page(page=page, based_on=1, actor=acme.actor("program_manager"), **WORDS)

        assert (page.version, page.required_roles, page.review_on) == (2, ["viewer"], date(2027, 1, 1))
        bodies = list(PageVersion.objects.filter(page=page).order_by("number").values_list("body", flat=True))
        assert bodies == [old, "New words."]
        assert Event.objects.get(kind="page.updated").payload == {"version": 2, "minor": False}


def test_the_second_of_two_writers_is_told_kindly_and_nothing_is_lost(acme, page):
    with acme.enter("program_manager"):
        update_page(page=page, based_on=1, actor=acme.actor("program_manager"), **WORDS)
        with pytest.raises(Refusal) as refusal:
            update_page(page=page, based_on=1, actor=acme.actor("program_manager"), **{**WORDS, "body": "Mine."})

        assert refusal.value.code == "edit_conflict"
        assert refusal.value.message == "Program Manager Acme has saved version 2 while you were writing."
        assert PageVersion.objects.filter(page=page).count() == 2


def test_a_version_cannot_be_rewritten_even_by_a_bug(acme, page):
    with acme.enter(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        PageVersion.objects.filter(page=page).update(body="What was never written")
    with acme.enter(), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('programs_pageversion', 'UPDATE')")
        assert cursor.fetchone() == (False,)


def test_mark_read_keeps_the_first_time(acme, page):
    with acme.enter("viewer"):
        first = mark_read(page=page, version=1, actor=acme.actor("viewer"))
        again = mark_read(page=page, version=1, actor=acme.actor("viewer"))

        assert first == again
        assert PageRead.objects.count() == 1
        assert Event.objects.filter(kind="page.read").count() == 1


@pytest.mark.parametrize("version", [0, 2])
def test_nobody_reads_a_version_that_is_not_there(acme, page, version):
    with acme.enter(), pytest.raises(Refusal, match="no such version"):
        mark_read(page=page, version=version, actor=acme.actor("viewer"))


def test_an_automation_reads_nothing(acme, page):
    with acme.enter(), pytest.raises(Refusal, match="Only a person"):
        mark_read(page=page, version=1, actor=acme.automation())


@pytest.mark.parametrize(("is_minor", "unread"), [(False, ["How we work"]), (True, [])])
def test_after_a_change_people_read_again_unless_it_is_small(acme, page, is_minor, unread):
    viewer = acme.actor("viewer")
    with acme.enter("program_manager"):
        manager = acme.actor("program_manager")
        update_page(page=page, based_on=1, actor=manager, **WORDS)
        mark_read(page=page, version=2, actor=viewer)
        update_page(page=page, based_on=2, actor=manager, is_minor=is_minor, **{**WORDS, "body": "Corrected."})

        rows = required_unread(
            KnowledgePage.objects.all(), membership_id=viewer.membership_id, role_keys=viewer.role_keys
        )
        assert [row.title for row in rows] == unread


@pytest.mark.parametrize(
    ("changes", "field"), [({"title": "  "}, "title"), ({"body": "\n"}, "body"), ({"body": "x" * 50_001}, "body")]
)
def test_empty_and_endless_pages_are_refused(acme, page, changes, field):
    with acme.enter("program_manager"), pytest.raises(Refusal) as refusal:
        update_page(page=page, based_on=1, actor=acme.actor("program_manager"), **{**WORDS, **changes})

    assert refusal.value.field == field


def test_a_manager_of_some_programs_writes_no_page_of_the_company(acme, program):
    with acme.enter("program_manager"):
        MembershipRole.objects.filter(membership=acme.people["program_manager"]).update(program_ids=[program.pk])
        with pytest.raises(Refusal) as refusal:
            create_page(program=None, actor=acme.actor("program_manager"), **WORDS)

    assert refusal.value.field == "program"


@pytest.mark.parametrize("role", ["owner", "hiring_manager", "viewer", "freelancer"])
def test_others_cannot_write(acme, page, role):
    with acme.enter():
        with pytest.raises(Refused):
            update_page(page=page, based_on=1, actor=acme.actor(role), **WORDS)
        with pytest.raises(Refused):
            create_page(program=None, actor=acme.actor(role), **WORDS)


def test_a_page_that_is_still_right_gets_its_next_date_and_keeps_its_version(acme):
    with acme.enter("program_manager"):
        actor = acme.actor("program_manager")
        page = create_page(
            program=None, title="How", body="So.", required_roles=[], review_on=timezone.localdate(), actor=actor
        )
        later = timezone.localdate() + timedelta(days=180)

        confirm_page(page=page, review_on=later, actor=actor)

        page.refresh_from_db()
        assert (page.review_on, page.version) == (later, 1)
        assert Event.objects.get(kind="page.reviewed").payload == {"review_on": later.isoformat()}
        with pytest.raises(Refusal) as refusal:
            confirm_page(page=page, review_on=timezone.localdate(), actor=actor)
        assert refusal.value.field == "review_on"
        with pytest.raises(Refused):
            confirm_page(page=page, review_on=later, actor=acme.actor("viewer"))
