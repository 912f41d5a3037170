"""Microsoft 365 end to end on a bad day: throttled, away, silent, of two minds, half done. Nothing lost, nothing twice."""

from datetime import timedelta
from itertools import product

import pytest

from tests.workflows.access_stage import S, converge, tell
from tests.workflows.fake_graph import FakeGraph
from tests.workflows.graph_stage import Directory365, mail
from tests.workflows.outside import stand_at
from workflows.connectors import base
from workflows.engine import clock
from workflows.models import AccessGrant
from workflows.services import reconciler

FAULTS = [{"status": 503}, {"timeout": "before"}, {"timeout": "after"}]
TEAM = r"/groups/[\w-]+/members"


@pytest.fixture
def office(acme, monkeypatch):
    fake = stand_at(monkeypatch, FakeGraph(), "https://graph.microsoft.com/", "https://login.microsoftonline.com/")
    with acme.enter():
        yield Directory365(acme, fake)


def many(office, number):
    """Guests at work whose access to the team is open."""
    works = [office.guest(f"guest{n}") for n in range(number)]
    given = [office.give(work) for work in works]
    office.settle()
    office.fake.seen.clear()
    return works, given


def states(given):
    return [tell(grant)[0] for grant in given]


def test_throttled_the_whole_connection_waits_as_long_as_it_was_told_and_loses_nothing(office):
    given = [office.give(office.guest()), office.give(office.guest("other_freelancer"))]
    office.fake.fail(f"POST {TEAM}.*", 429, retry_after="120")

    converge()
    calls = len(office.fake.seen)
    converge()  # too early: nobody is called

    office.connection.refresh_from_db()
    assert timedelta(seconds=110) < office.connection.paused_until - clock.now() <= timedelta(seconds=120)
    assert len(office.fake.seen) == calls
    office.settle()
    assert [tell(grant) for grant in given] == [(S.ACTIVE, True)] * 2
    assert sorted(office.fake.invitations) == [grant.membership.user.email for grant in given]


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        *product(["POST /invitations", "PATCH /users/.*", f"POST {TEAM}.*"], FAULTS),
        *product(["PATCH /users/.*", f"POST {TEAM}.*"], [{"status": 404}]),
    ],
)
def test_opening_that_fails_anywhere_ends_in_one_guest_in_the_team(office, call, fault):
    grant = office.give(office.guest())
    office.fake.fail(call, **fault)

    converge()
    assert tell(grant)[0] == S.PENDING
    office.settle()

    assert (tell(grant), grant.last_error) == ((S.ACTIVE, True), "")
    assert (office.fake.invitations, office.fake.guests()) == ([mail()], [mail()])
    assert office.members() == [mail()]


@pytest.mark.parametrize("call", [f"DELETE {TEAM}.*", r"PATCH /users/[\w-]+", r"DELETE /users/[\w-]+"])
@pytest.mark.parametrize("fault", [*FAULTS, {"status": 404}])
def test_closing_that_fails_anywhere_ends_closed_and_is_never_called_closed_before(office, call, fault):
    (work,), (grant,) = many(office, 1)
    office.fake.fail(call, **fault)

    office.end(work)
    converge()
    if tell(grant)[0] == S.REVOKED:
        assert (office.members(), office.fake.users) == ([], {})  # a 404 that told the truth
    office.settle()

    assert tell(grant) == (S.REVOKED, False)
    assert (office.members(), office.fake.users) == ([], {})


def test_thirty_that_end_together_leave_in_two_batches(office):
    works, given = many(office, 30)

    for work in works:
        office.end(work)
    converge()

    assert states(given) == [S.REVOKED] * 30
    assert (office.members(), office.fake.users) == ([], {})
    assert office.fake.seen.count("POST /$batch") == 2
    assert sum(call.startswith("DELETE /groups/") for call in office.fake.seen) == 30


def test_throttled_part_of_a_batch_waits_alone(office):
    works, given = many(office, 5)
    slow = given[2]
    tell(slow)
    office.fake.fail(f"DELETE {TEAM}/{slow.account}/.*", 429, retry_after="300")

    for work in works:
        office.end(work)
    converge()

    office.connection.refresh_from_db()
    assert office.connection.paused_until is None
    assert states(given) == [S.REVOKED, S.REVOKED, S.ACTIVE, S.REVOKED, S.REVOKED]
    assert timedelta(seconds=280) < slow.try_at - clock.now() <= timedelta(seconds=300)
    assert "429" in slow.last_error
    assert office.members() == [slow.membership.user.email]
    before = len(office.fake.seen)
    converge()
    assert len(office.fake.seen) == before
    office.pass_time(minutes=6)
    office.settle()
    assert states(given) == [S.REVOKED] * 5
    assert sum(call.startswith("DELETE /groups/") for call in office.fake.seen) == 6


def test_part_of_a_batch_that_is_forbidden_names_the_permission_and_the_others_are_done(office):
    works, given = many(office, 3)
    tell(given[1])
    office.fake.fail(f"DELETE {TEAM}/{given[1].account}/.*", 403)

    for work in works:
        office.end(work)
    converge()

    assert states(given) == [S.REVOKED, S.ACTIVE, S.REVOKED]
    assert "does not allow" in given[1].last_error


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": "60"}, {"status": 503}, {"timeout": "before"}])
def test_batch_that_fails_as_a_whole_is_sent_again_as_a_whole(office, fault):
    works, given = many(office, 4)
    office.fake.fail(r"POST /\$batch", **fault)

    for work in works:
        office.end(work)
    converge()
    assert states(given) == [S.ACTIVE] * 4
    office.settle()

    assert states(given) == [S.REVOKED] * 4
    assert sum(call.startswith("DELETE /groups/") for call in office.fake.seen) == 4


def test_batch_whose_answer_was_lost_is_not_believed_until_the_directory_was_asked(office):
    works, given = many(office, 4)
    office.fake.fail(r"POST /\$batch", timeout="after")

    for work in works:
        office.end(work)
    converge()
    assert (office.members(), states(given)) == ([], [S.ACTIVE] * 4)  # it happened, and nobody knows
    office.settle()

    assert states(given) == [S.REVOKED] * 4
    deleted = [call for call in office.changes() if call.startswith("DELETE /users/")]
    assert len(deleted) == len(set(deleted)) == 4


def test_part_that_one_copy_of_the_directory_denies_is_not_called_closed(office):
    """The 404 twin: one copy says "no such membership" while another still lists it."""
    works, given = many(office, 3)
    tell(given[0])
    office.fake.fail(f"DELETE {TEAM}/{given[0].account}/.*", 404)
    office.fake.fail(f"DELETE {TEAM}/{given[0].account}/.*", 404)  # asked again at once, it denies it again

    for work in works:
        office.end(work)
    converge()

    assert states(given) == [S.ACTIVE, S.REVOKED, S.REVOKED]
    assert office.members() == [given[0].membership.user.email]
    office.settle()
    assert states(given) == [S.REVOKED] * 3
    assert office.members() == []


def test_worker_that_died_after_its_batch_is_followed_and_each_guest_is_deleted_once(office):
    works, given = many(office, 4)
    for work in works:
        office.end(work)
    connector = base.connector_for(office.connection)
    jobs = reconciler._claim_some(office.connection, connector, reconciler.robot())
    assert len(jobs) == 4

    reconciler._close_together(jobs, connector, reconciler.robot())  # and then the worker is gone
    converge()
    assert states(given) == [S.ACTIVE] * 4  # the leases still hold

    AccessGrant.objects.update(try_at=clock.now() - timedelta(seconds=1))
    converge()

    assert states(given) == [S.REVOKED] * 4
    assert office.fake.users == {}
    assert sum(call.startswith("DELETE /users/") for call in office.fake.seen) == 4


def test_permission_taken_away_is_named_on_the_connection_until_it_is_back(office):
    office.fake.roles.remove("GroupMember.ReadWrite.All")
    grant = office.give(office.guest())

    converge()

    office.connection.refresh_from_db()
    assert (office.connection.state, office.connection.missing) == ("failing", ["GroupMember.ReadWrite.All"])
    office.fake.roles.append("GroupMember.ReadWrite.All")
    office.settle()
    office.connection.refresh_from_db()
    assert (tell(grant), office.connection.state) == ((S.ACTIVE, True), "working")
