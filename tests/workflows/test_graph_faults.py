"""Microsoft 365 on a bad day: throttled, away, silent, of two minds. Asking again ends well, and nobody is invited twice."""

import random
from datetime import datetime, timedelta

import pytest
from django.db.models import F

from tests.workflows.fake_graph import CLIENT, DIRECTORY, SECRET, FakeGraph
from tests.workflows.outside import ANA, connect, resource, stand_at
from workflows.connectors.base import Closing, ConnectorError, Person, TryLater, connector_for
from workflows.connectors.calls import retry_after
from workflows.connectors.graph_client import GraphError
from workflows.models import ConnectorCall

KEY = "grant-1"
STEPS = ("POST /invitations", "PATCH /users/.*", "POST /groups/.*", "GET /users", "GET /teams/.*")


@pytest.fixture
def fake(monkeypatch):
    return stand_at(monkeypatch, FakeGraph(), "https://graph.microsoft.com/", "https://login.microsoftonline.com/")


@pytest.fixture
def connection(acme, fake):
    with acme.enter():
        yield connect("graph", {"tenant": DIRECTORY, "client_id": CLIENT}, SECRET)


@pytest.fixture
def team(connection, fake):
    return resource(connection, fake.add_group("Design", team=True))


def pass_time(fake, **span):
    """Everything that happened was that much earlier."""
    ago = timedelta(**span)
    ConnectorCall.objects.update(at=F("at") - ago)
    for user in fake.users.values():
        made = datetime.fromisoformat(user["createdDateTime"]) - ago
        user["createdDateTime"] = made.isoformat().replace("+00:00", "Z")


def open_until_done(connection, fake, team, person, *, rounds=8):
    """Ask as the reconciler does until it is settled; returns the account and how often that took another look."""
    account = ""
    for looks in range(rounds):
        try:
            opened = connector_for(connection).open(team, person, account=account, key=KEY)
            account = opened.account
            if opened.is_settled:
                return account, looks
        except TryLater:
            pass
        pass_time(fake, seconds=30)
    raise AssertionError("It never ended.")


@pytest.mark.parametrize(("said", "seconds"), [("17", 17.0), ("", None)])
def test_throttling_says_when_to_come_back(connection, fake, team, said, seconds):
    fake.fail("POST /groups/.*", 429, retry_after=said)

    with pytest.raises(TryLater) as told:
        connector_for(connection).open(team, ANA, account="", key=KEY)

    assert told.value.seconds == seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0.5", 0.5),
        ("-3", 0.0),
        ("99999", 3600.0),
        ("Thu, 01 Jan 2099 00:00:00 GMT", 3600.0),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_wait_is_read_however_it_is_written(said, seconds):
    assert retry_after({"Retry-After": said}) == seconds


@pytest.mark.parametrize("call", STEPS)
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"timeout": "before"}, {"timeout": "after"}])
def test_fault_at_any_step_is_over_when_asked_again(connection, fake, team, call, fault):
    fake.fail(call, **fault)

    account, looks = open_until_done(connection, fake, team, ANA)

    assert looks >= 1
    assert fake.groups[team.external_id] == [account]
    assert fake.invitations == [ANA.email]
    assert fake.guests() == [ANA.email]
    assert fake.users[account]["employeeType"] == "Freelance Hub guest"  # ours, so that it is removed in the end


@pytest.mark.parametrize("lag", [1, 3, 8, 20])
def test_copies_of_the_directory_that_lag_lead_to_no_second_invitation(connection, fake, team, lag):
    fake.lag = lag

    account, looks = open_until_done(connection, fake, team, ANA, rounds=25)

    assert looks >= 1
    assert fake.groups[team.external_id] == [account]
    assert fake.invitations == [ANA.email]


def test_licence_of_a_guest_who_is_not_known_everywhere_waits(connection, fake):
    sku = "c7df2760-2c81-4ef7-b578-5b5392b571df"
    fake.skus[sku] = ["E5", 3]
    fake.lag = 5
    connection.settings["usage_location"] = "DE"
    licence = resource(connection, sku, kind="licence")

    account, looks = open_until_done(connection, fake, licence, ANA, rounds=25)

    assert looks >= 1
    assert [one["skuId"] for one in fake.users[account]["assignedLicenses"]] == [sku]
    assert fake.users[account]["employeeType"] == "Freelance Hub guest"


def test_lost_answer_and_a_lagging_copy_together(connection, fake, team):
    fake.lag = 6
    fake.fail("POST /invitations", timeout="after")

    account, _ = open_until_done(connection, fake, team, ANA, rounds=25)

    assert fake.groups[team.external_id] == [account]
    assert fake.guests() == [ANA.email]


def test_two_grants_of_one_person_are_one_invitation(connection, fake, team):
    fake.lag = 4
    other = resource(connection, fake.add_group("Print"), kind="group")
    for _ in range(10):
        for place, key in ((team, "grant-1"), (other, "grant-2")):
            try:
                connector_for(connection).open(place, ANA, account="", key=key)
            except TryLater:
                pass_time(fake, seconds=10)

    assert fake.invitations == [ANA.email]
    assert fake.groups[team.external_id] == fake.groups[other.external_id] == list(fake.users)


def test_invitation_that_was_refused_is_no_invitation(connection, fake, team):
    fake.fail("POST /invitations", 400)
    with pytest.raises(GraphError, match="POST /invitations"):
        connector_for(connection).open(team, ANA, account="", key=KEY)

    connector_for(connection).open(team, ANA, account="", key=KEY)

    assert fake.invitations == [ANA.email]


def test_half_done_batch_says_who_is_left(connection, fake):
    people = [fake.add_user(f"p{n}@free.example", userType="Guest") for n in range(5)]
    team = resource(connection, fake.add_group("Design", *people, team=True))
    fake.fail(f"DELETE /groups/{team.external_id}/members/{people[1]}/.*", 429, retry_after="9")
    fake.fail(f"DELETE /groups/{team.external_id}/members/{people[3]}/.*", 403)

    closings = [Closing(id=one, resource=team, person=ANA, account=one) for one in people]
    results = connector_for(connection).close_many(closings)

    assert [type(results[one]).__name__ for one in people] == [
        "NoneType",
        "TryLater",
        "NoneType",
        "NotAllowed",
        "NoneType",
    ]
    assert results[people[1]].seconds == 9.0
    assert fake.groups[team.external_id] == [people[1], people[3]]
    assert connector_for(connection).close_many(closings) == dict.fromkeys(people)


def test_closing_that_one_copy_denies_is_not_believed(connection, fake, team):
    """404 from a copy that does not know the membership yet, while another lists it."""
    account = connector_for(connection).open(team, ANA, account="", key=KEY).account
    fake.fail("DELETE /groups/.*", 404)

    with pytest.raises(TryLater):
        connector_for(connection).close(team, ANA, account=account, key=KEY)
    connector_for(connection).close(team, ANA, account=account, key=KEY)

    assert fake.groups[team.external_id] == []


@pytest.mark.parametrize("call", ["PATCH /users/.*", "DELETE /users/.*"])
@pytest.mark.parametrize("fault", [{"status": 503}, {"timeout": "after"}])
def test_leaving_half_done_is_finished_or_taken_back(connection, fake, team, call, fault):
    account = connector_for(connection).open(team, ANA, account="", key=KEY).account
    fake.fail(call, **fault)

    with pytest.raises(TryLater):
        connector_for(connection).leave(ANA, account=account, key=KEY)
    assert open_until_done(connection, fake, team, ANA) == (account, 0)
    assert fake.users[account]["accountEnabled"] is True
    for _ in range(2):
        connector_for(connection).leave(ANA, account=account, key=KEY)

    assert list(fake.deleted) == [account]


def test_token_that_microsoft_takes_back_is_told(connection, fake, team):
    fake.fail("GET /users", 401)

    with pytest.raises(ConnectorError, match="does not accept the application's token"):
        connector_for(connection).open(team, ANA, account="", key=KEY)


@pytest.mark.parametrize("outside", ["https://evil.example/next", "https://graph.microsoft.com.evil.example/v1.0/x"])
def test_next_page_elsewhere_is_not_asked(connection, fake, team, monkeypatch, outside):
    monkeypatch.setattr(fake, "_page", lambda path, found, query: (200, {"value": [], "@odata.nextLink": outside}))

    with pytest.raises(ConnectorError, match="outside of itself"):
        connector_for(connection).members(team)


@pytest.mark.parametrize("seed", range(6))
def test_many_people_and_faults_end_with_exactly_who_is_wanted(connection, fake, seed):
    """Rounds of a reconciler: what is wanted changes, calls fail, and in the end all is as it should be."""
    chance = random.Random(seed)
    employee, stranger = fake.add_user("boss@acme.example"), fake.add_user("old@free.example", userType="Guest")
    rooms = [
        resource(connection, fake.add_group(name, employee, stranger, team=True), name=name) for name in ("A", "B", "C")
    ]
    people = [Person(f"p{n}@free.example", f"P {n}") for n in range(6)]
    wanted, known = set(), {}
    fake.lag = chance.randrange(4)
    for turn in range(14):
        if turn < 8:
            wanted = {(room, one) for room in rooms for one in people if chance.random() < 0.5}
            for _ in range(5):
                fault = chance.choice([{"status": 429, "retry_after": "2"}, {"status": 503}, {"timeout": "before"}])
                fake.fail(chance.choice([*STEPS, "DELETE .*"]), **chance.choice([fault, {"timeout": "after"}]))
        reconcile(connection, rooms, people, wanted, known)
        pass_time(fake, minutes=2)
        fake.faults = [fault for fault in fake.faults if turn < 8 and fault.times]

    mail = {user: one["mail"] for user, one in fake.users.items()}
    for room in rooms:
        inside = {mail[user] for user in fake.groups[room.external_id]}
        assert inside == {"boss@acme.example", "old@free.example"} | {one.email for at, one in wanted if at == room}
    assert sorted(fake.guests()) == sorted({"old@free.example", *(one.email for _, one in wanted)})
    assert sorted(fake.invitations) == sorted(set(fake.invitations))
    assert all(fake.users[user]["accountEnabled"] for user in fake.users)


def reconcile(connection, rooms, people, wanted, known):
    """One look at everything, as the product's own reconciler does; what fails waits for the next look."""
    connector = connector_for(connection)
    for room in rooms:
        for person in people:
            try:
                if (room, person) in wanted:
                    known[person] = connector.open(room, person, account=known.get(person, ""), key="k").account
                else:
                    connector.close(room, person, account=known.get(person, ""), key="k")
            except TryLater:
                continue
    for person in people:
        try:
            if person in known and person not in {one for _, one in wanted}:
                connector.leave(person, account=known[person], key="k")
        except TryLater:
            continue
