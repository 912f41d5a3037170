"""The promise, shown by jumping the clock: portal and sessions off in the same transaction, connectors within 15 minutes, an
alarm at one hour, every access closed within 24 hours though workers were down for 20 and a provider failed five times."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from freelance_hub.metrics import GaugeCollector
from freelance_hub.models import Membership, Notification
from programs.access import visible_workspaces
from talent.models import Assignment
from talent.services import assignments
from tests.workflows import engine_room
from tests.workflows.access_stage import S, set_up, tell
from workflows import tasks
from workflows.connectors import base
from workflows.engine import clock
from workflows.models import AccessGrant
from workflows.services import grants, upkeep

SUNDAY = date(2026, 11, 29)
MIDNIGHT = datetime(2026, 11, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def jump(to):
    """Set the database's clock."""
    engine_room.superuser(f"UPDATE wf_clock SET at = '{to.astimezone(UTC).isoformat()}'")


@pytest.fixture
def stage(acme, system, transactional_db):
    """A guest whose engagement ends on Sunday, with portal, room, a team behind a connection; it is Friday noon."""
    with engine_room.stored_clock():
        jump(MIDNIGHT - timedelta(days=2, hours=12))
        with acme.enter():
            made = set_up(acme, system)
            Assignment.objects.filter(pk=made.assignment.pk).update(
                starts_on=SUNDAY - timedelta(days=60), ends_on=SUNDAY, workspace=None
            )
            made.assignment.refresh_from_db()
            grants.open_grants(assignment=made.assignment, actor=acme.automation())
            yield made


def minute(stage, *, workers=True):
    """One turn of the schedule; without workers only the sweeper's part."""
    for connection_id in upkeep.look_after_company():
        if workers:
            upkeep.see_to_connection(connection_id)


def overdue():
    return GaugeCollector.readers["fh_access_overdue"][1](), GaugeCollector.readers["fh_access_overdue_seconds"][1]()


def test_portal_and_sessions_close_in_the_transaction_that_ends_the_assignment(stage):
    browser = stage.company.client("freelancer")
    assert browser.get("/t/acme/portal/").status_code == 200

    stage.end()

    assert browser.get("/t/acme/portal/").status_code == 404
    portal = AccessGrant.objects.get(system="portal")
    assert (portal.state, portal.revoked_at - portal.close_by) == (S.REVOKED, timedelta())
    assert Membership.objects.get(pk=stage.company.people["freelancer"].pk).state == Membership.State.ENDED


def test_connectors_follow_within_the_next_minute(stage):
    grant = stage.open()

    stage.end()
    jump(clock.now() + timedelta(seconds=59))
    minute(stage)

    assert tell(grant) == (S.REVOKED, False)
    assert grant.revoked_at - grant.close_by == timedelta(seconds=59)


def test_a_provider_that_comes_back_is_found_within_fifteen_minutes(stage):
    grant = stage.open()
    stage.system.faults = [base.TryLater("Away.")] * 1000
    stage.end()
    for _ in range(180):
        jump(clock.now() + timedelta(minutes=1))
        minute(stage)
    stage.system.faults.clear()
    back = clock.now()

    while tell(grant)[0] != S.REVOKED:
        jump(clock.now() + timedelta(minutes=1))
        minute(stage)

    assert grant.revoked_at - back <= timedelta(minutes=15)


def test_an_access_that_is_open_for_an_hour_is_an_alarm_once(stage):
    grant = stage.open()
    stage.system.faults = [base.TryLater("Away.")] * 100
    stage.end()

    jump(grant_close_by(grant) + timedelta(minutes=59))
    minute(stage)
    assert not Notification.objects.filter(kind="access.overdue").exists()
    jump(grant_close_by(grant) + timedelta(hours=1))
    minute(stage)
    minute(stage)

    told = Notification.objects.filter(kind="access.overdue").values_list("membership__user__email", "title")
    owner = stage.assignment.program.owner.user.email
    assert sorted(told) == sorted(
        (email, f"Still open: Team of {stage.company.people['freelancer'].user}")
        for email in {owner, stage.company.people["owner"].user.email}
    )
    assert overdue() == (1.0, 3600.0)


def grant_close_by(grant):
    grant.refresh_from_db()
    return grant.close_by


def test_everything_is_closed_within_a_day_though_workers_were_down_and_the_provider_failed(stage):
    stage.open()
    browser = stage.company.client("freelancer")
    jump(MIDNIGHT - timedelta(seconds=1))
    assert browser.get("/t/acme/portal/").status_code == 200

    jump(MIDNIGHT)  # no worker, no beat
    assert browser.get("/t/acme/portal/").status_code == 404
    assert not visible_workspaces(stage.actor("freelancer")).exists()

    jump(MIDNIGHT + timedelta(hours=20))
    stage.system.faults = [base.TryLater("Away."), base.ConnectorError("No."), *[base.TryLater("Away.")] * 3]
    assert assignments.end_due(today=SUNDAY + timedelta(days=1)) == 1
    turns = 0
    while AccessGrant.objects.filter(state__in=AccessGrant.OPEN).exists():
        minute(stage)
        jump(clock.now() + timedelta(minutes=1))
        turns += 1
        assert turns < 240

    assert [what for what, *_ in stage.system.seen].count("close") == 6
    assert len({key for what, _, key in stage.system.seen if what == "close"}) == 1
    assert stage.system.rooms == {"t1": {}}
    assert stage.system.gone == ["id-freelancer@acme.example"]
    delays = {g.what: g.revoked_at - g.close_by for g in AccessGrant.objects.select_related("resource")}
    assert delays["Portal"] == timedelta()
    assert timedelta(hours=20) < delays["Team"] < timedelta(hours=24)
    assert {g.close_by for g in AccessGrant.objects.all()} == {MIDNIGHT}


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/Berlin", datetime(2026, 11, 29, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 30, 5, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 29, 11, tzinfo=UTC)),
    ],
)
def test_the_last_day_ends_at_the_companys_own_midnight(stage, zone, midnight):
    type(stage.company.tenant).objects.filter(pk=stage.company.tenant.pk).update(time_zone=zone)
    browser = stage.company.client("freelancer")

    jump(midnight - timedelta(seconds=1))
    assert browser.get("/t/acme/portal/").status_code == 200

    jump(midnight)
    assert browser.get("/t/acme/portal/").status_code == 404


def test_a_company_whose_turn_fails_does_not_hold_up_the_others(stage, monkeypatch):
    grant = stage.give(stage.team)
    visited = []
    monkeypatch.setattr(tasks, "reconcile_company", lambda: visited.append(1) or 1 / 0)

    tasks.reconcile()

    assert visited == [1]
    assert tell(grant) == (S.PENDING, False)


def test_an_extended_assignment_stays_open(stage):
    grant = stage.open()
    Assignment.objects.filter(pk=stage.assignment.pk).update(ends_on=SUNDAY + timedelta(days=30))

    jump(MIDNIGHT + timedelta(hours=1))
    minute(stage)

    assert tell(grant) == (S.ACTIVE, True)
    assert assignments.end_due(today=SUNDAY + timedelta(days=1)) == 0
