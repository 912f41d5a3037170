"""The reconciler brings the other system to what the facts say, once, and leaves everything else alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from freelance_hub.models import Event
from freelance_hub.services import members
from talent.services import assignments
from tests.factories.talent import hire
from tests.workflows.access_stage import S, converge, set_up, tell
from workflows.connectors import base
from workflows.engine import clock
from workflows.models import AccessGrant, ConnectorCall
from workflows.services import grants, reconciler

ACCOUNT = "id-freelancer@acme.example"


def again(grant):
    """Do not wait for the pause after a failure."""
    AccessGrant.objects.filter(pk=grant.pk).update(try_at=None)
    converge()
    return tell(grant)


def test_what_is_given_is_opened_outside(stage):
    grant = stage.give(stage.team)
    assert tell(grant) == (S.PENDING, False)

    converge()

    assert tell(grant) == (S.ACTIVE, True)
    assert (grant.account, grant.granted_how) == (ACCOUNT, "connector")
    assert stage.system.effects == [("open", "t1", ACCOUNT)]
    assert Event.objects.filter(kind="access.granted", subject_id=grant.pk).count() == 1


def test_a_second_run_does_nothing(stage):
    stage.open()
    calls = len(stage.system.seen)

    converge()

    assert len(stage.system.seen) == calls


def test_the_end_closes_outside_and_the_guest_account_with_the_last_access(stage):
    grant = stage.open()

    stage.end()
    assert tell(grant) == (S.ACTIVE, True)
    assert grant.close_by is not None
    converge()

    assert tell(grant) == (S.REVOKED, False)
    assert (grant.revoked_by, grant.revoked_how) == (stage.connection.name, "connector")
    assert grant.revoked_at >= grant.close_by
    assert stage.system.rooms == {"t1": {}}
    assert stage.system.gone == [ACCOUNT]


def test_the_guest_account_stays_while_another_assignment_needs_it(stage):
    grant = stage.open()
    other = hire(stage.company, freelancer=stage.assignment.freelancer)
    stage.assignment, first = other, stage.assignment
    stage.open()
    stage.assignment = first

    stage.end()
    converge()

    assert tell(grant)[0] == S.REVOKED
    assert stage.system.gone == []


def test_what_was_never_opened_ends_with_the_assignment_without_a_call(stage):
    grant = stage.give(stage.team)

    stage.end()

    assert tell(grant) == (S.REVOKED, False)
    assert stage.system.seen == []


def test_a_suspended_assignment_closes_outside_and_resuming_opens_again_under_a_new_key(stage):
    grant = stage.open()
    boss = stage.actor("program_manager")

    assignments.suspend_assignment(assignment=stage.assignment, reason="Pause.", actor=boss)
    converge()
    assert tell(grant) == (S.SUSPENDED, False)
    assignments.resume_assignment(assignment=stage.assignment, actor=boss)
    converge()

    assert tell(grant) == (S.ACTIVE, True)
    assert [what for what, _, _ in stage.system.effects] == ["open", "close", "open"]
    keys = [key for _, _, key in stage.system.seen]
    assert len(set(keys)) == 3


def test_an_inactive_sponsor_holds_back_and_a_new_one_opens_again(stage):
    sponsor = stage.company.people["teammate"]
    grant = stage.give(stage.team, sponsor=sponsor)
    converge()
    members.suspend_member(membership=sponsor, actor=stage.actor("owner"))

    converge()
    assert tell(grant) == (S.SUSPENDED, False)
    AccessGrant.objects.filter(pk=grant.pk).update(sponsor=stage.company.people["program_manager"])
    converge()

    assert tell(grant) == (S.ACTIVE, True)


def test_who_is_held_back_by_people_stays_out_until_they_say_so(stage):
    grant = stage.open()

    assert grants.suspend_grant(grant=grant, reason="Nobody answered.", actor=stage.actor("owner"))
    converge()
    converge()
    assert tell(grant) == (S.SUSPENDED, False)
    assert not grants.suspend_grant(grant=grant, reason="Again.", actor=stage.actor("owner"))

    assert grants.resume_grant(grant=grant, actor=stage.actor("owner"))
    converge()
    assert tell(grant) == (S.ACTIVE, True)


def test_a_grant_expires_at_its_own_end(stage):
    grant = stage.open()
    over = timezone.now() - timedelta(minutes=3)
    AccessGrant.objects.filter(pk=grant.pk).update(ends_at=over)

    converge()

    assert tell(grant) == (S.EXPIRED, False)
    assert grant.close_by == over


def test_a_grant_opens_when_it_begins(stage):
    grant = stage.give(stage.team, starts_at=timezone.now() + timedelta(hours=1))
    converge()
    assert tell(grant) == (S.PENDING, False)

    AccessGrant.objects.filter(pk=grant.pk).update(starts_at=timezone.now() - timedelta(seconds=1))
    converge()

    assert tell(grant) == (S.ACTIVE, True)


def test_a_failure_is_tried_again_with_the_same_key_and_a_growing_pause(stage):
    stage.system.faults = [base.TryLater("Away."), base.ConnectorError("No.")]
    grant = stage.give(stage.team)
    converge()
    first = grants_pause(grant)
    again(grant)
    second = grants_pause(grant)

    assert again(grant) == (S.ACTIVE, True)
    assert timedelta(seconds=10) < first < timedelta(seconds=20) < second < timedelta(seconds=40)
    assert len({key for _, _, key in stage.system.seen}) == 1
    assert (grant.attempts, grant.last_error) == (0, "")


def grants_pause(grant):
    grant.refresh_from_db()
    return grant.try_at - clock.now()


def test_a_worker_that_died_after_the_call_is_followed_with_the_same_key_and_one_effect(stage):
    grant = stage.give(stage.team)
    stage.system.faults = []
    job = reconciler.claim(stage.connection, reconciler.robot())
    connector = base.connector_for(stage.connection)
    connector.open(stage.team, base.Person("freelancer@acme.example", "F"), account="", key=job.key)
    assert tell(grant) == (S.PENDING, True)  # said before the call: it may be open

    assert again(grant) == (S.ACTIVE, True)

    assert stage.system.effects == [("open", "t1", ACCOUNT)]
    assert len({key for _, _, key in stage.system.seen}) == 1


def test_who_lost_the_lease_writes_nothing(stage):
    grant = stage.give(stage.team)
    job = reconciler.claim(stage.connection, reconciler.robot())
    again(grant)
    stage.end()
    converge()

    reconciler.perform(job, base.connector_for(stage.connection), reconciler.robot())

    assert tell(grant)[0] == S.REVOKED


def test_what_ended_while_it_was_being_opened_is_closed(stage):
    grant = stage.give(stage.team)
    job = reconciler.claim(stage.connection, reconciler.robot())
    stage.end()

    connector = base.connector_for(stage.connection)
    connector.open(stage.team, base.Person("freelancer@acme.example", "F"), account="", key=job.key)

    assert again(grant) == (S.REVOKED, False)
    assert stage.system.rooms == {"t1": {}}


def test_retry_after_pauses_the_whole_connection(stage):
    stage.system.faults = [base.TryLater("Slow down.", seconds=120)]
    grant = stage.give(stage.team)
    converge()
    calls = len(stage.system.seen)

    converge()

    stage.connection.refresh_from_db()
    assert timedelta(seconds=110) < stage.connection.paused_until - clock.now() <= timedelta(seconds=120)
    assert len(stage.system.seen) == calls == 1
    stage.connection.paused_until = None
    stage.connection.save(update_fields=["paused_until"])
    converge()
    assert tell(grant) == (S.ACTIVE, True)


def test_missing_permissions_are_shown_at_the_connection_until_it_works_again(stage):
    stage.system.faults = [base.NotAllowed("It may not add members.", missing=["Group.ReadWrite"])]
    grant = stage.give(stage.team)
    converge()
    stage.connection.refresh_from_db()
    assert (stage.connection.state, stage.connection.missing) == ("failing", ["Group.ReadWrite"])

    again(grant)

    stage.connection.refresh_from_db()
    assert (stage.connection.state, stage.connection.missing, stage.connection.last_error) == ("working", [], "")


def test_a_fault_of_a_connector_does_not_hold_up_the_others(stage):
    stage.system.faults = [ZeroDivisionError()]
    first = stage.give(stage.team)
    second = stage.give(a_team(stage, "t2"))

    converge()

    assert tell(first)[0] == S.PENDING
    assert first.last_error == "Something unexpected went wrong: ZeroDivisionError."
    assert tell(second) == (S.ACTIVE, True)


def a_team(stage, name):
    return type(stage.team).objects.create(name=name, kind="team", connection=stage.connection, external_id=name)


def test_what_is_not_settled_is_looked_at_again(stage):
    stage.system.settles = False
    grant = stage.give(stage.team)
    converge()
    assert tell(grant) == (S.PENDING, True)
    assert grant.account == ACCOUNT

    stage.system.settles = True

    assert again(grant) == (S.ACTIVE, True)


def test_nothing_is_called_for_a_connection_that_is_switched_off(stage):
    grant = stage.give(stage.team)
    type(stage.connection).objects.filter(pk=stage.connection.pk).update(is_active=False)

    converge()

    assert tell(grant) == (S.PENDING, False)
    assert stage.system.seen == []


def test_two_workers_never_take_the_same_grant(stage):
    stage.give(stage.team)
    robot = reconciler.robot()

    jobs = [reconciler.claim(stage.connection, robot), reconciler.claim(stage.connection, robot)]

    assert [job is None for job in jobs] == [False, True]


def test_the_other_company_is_left_alone(stage, rival):
    with rival.enter():
        bait = set_up(rival, stage.system)
        bait.team.external_id = "t9"
        bait.team.save()
        grant = bait.give(bait.team)

    stage.open()

    with rival.enter():
        assert tell(grant) == (S.PENDING, False)
        assert not ConnectorCall.objects.exists()
    assert set(stage.system.rooms) == {"t1"}


@pytest.mark.parametrize("role", ["program_manager", "owner"])
def test_what_the_program_gives_to_all_comes_with_onboarding(stage, role):
    type(stage.team).objects.filter(pk=stage.team.pk).update(is_given_to_all=True)

    given = grants.open_grants(assignment=stage.assignment, actor=stage.actor(role))
    again_given = grants.open_grants(assignment=stage.assignment, actor=stage.actor(role))

    assert [grant.what for grant in given] == ["Portal", "Team"]
    assert [grant.pk for grant in again_given] == [grant.pk for grant in given]
