"""Microsoft 365 end to end: a grant is given, the reconciler works, and the directory is as the grants say. Once."""

from datetime import UTC, datetime

import pytest

from freelance_hub.models import Event
from talent.services import assignments
from tests.factories.talent import hire
from tests.workflows.access_stage import S, converge, tell
from tests.workflows.fake_graph import FakeGraph
from tests.workflows.graph_stage import SKU, Directory365, mail
from tests.workflows.outside import stand_at
from workflows.models import AccessGrant, Drift
from workflows.services import drift, grants, reconciler


@pytest.fixture
def office(acme, monkeypatch):
    fake = stand_at(monkeypatch, FakeGraph(), "https://graph.microsoft.com/", "https://login.microsoftonline.com/")
    with acme.enter():
        yield Directory365(acme, fake)


def test_guest_is_invited_and_is_in_the_team_the_group_and_has_the_licence(office):
    given = office.give(office.guest(), office.team, office.group, office.licence)

    converge()

    assert [tell(grant) for grant in given] == [(S.ACTIVE, True)] * 3
    account = given[0].account
    assert {grant.account for grant in given} == {account}
    assert office.fake.invitations == [mail()]
    assert (office.members(), office.members(office.group)) == ([mail()], [mail()])
    assert [one["skuId"] for one in office.fake.users[account]["assignedLicenses"]] == [SKU]
    assert Event.objects.filter(kind="access.granted", payload__system="resource").count() == 3


def test_second_round_calls_nobody(office):
    office.give(office.guest())
    converge()
    before = len(office.fake.seen)

    converge()

    assert len(office.fake.seen) == before


def test_team_that_shows_the_guest_a_day_later_is_open_a_day_later(office):
    office.fake.team_lag = True
    grant = office.give(office.guest())
    converge()
    assert tell(grant) == (S.PENDING, True)

    office.fake.in_teams[office.team.external_id] = list(office.fake.groups[office.team.external_id])
    office.settle()

    assert tell(grant) == (S.ACTIVE, True)
    assert office.changes().count("POST /invitations") == 1


def test_end_of_the_assignment_takes_everything_and_deletes_the_guest_last(office):
    given = office.give(work := office.guest(), office.team, office.group, office.licence)
    converge()
    account = tell(given[0]) and given[0].account
    office.fake.seen.clear()

    office.end(work)
    converge()

    assert [tell(grant) for grant in given] == [(S.REVOKED, False)] * 3
    assert (office.members(), office.members(office.group)) == ([], [])
    changes = office.changes()
    assert changes.index(f"DELETE /users/{account}") == len(changes) - 1
    assert office.fake.deleted[account]["accountEnabled"] is False
    assert {grant.revoked_by for grant in given} == {"Microsoft 365"}


def test_sessions_of_an_employee_of_the_directory_end_with_the_last_access(office):
    """A freelancer with an account of the client's own: it stays, its sessions do not."""
    office.fake.add_user(mail())
    given = office.give(work := office.guest(), office.team, office.group)
    converge()

    office.end(work)
    converge()

    assert [tell(grant)[0] for grant in given] == [S.REVOKED] * 2
    assert office.fake.revoked == [mail()]
    assert [user["mail"] for user in office.fake.users.values()] == [mail()]


def test_pause_takes_out_and_lets_in_again_without_touching_the_account(office):
    grant = office.give(work := office.guest())
    converge()
    boss = office.company.actor("program_manager")

    assignments.suspend_assignment(assignment=work, reason="Pause.", actor=boss)
    converge()
    assert (tell(grant), office.members()) == ((S.SUSPENDED, False), [])
    assignments.resume_assignment(assignment=work, actor=boss)
    converge()

    assert (tell(grant), office.members()) == ((S.ACTIVE, True), [mail()])
    assert office.fake.invitations == [mail()]
    assert office.fake.deleted == {}


def test_what_another_assignment_gives_too_stays_open(office):
    first = office.guest()
    other = hire(office.company, freelancer=first.freelancer)
    grant, second = office.give(first), office.give(other)
    converge()

    office.end(first)
    converge()

    assert (tell(grant), tell(second)) == ((S.REVOKED, False), (S.ACTIVE, True))
    assert office.members() == [mail()]
    assert (grant.revoked_by, grant.revoked_how) == ("Reconciler", "hub")
    told = Event.objects.get(kind="access.revoked", subject_id=grant.pk)
    assert told.payload["reason"] == f"{other.ref} gives it still."
    office.end(other)
    converge()
    assert (tell(second)[0], office.members(), office.fake.users) == (S.REVOKED, [], {})


def test_both_assignments_that_end_together_close_it(office):
    first = office.guest()
    other = hire(office.company, freelancer=first.freelancer)
    given = [office.give(first), office.give(other)]
    converge()

    office.end(first)
    office.end(other)
    office.settle()

    assert [tell(grant)[0] for grant in given] == [S.REVOKED] * 2
    assert (office.members(), office.fake.users) == ([], {})


def test_who_was_added_by_hand_is_reported_and_not_touched(office):
    office.give(office.guest())
    stranger = office.fake.add_user("max@elsewhere.example", userType="Guest")
    colleague = office.fake.add_user("kim@acme.example")
    office.fake.groups[office.team.external_id] += [stranger, colleague]

    converge()

    found = Drift.objects.get()
    assert (found.kind, found.account, found.resource) == (Drift.Kind.UNKNOWN, stranger, office.team)
    assert office.members() == sorted(["kim@acme.example", "max@elsewhere.example", mail()])
    drift.remove(drift=found, actor=office.company.actor("program_manager"))
    assert office.members() == sorted(["kim@acme.example", mail()])
    assert stranger in office.fake.users


def test_who_was_removed_by_hand_is_reported_and_comes_back_only_when_somebody_says_so(office):
    grant = office.give(office.guest())
    converge()
    tell(grant)
    office.fake.groups[office.team.external_id].remove(grant.account)
    AccessGrant.objects.update(granted_at=datetime(2026, 1, 1, tzinfo=UTC))
    type(office.connection).objects.update(reconciled_at=None)

    converge()
    found = Drift.objects.get()
    assert (found.kind, found.account, office.members()) == (Drift.Kind.MISSING, grant.account, [])
    drift.open_again(drift=found, actor=office.company.actor("program_manager"))
    converge()

    assert (tell(grant), office.members()) == ((S.ACTIVE, True), [mail()])


def test_last_use_is_read_once_a_day_and_stays_with_the_grant(office):
    seen, never = office.give(office.guest()), office.give(office.guest("other_freelancer"))
    converge()
    tell(seen)
    office.fake.activity[seen.account] = {"lastSignInDateTime": "2026-01-02T03:04:05Z"}
    type(office.connection).objects.update(usage_asked_at=None)
    AccessGrant.objects.update(usage_read_at=None)

    converge()
    batches = office.fake.seen.count("POST /$batch")
    converge()

    seen.refresh_from_db()
    never.refresh_from_db()
    assert seen.last_used_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (never.last_used_at, never.usage_read_at is None) == (None, False)
    assert office.fake.seen.count("POST /$batch") == batches


def test_use_that_may_not_be_read_is_unknown_and_breaks_nothing(office):
    grant = office.give(office.guest())
    converge()
    tell(grant)
    office.fake.fail(f"GET /users/{grant.account}", 403)
    type(office.connection).objects.update(usage_asked_at=None)
    AccessGrant.objects.update(usage_read_at=None)

    converge()
    converge()

    office.connection.refresh_from_db()
    assert tell(grant) == (S.ACTIVE, True)
    assert (grant.usage_read_at, office.connection.state) == (None, "working")


def test_held_back_by_people_is_out_and_a_resumed_one_in_again(office):
    grant = office.give(office.guest())
    converge()

    grants.suspend_grant(grant=grant, reason="No answer.", actor=office.company.actor("owner"))
    converge()
    assert (tell(grant), office.members()) == ((S.SUSPENDED, False), [])
    grants.resume_grant(grant=grant, actor=office.company.actor("owner"))
    converge()

    assert (tell(grant), office.members()) == ((S.ACTIVE, True), [mail()])
    assert reconciler.due_connections() == []
