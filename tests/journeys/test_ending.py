"""PM9: an engagement ends on Sunday; at 00:00 Monday, local time, nothing opens any more, and a checklist covers the rest."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from programs.services import workspaces
from talent.models import Assignment
from talent.services import assignments
from tests.factories.talent import guest_freelancer, hire
from tests.journeys.people import look, workers
from tests.workflows import engine_room
from workflows.models import AccessGrant
from workflows.services import grants, resources, upkeep

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SUNDAY = date(2026, 11, 29)
MIDNIGHT = datetime(2026, 11, 30, tzinfo=ZoneInfo("Europe/Berlin"))
TASKS = (
    "Get devices and documents back",
    "Confirm the handover",
    "Confirm that all results and rights are with us",
)


def jump(to):
    engine_room.superuser(f"UPDATE wf_clock SET at = '{to.astimezone(UTC).isoformat()}'")


def at_work(acme):
    """A guest at work in a room until Sunday."""
    assignment = hire(acme, freelancer=guest_freelancer(acme), title="Spring campaign")
    boss = acme.actor("program_manager")
    room = workspaces.create_workspace(program=assignment.program, name="Spring campaign", actor=boss)
    assignments.attach_workspace(assignment=assignment, workspace=room, actor=boss)
    Assignment.objects.filter(pk=assignment.pk).update(starts_on=SUNDAY - timedelta(days=60), ends_on=SUNDAY)
    resources.create_resource(
        name="Laptop",
        kind="device",
        keeper=acme.people["teammate"],
        close_help="Collect it at the desk, second floor.",
        actor=boss,
    )
    grants.open_grants(assignment=assignment, actor=boss)
    return assignment


def test_access_ends_at_midnight_and_a_checklist_covers_the_rest(acme, person):
    with engine_room.stored_clock():
        jump(MIDNIGHT - timedelta(hours=12))
        with acme.enter():
            assignment = at_work(acme)
        manager, keeper, guest = (
            person(name).take_session(acme) for name in ("hiring_manager", "teammate", "freelancer")
        )
        guest = guest.open("/t/acme/portal/")

        manager.go("Assignments").follow("Spring campaign").follow("Give access").choose("Access to", "Laptop")
        look(manager, "give")
        manager.write("What is it needed for?", "The work needs our tools.").press("Give access").is_at("Laptop")
        with acme.enter():
            upkeep.look_after_company()
        keeper.open("/t/acme/inbox/").follow("Laptop")
        keeper.open(page_of("Laptop", acme)).sees("This waits for you.")
        look(keeper, "grant")
        keeper.follow("It is done").write("What did you do?", "Serial 4711, signed for.").press("Done").state("Open")
        guest.open("/t/acme/portal/accesses/").sees("Portal", "Spring campaign", "Laptop", "Open")
        look(guest, "portal")

        jump(MIDNIGHT - timedelta(seconds=1))
        assert guest.page.request.get(f"{guest.url}/t/acme/portal/").status == 200
        jump(MIDNIGHT)
        assert guest.page.request.get(f"{guest.url}/t/acme/portal/").status == 404

        with acme.enter():
            assert assignments.end_due(today=SUNDAY + timedelta(days=1)) == 1
            upkeep.look_after_company()
        workers(acme)
        manager.open("/t/acme/accesses/").sees("Portal", "Laptop", "Being closed")
        look(manager, "list")
        manager.open(f"/t/acme/assignments/{assignment.number}/").sees("Wait until every access is closed", *TASKS)
        look(manager, "assignment")
        keeper.open(page_of("Laptop", acme)).sees("Collect it at the desk, second floor.")
        keeper.follow("It is done").write("What did you do?", "It is back.").press("Done").state("Closed")
        keeper.sees("0 min")
        for task in TASKS:
            manager.open("/t/acme/inbox/").follow(task).press("Done")
            workers(acme)
        manager.open(f"/t/acme/assignments/{assignment.number}/").state("Closed")

        with acme.enter():
            delays = {
                g.what: g.revoked_at - g.close_by for g in AccessGrant.objects.select_related("resource", "workspace")
            }
            assert delays == {"Portal": timedelta(), "Spring campaign": timedelta(), "Laptop": timedelta()}


def page_of(resource, acme):
    with acme.enter():
        return f"/t/acme/accesses/{AccessGrant.objects.get(resource__name=resource).public_id}/"
