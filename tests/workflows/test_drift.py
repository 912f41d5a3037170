"""Who was added or removed by hand is found, told, and touched only when a person says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.permissions import Refused
from tests.workflows.access_stage import S, converge, tell
from workflows.connectors import base
from workflows.models import AccessGrant, Connection, Drift
from workflows.services import drift as services

ACCOUNT = "id-freelancer@acme.example"


@pytest.fixture
def grant(stage):
    """An access that has been open for an hour."""
    made = stage.open()
    AccessGrant.objects.filter(pk=made.pk).update(granted_at=timezone.now() - timedelta(hours=1))
    return made


def look():
    """The next quarter of an hour."""
    Connection.objects.update(reconciled_at=timezone.now() - timedelta(minutes=16))
    converge()
    return list(Drift.objects.filter(ended_at=None).order_by("pk"))


def stray(stage):
    stage.system.rooms["t1"]["stray"] = "Stella Stray"
    [found] = look()
    return found


def test_all_in_order_is_no_difference(stage, grant):
    assert look() == []


def test_who_was_added_by_hand_is_reported_once_and_left_alone(stage, grant):
    effects = list(stage.system.effects)
    stage.system.rooms["t1"]["stray"] = "Stella Stray"

    found = look()
    again = look()

    assert [(one.kind, one.account, one.label) for one in found] == [("unknown", "stray", "Stella Stray")]
    assert again == found
    assert stage.system.effects == effects
    assert set(stage.system.rooms["t1"]) == {ACCOUNT, "stray"}


def test_a_difference_that_is_gone_ends_by_itself(stage, grant):
    found = stray(stage)
    del stage.system.rooms["t1"]["stray"]

    assert look() == []

    found.refresh_from_db()
    assert (found.ended_by, found.resolution) == ("Reconciler", "No longer so.")


def test_who_was_removed_by_hand_is_reported_and_not_let_in_again(stage, grant):
    del stage.system.rooms["t1"][ACCOUNT]

    [found] = look()

    assert (found.kind, found.account) == ("missing", ACCOUNT)
    assert stage.system.rooms["t1"] == {}


def test_people_of_the_connected_company_are_none_of_our_business(stage, grant, monkeypatch):
    accounts = [base.Account("boss", is_guest=False), base.Account(ACCOUNT)]
    monkeypatch.setattr("tests.workflows.a_system.SystemConnector.members", lambda *_: accounts)

    assert look() == []


def test_what_was_closed_just_now_is_no_difference(stage, grant):
    stage.end()
    converge()
    stage.system.rooms["t1"][ACCOUNT] = "seen a little too long"

    assert look() == []


def test_taking_over_makes_a_grant_that_ends_with_the_assignment(stage, grant):
    AccessGrant.objects.filter(pk=grant.pk).update(state="revoked", revoked_at=timezone.now() - timedelta(hours=1))
    found = look()[0]
    assert (found.kind, found.account) == ("unknown", ACCOUNT)

    taken = services.adopt(
        drift=found, assignment=stage.assignment, reason="It is right so.", actor=stage.actor("program_manager")
    )
    converge()

    assert tell(taken) == (S.ACTIVE, True)
    assert (taken.account, stage.system.effects) == (ACCOUNT, [("open", "t1", ACCOUNT)])
    stage.end()
    converge()
    assert stage.system.rooms["t1"] == {}


def test_taking_out_calls_the_other_system_once(stage, grant):
    found = stray(stage)

    services.remove(drift=found, actor=stage.actor("program_manager"))

    assert set(stage.system.rooms["t1"]) == {ACCOUNT}
    assert found.resolution == "Taken out."
    with pytest.raises(Refusal, match="seen to this already"):
        services.remove(drift=found, actor=stage.actor("owner"))


def test_a_system_that_says_no_is_told_and_the_difference_stays(stage, grant):
    found = stray(stage)
    stage.system.faults = [base.NotAllowed("It may not remove owners.")]

    with pytest.raises(Refusal, match="may not remove owners"):
        services.remove(drift=found, actor=stage.actor("program_manager"))

    assert Drift.objects.get(pk=found.pk).ended_at is None


def test_left_as_it_is_it_is_not_reported_again(stage, grant):
    found = stray(stage)
    with pytest.raises(Refusal, match="why it may stay"):
        services.leave_as_it_is(drift=found, reason=" ", actor=stage.actor("program_manager"))

    services.leave_as_it_is(drift=found, reason="A service account.", actor=stage.actor("program_manager"))

    assert look() == []


def test_opening_again_lets_the_reconciler_do_it(stage, grant):
    del stage.system.rooms["t1"][ACCOUNT]
    [found] = look()

    services.open_again(drift=found, actor=stage.actor("program_manager"))
    converge()

    assert set(stage.system.rooms["t1"]) == {ACCOUNT}
    assert tell(grant) == (S.ACTIVE, True)


def test_staying_out_ends_the_grant(stage, grant):
    del stage.system.rooms["t1"][ACCOUNT]
    [found] = look()

    services.end_grant(drift=found, actor=stage.actor("program_manager"))
    converge()

    assert tell(grant) == (S.REVOKED, False)


@pytest.mark.parametrize("role", ["hiring_manager", "viewer", "compliance"])
def test_only_who_manages_accesses_decides(stage, grant, role):
    found = stray(stage)

    for decide in (services.remove, services.open_again, services.end_grant):
        with pytest.raises(Refused):
            decide(drift=found, actor=stage.actor(role))

    assert Drift.objects.get(pk=found.pk).ended_at is None


def test_a_connection_that_is_away_is_looked_at_later_and_nobody_is_reported(stage, grant, monkeypatch):
    def away(*_):
        raise base.TryLater("Away.", seconds=60)

    monkeypatch.setattr("tests.workflows.a_system.SystemConnector.members", away)

    assert look() == []

    stage.connection.refresh_from_db()
    assert stage.connection.paused_until is not None
