"""One predicate decides whether a grant opens anything: every fact under test is changed alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from freelance_hub import access as hub_access
from freelance_hub.models import ApiToken, Membership
from freelance_hub.permissions import SYSTEM_ROLES, Refused
from freelance_hub.services import members
from freelance_hub.services.tokens import create_token
from programs.access import visible_workspaces
from programs.services import workspaces
from talent.models import Assignment
from tests.factories.talent import guest_freelancer, hire
from workflows.access import (
    access_grant,
    facts_hold,
    valid_grants,
    visible_connections,
    visible_drifts,
    visible_grants,
    visible_resources,
)
from workflows.models import AccessGrant
from workflows.services import grants

A, M = Assignment.State, Membership.State


@pytest.fixture
def room(acme):
    """Inside Acme: a guest at work in a room, with portal and room granted."""
    with acme.enter():
        assignment = hire(acme, freelancer=guest_freelancer(acme))
        boss = acme.actor("program_manager")
        assignment.workspace = workspaces.create_workspace(program=assignment.program, name="Room", actor=boss)
        assignment.save(update_fields=["workspace"])
        grants.open_grants(assignment=assignment, actor=boss)
        yield assignment


def opens(acme):
    """What the guest gets now: (portal, rooms)."""
    portal = acme.client("freelancer").get("/t/acme/portal/").status_code
    return portal, [room.name for room in visible_workspaces(acme.actor("freelancer"))]


def sponsor(acme, **changes):
    Membership.objects.filter(pk=acme.people["teammate"].pk).update(**changes)


BREAKS = {
    "suspended grant": lambda grant, _acme: grant.update(state="suspended"),
    "revoked grant": lambda grant, _acme: grant.update(state="revoked", revoked_at=timezone.now()),
    "waiting grant": lambda grant, _acme: grant.update(state="pending"),
    "being closed": lambda grant, _acme: grant.update(close_by=timezone.now()),
    "not begun": lambda grant, _acme: grant.update(starts_at=timezone.now() + timedelta(minutes=1)),
    "over": lambda grant, _acme: grant.update(ends_at=timezone.now() - timedelta(seconds=1)),
    "manager away": lambda _grant, acme: Membership.objects.filter(pk=acme.people["hiring_manager"].pk).update(
        state=M.SUSPENDED
    ),
    "last day over": lambda _grant, _acme: Assignment.objects.update(
        starts_on=timezone.localdate() - timedelta(days=9), ends_on=timezone.localdate() - timedelta(days=1)
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_fact_closes_portal_and_room_at_the_next_request(room, acme, name):
    assert opens(acme) == (200, ["Room"])

    BREAKS[name](AccessGrant.objects.all(), acme)

    assert opens(acme) == (404, [])


@pytest.mark.parametrize("state", A.values)
def test_the_state_of_the_assignment_decides_for_portal_and_room(room, state):
    Assignment.objects.filter(pk=room.pk).update(state=state)

    valid = set(AccessGrant.objects.filter(facts_hold()).values_list("system", flat=True))

    wanted = {"portal"} if state in Assignment.OPENS_PORTAL else set()
    assert valid == wanted | ({"workspace", "portal"} if state in Assignment.OPENS_WORKSPACE else set())


def test_a_sponsor_answers_in_the_managers_place(room, acme):
    AccessGrant.objects.update(sponsor=acme.people["teammate"])
    BREAKS["manager away"](None, acme)
    assert opens(acme) == (200, ["Room"])

    sponsor(acme, state=M.ENDED)

    assert opens(acme) == (404, [])


def test_one_valid_grant_among_others_keeps_the_portal_open(room, acme):
    other = hire(acme, freelancer=room.freelancer)
    grants.open_grants(assignment=other, actor=acme.automation())

    AccessGrant.objects.filter(assignment=room).update(state="suspended")

    assert opens(acme) == (200, [])


def test_who_is_being_onboarded_gets_in_before_the_grant_is_written(room, acme):
    AccessGrant.objects.update(state="revoked", revoked_at=timezone.now())
    assert opens(acme)[0] == 404

    hire(acme, freelancer=room.freelancer, state="onboarding")

    assert opens(acme)[0] == 200


def test_guests_without_any_assignment_are_not_shut_out(room, acme):
    assert acme.client("agency").get("/t/acme/portal/").status_code == 200
    assert acme.client("other_freelancer").get("/t/acme/portal/").status_code == 200


def test_what_higher_apps_ask_for_is_part_of_the_predicate(room, acme, monkeypatch):
    monkeypatch.setitem(hub_access._conditions, "grant", [lambda _actor: Q(reason="signed")])
    assert opens(acme) == (404, [])

    AccessGrant.objects.update(reason="signed")

    assert opens(acme) == (200, ["Room"])


def test_a_token_dies_with_the_portal(room, acme, client):
    person = acme.actor("freelancer")
    _, secret = create_token(
        membership=acme.people["freelancer"],
        name="Mine",
        kind=ApiToken.Kind.PERSON,
        days=30,
        scopes=["portal.use"],
        actor=person,
    )
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert client.get("/api/v1/accesses/", **headers).status_code == 200

    AccessGrant.objects.update(state="suspended")

    assert client.get("/api/v1/accesses/", **headers).status_code == 401


def plan_of(queryset):
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("fh_app",)
        cursor.execute("SET LOCAL enable_seqscan = off")  # the tables are small: which index would it be?
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_web_role_finds_the_grants_of_a_request_by_an_index(room, acme):
    guest = acme.actor("freelancer")

    portal = plan_of(valid_grants(guest).filter(membership=guest.membership_id, system="portal"))
    rooms = plan_of(visible_workspaces(guest))

    for plan in (portal, rooms):
        assert "Index Scan using workflows_accessgrant_" in plan, plan
        assert "Seq Scan on workflows_accessgrant" not in plan, plan
        assert f"(membership_id = {guest.membership_id})" in plan, plan


@pytest.mark.parametrize("role", [*SYSTEM_ROLES, "teammate", "other_freelancer"])
def test_who_sees_the_accesses_of_an_assignment(room, acme, rival, role):
    with rival.enter():
        bait = hire(rival, freelancer=guest_freelancer(rival))
        grants.open_grants(assignment=bait, actor=rival.automation())
        stranger = rival.actor(role)
        assert set(visible_grants(stranger)) <= set(AccessGrant.objects.all())
    actor = acme.actor(role)

    seen = set(visible_grants(actor))

    see = {"owner", "program_manager", "hiring_manager", "compliance", "viewer", "freelancer"}
    assert seen == (set(AccessGrant.objects.all()) if role in see else set())
    for grant in AccessGrant.objects.all():
        if grant in seen:
            assert access_grant(actor, grant.public_id) == grant
        else:
            with pytest.raises((Http404, Refused)):
                access_grant(actor, grant.public_id)


def test_a_hiring_manager_sees_what_they_sponsor_elsewhere(room, acme):
    teammate = acme.actor("teammate")
    assert not visible_grants(teammate).exists()

    AccessGrant.objects.filter(system="portal").update(sponsor=acme.people["teammate"])

    assert [grant.system for grant in visible_grants(teammate)] == ["portal"]


@pytest.mark.parametrize("role", ["freelancer", "agency", "approver", "finance"])
def test_catalogue_differences_and_connections_are_not_for_everybody(acme, role):
    with acme.enter():
        actor = acme.actor(role)
        for visible in (visible_resources, visible_drifts, visible_connections):
            assert not visible(actor).exists()


def test_a_suspended_guest_opens_nothing_outside_either(room, acme):
    guest = acme.people["freelancer"]
    assert valid_grants(acme.automation()).count() == 2

    members.suspend_member(membership=guest, actor=acme.actor("owner"))

    assert valid_grants(acme.automation()).count() == 0
