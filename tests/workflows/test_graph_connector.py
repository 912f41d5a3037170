"""Microsoft 365: who is invited, let in, taken out and brought back, held to Microsoft's own description of Graph."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.workflows.contracts import contract, hold_to_contract, needs_contract
from tests.workflows.fake_graph import CLIENT, DIRECTORY, ROOT, SECRET, FakeGraph
from tests.workflows.outside import ANA, connect, resource, stand_at
from workflows.connectors.base import Closing, ConnectorError, NotAllowed, Person, connector_for
from workflows.models import ConnectorCall

SETTINGS = {"tenant": DIRECTORY, "client_id": CLIENT, "usage_location": "DE", "language": "de-DE"}
KEY = "grant-1"


@pytest.fixture
def fake(monkeypatch):
    return stand_at(monkeypatch, FakeGraph(), "https://graph.microsoft.com/", "https://login.microsoftonline.com/")


@pytest.fixture
def connection(acme, fake):
    with acme.enter():
        yield connect("graph", SETTINGS, SECRET)


def graph(connection):
    return connector_for(connection)


def test_guest_is_invited_marked_and_put_into_the_group_of_the_team(connection, fake):
    team = resource(connection, fake.add_group("Design", team=True))

    opened = graph(connection).open(team, ANA, account="", key=KEY)

    assert opened.is_settled
    assert fake.invitations == [ANA.email]
    guest = fake.users[opened.account]
    assert (guest["mail"], guest["userType"], guest["employeeType"]) == (ANA.email, "Guest", "Freelance Hub guest")
    assert fake.groups[team.external_id] == [opened.account]
    assert not [
        call for call in fake.seen if call.startswith("POST /teams/")
    ]  # not for guests, with application sign-in


def test_opening_twice_changes_nothing(connection, fake):
    team = resource(connection, fake.add_group("Design", team=True))

    first = graph(connection).open(team, ANA, account="", key=KEY)
    again = graph(connection).open(team, ANA, account=first.account, key=KEY)
    unknown = graph(connection).open(team, ANA, account="", key=KEY)

    assert first == again == unknown
    assert fake.invitations == [ANA.email]
    assert fake.groups[team.external_id] == [first.account]


def test_team_that_does_not_show_the_guest_yet_is_not_settled(connection, fake):
    fake.team_lag = True
    team = resource(connection, fake.add_group("Design", team=True))

    assert not graph(connection).open(team, ANA, account="", key=KEY).is_settled

    fake.in_teams[team.external_id] = list(fake.groups[team.external_id])
    assert graph(connection).open(team, ANA, account="", key=KEY).is_settled


@pytest.mark.parametrize("kind", ["site", "group"])
def test_site_and_group_are_their_group(connection, fake, kind):
    place = resource(connection, fake.add_group("Files"), kind=kind)

    opened = graph(connection).open(place, ANA, account="", key=KEY)

    assert fake.groups[place.external_id] == [opened.account]


def test_known_person_is_found_by_any_address_and_not_invited(connection, fake):
    user = fake.add_user("ana.ruiz@acme.example", otherMails=[ANA.email])
    team = resource(connection, fake.add_group("Design", team=True))

    assert graph(connection).open(team, ANA, account="", key=KEY).account == user
    assert fake.invitations == []
    assert "employeeType" not in fake.users[user]


def test_address_with_a_quote_is_asked_for_as_it_is(connection, fake):
    person = Person(email="o'neil@free.example", name="O'Neil")
    user = fake.add_user(person.email, userType="Guest")
    team = resource(connection, fake.add_group("Design", team=True))

    assert graph(connection).open(team, person, account="", key=KEY).account == user


def test_closing_takes_out_of_the_group_and_never_deletes_the_person(connection, fake):
    team = resource(connection, fake.add_group("Design", team=True))
    account = graph(connection).open(team, ANA, account="", key=KEY).account

    for _ in range(2):
        graph(connection).close(team, ANA, account=account, key=KEY)
    graph(connection).close(team, Person("nobody@free.example", "Nobody"), account="", key=KEY)

    assert fake.groups[team.external_id] == []
    assert list(fake.users) == [account]
    assert all(call.endswith("/$ref") for call in fake.seen if call.startswith("DELETE"))


def test_guest_of_ours_is_disabled_and_deleted_and_comes_back_as_the_same(connection, fake):
    team = resource(connection, fake.add_group("Design", team=True))
    account = graph(connection).open(team, ANA, account="", key=KEY).account

    for _ in range(2):
        graph(connection).leave(ANA, account=account, key=KEY)

    assert fake.users == {}
    assert fake.deleted[account]["accountEnabled"] is False
    assert fake.revoked == []  # Graph cannot, for guests

    for known in (account, ""):
        graph(connection).leave(ANA, account=account, key=KEY)
        back = graph(connection).open(team, ANA, account=known, key="grant-2")
        assert back.account == account
        assert fake.users[account]["accountEnabled"] is True
    assert fake.invitations == [ANA.email]


def test_guest_whom_somebody_else_invited_stays(connection, fake):
    old = fake.add_user(ANA.email, userType="Guest", createdDateTime="2020-01-01T00:00:00Z")
    team = resource(connection, fake.add_group("Design", team=True))
    graph(connection).open(team, ANA, account="", key=KEY)

    graph(connection).close(team, ANA, account=old, key=KEY)
    graph(connection).leave(ANA, account=old, key=KEY)

    assert fake.users[old]["accountEnabled"] is True
    assert fake.groups[team.external_id] == []


def test_sessions_of_an_employee_end_and_the_account_stays(connection, fake):
    user = fake.add_user(ANA.email)

    graph(connection).leave(ANA, account=user, key=KEY)

    assert fake.revoked == [ANA.email]
    assert fake.users[user]["accountEnabled"] is True


@pytest.mark.parametrize("how", ["disabled", "deleted"])
def test_what_somebody_closed_by_hand_is_not_opened_again(connection, fake, how):
    team = resource(connection, fake.add_group("Design", team=True))
    account = graph(connection).open(team, ANA, account="", key=KEY).account
    if how == "disabled":
        fake.users[account]["accountEnabled"] = False
    else:
        fake.delete_user(account, None, None)

    with pytest.raises(ConnectorError, match=how):
        graph(connection).open(team, ANA, account=account, key=KEY)
    assert fake.invitations == [ANA.email]


def test_members_are_read_page_by_page_with_who_is_a_guest(connection, fake):
    fake.page_size = 2
    people = [fake.add_user(f"p{n}@acme.example", userType="Guest" if n % 2 else "Member") for n in range(5)]
    team = resource(connection, fake.add_group("Design", *people, team=True))

    found = graph(connection).members(team)

    assert [one.id for one in found] == people
    assert [one.is_guest for one in found] == [False, True, False, True, False]
    assert sum(call.endswith("/members") for call in fake.seen) == 3


def test_licence_is_given_with_a_country_and_taken_back(connection, fake):
    sku = "c7df2760-2c81-4ef7-b578-5b5392b571df"
    fake.skus[sku] = ["ENTERPRISEPREMIUM", 1]
    licence = resource(connection, sku, kind="licence")

    account = graph(connection).open(licence, ANA, account="", key=KEY).account
    graph(connection).open(licence, ANA, account=account, key=KEY)

    assert fake.users[account]["usageLocation"] == "DE"
    assert [one.id for one in graph(connection).members(licence)] == [account]
    with pytest.raises(ConnectorError, match="No ENTERPRISEPREMIUM licence is free: 1 of 1"):
        graph(connection).open(licence, Person("bo@free.example", "Bo"), account="", key="grant-2")
    for _ in range(2):
        graph(connection).close(licence, ANA, account=account, key=KEY)
    assert fake.users[account]["assignedLicenses"] == []


def test_many_leave_twenty_with_a_call(connection, fake):
    people = [fake.add_user(f"p{n}@free.example", userType="Guest") for n in range(45)]
    team = resource(connection, fake.add_group("Design", *people[:44], team=True))

    closings = [Closing(id=f"{one}:close", resource=team, person=ANA, account=one) for one in people]

    results = graph(connection).close_many(closings)

    assert fake.seen.count("POST /$batch") == 3
    assert results == {one.id: None for one in closings}
    assert fake.groups[team.external_id] == []
    assert len(fake.users) == 45


def test_last_activity_of_many(connection, fake):
    seen, never = fake.add_user("a@free.example"), fake.add_user("b@free.example")
    fake.activity[seen] = {
        "lastSignInDateTime": "2026-01-02T03:04:05Z",
        "lastNonInteractiveSignInDateTime": "2026-02-02T03:04:05Z",
    }

    found = graph(connection).last_activity([seen, never, "00000000-gone"])

    assert {account: at.isoformat() for account, at in found.items()} == {seen: "2026-02-02T03:04:05+00:00"}


def test_what_microsoft_has_not_is_said(connection, fake):
    with pytest.raises(ConnectorError, match="knows no group 7777"):
        graph(connection).open(resource(connection, "7777"), ANA, account="", key=KEY)
    with pytest.raises(ConnectorError, match="cannot open a badge"):
        graph(connection).open(resource(connection, "door", kind="badge"), ANA, account="", key=KEY)


def test_calls_are_on_record_without_people_and_with_ids(connection, fake):
    graph(connection).open(resource(connection, fake.add_group("Design", team=True)), ANA, account="", key=KEY)

    calls = list(ConnectorCall.objects.filter(connection=connection).order_by("pk"))

    assert [call.path for call in calls if call.path.startswith("/v1.0/i")] == ["/v1.0/invitations"]
    assert all(call.status for call in calls)
    assert not [call for call in calls if "ana" in call.path or "filter" in call.path]
    asked = [headers["client-request-id"] for headers in fake.headers]
    assert [call.request_id.split()[-1] for call in calls if call.path.startswith("/v1.0")] == asked
    assert all(call.request_id.startswith("ms-") for call in calls if call.path.startswith("/v1.0"))


def test_look_names_the_permissions_that_are_missing(connection, fake):
    assert graph(connection).test().missing == ()
    fake.roles = ["User.ReadWrite.All", "Group.ReadWrite.All"]

    looked = graph(connection).test()

    assert looked.is_working
    assert looked.missing == ("User.DeleteRestore.All", "TeamMember.Read.All")
    assert looked.details == {"last_activity": "Needs AuditLog.Read.All and Entra ID P1."}


@pytest.mark.parametrize(
    ("values", "secret", "words"),
    [
        (SETTINGS, "wrong", "refused the application \\(invalid_client\\)"),
        ({**SETTINGS, "client_id": "b0f7d1c2"}, SECRET, "invalid_client"),
        ({**SETTINGS, "tenant": "elsewhere"}, SECRET, "knows no directory “elsewhere”"),
        ({**SETTINGS, "tenant": "../common"}, SECRET, "is missing or is none"),
        (SETTINGS, "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "certificate cannot be read"),
    ],
)
def test_wrong_credentials_are_told_and_nothing_is_called(acme, fake, values, secret, words):
    with acme.enter():
        wrong = connect("graph", values, secret)

        with pytest.raises(NotAllowed, match=words):
            graph(wrong).members(resource(wrong, "7777"))
        looked = graph(wrong).test()

    assert not looked.is_working
    assert secret not in looked.error
    assert fake.seen == []


def test_application_signs_in_with_a_certificate_too(acme, fake):
    with acme.enter():
        connection = connect("graph", SETTINGS, certificate())

        assert graph(connection).test().is_working


def test_refused_call_names_the_permission(connection, fake):
    fake.roles.remove("GroupMember.ReadWrite.All")
    team = resource(connection, fake.add_group("Design", team=True))

    with pytest.raises(NotAllowed, match=r"Grant GroupMember\.ReadWrite\.All") as refused:
        graph(connection).open(team, ANA, account="", key=KEY)

    assert refused.value.missing == ("GroupMember.ReadWrite.All",)


@needs_contract
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/invitations", {"invitedUserEmailAdress": "x", "inviteRedirectUrl": "https://x.example"}),
        ("POST", "/invitations", {"invitedUserEmailAddress": "x@y.example"}),
        ("POST", "/users/1/assignLicense", {"addLicenses": []}),
        ("DELETE", "/groups/1/members/2", None),
    ],
)
def test_contract_refuses_what_microsoft_does_not_describe(method, path, body):
    assert contract() is not None
    with pytest.raises(Exception, match=r"(?i)request|path|not found"):
        hold_to_contract(method, ROOT + path, body, 204, None, {})


def certificate():
    """A key and its certificate, as a PEM file has them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Freelance Hub")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    made = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    return (key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made).decode()
