"""AD3: somebody leaves, and everything they answered for has a successor or stands in the orphan queue; nothing is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import KpiTarget
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Membership, Notification, OrgUnit
from freelance_hub.permissions import Refused
from freelance_hub.services import delivery, members
from programs.models import Program
from talent.models import Assignment
from tests.workflows.leavers import APPROVALS, GUESTS, KPIS, fill_desk
from workflows.models import AccessGrant, Campaign, Delegation, Handover, Resource, Step
from workflows.people import waiting_for
from workflows.services import handovers

EVERYTHING = {
    "programs": 1, "assignments": 1, "guests": GUESTS, "grants": 1, "resources": 1, "reviews": 1, "approvals": APPROVALS,
    "units": 1, "kpis": KPIS,
}  # fmt: skip


@pytest.fixture
def leaver(acme):
    """The hiring manager with a full desk and a review to answer. Inside the company, as its owner."""
    with acme.enter("owner"):
        person = fill_desk(acme)
        campaign = Campaign.objects.create(title="Review", due_at=timezone.now() + timedelta(days=14))
        campaign.attestations.create(grant=AccessGrant.objects.get(), sponsor=person)
        yield person


def leaves(acme, person, **choices):
    members.end_membership(membership=person, actor=acme.actor("owner"), **choices)
    delivery.deliver_waiting()
    return Handover.objects.get(leaver=person)


def holders():
    """Who has what now, by kind."""
    return {
        "programs": set(Program.objects.values_list("owner", flat=True)),
        "assignments": set(Assignment.objects.values_list("manager", flat=True)),
        "guests": set(Membership.objects.exclude(sponsor=None).values_list("sponsor", flat=True)),
        "grants": set(AccessGrant.objects.values_list("sponsor", flat=True)),
        "resources": set(Resource.objects.values_list("keeper", flat=True)),
        "reviews": set(Campaign.objects.values_list("attestations__sponsor", flat=True)),
        "approvals": set(Step.objects.filter(state="waiting", kind="approval").values_list("assignee", flat=True)),
        "kpis": set(KpiTarget.objects.values_list("owner", flat=True)),
        "units": set(OrgUnit.objects.exclude(approver=None).values_list("approver", flat=True)),
    }


def everything_of(person):
    return {key: {person.pk} for key in EVERYTHING}


def has_manager(person, manager):
    Membership.objects.filter(pk=person.pk).update(manager=manager)
    person.refresh_from_db()


def test_everything_goes_to_the_manager_the_moment_one_leaves(acme, leaver):
    assert holders() == everything_of(leaver)
    heir = acme.people["program_manager"]
    has_manager(leaver, heir)

    handover = leaves(acme, leaver)

    assert holders() == everything_of(heir)
    assert handover.successor == heir
    assert handover.counts == EVERYTHING | {"total": sum(EVERYTHING.values())}
    assert waiting_for(acme.actor("program_manager")).count() == APPROVALS


def test_who_had_it_before_is_recorded_thing_by_thing(acme, leaver):
    has_manager(leaver, acme.people["program_manager"])

    handover = leaves(acme, leaver)

    made = Event.objects.get(kind="handover.made")
    assert made.payload["leaver_id"] == leaver.pk
    assert {key: len(ids) for key, ids in made.payload["moved"].items()} == EVERYTHING
    assert Event.objects.filter(kind="step.handed_over", payload__before_id=leaver.pk).count() == APPROVALS
    assert Event.objects.filter(kind="membership.sponsor_changed", payload__before_id=leaver.pk).count() == GUESTS
    told = Notification.objects.get(kind="handover")
    assert (told.membership, told.title) == (acme.people["program_manager"], f"You take over from {leaver}")
    assert handover.leaver == leaver


def test_the_administrator_may_choose_somebody_else(acme, leaver):
    has_manager(leaver, acme.people["program_manager"])

    leaves(acme, leaver, successor=acme.people["approver"])

    assert holders() == everything_of(acme.people["approver"])


def test_a_guest_or_the_leaver_takes_nothing_over(acme, leaver):
    for wrong in (acme.people["freelancer"], leaver):
        with pytest.raises(Refusal, match="cannot take over"):
            members.end_membership(membership=leaver, actor=acme.actor("owner"), successor=wrong)

    leaver.refresh_from_db()
    assert leaver.state == "active"


def test_without_a_manager_everything_waits_in_the_orphan_queue(acme, leaver):
    handover = leaves(acme, leaver)

    assert handover.successor is None
    assert handover.counts == EVERYTHING | {"total": sum(EVERYTHING.values())}
    assert holders() == everything_of(leaver)
    told = Notification.objects.filter(kind="handover")
    assert [(one.membership, one.title) for one in told] == [
        (acme.people["owner"], f"{leaver} has left, and nobody takes over")
    ]
    assert {estate.key: len(labels) for estate, labels in handovers.waiting_of(leaver)} == EVERYTHING


def test_what_waits_is_given_to_a_successor_once(acme, leaver):
    handover = leaves(acme, leaver)
    heir, late = acme.people["approver"], acme.people["program_manager"]

    handovers.assign_successor(handover=handover, successor=heir, actor=acme.actor("owner"))
    with pytest.raises(Refusal, match="already"):
        handovers.assign_successor(handover=handover, successor=late, actor=acme.actor("owner"))

    assert holders() == everything_of(heir)
    assert Event.objects.filter(kind="handover.assigned").count() == 1


def test_only_who_manages_people_assigns_a_successor(acme, leaver):
    handover = leaves(acme, leaver)

    with pytest.raises(Refused):
        handovers.assign_successor(
            handover=handover, successor=acme.people["approver"], actor=acme.actor("program_manager")
        )


def test_the_row_is_there_before_any_worker_and_the_sweeper_finds_what_was_forgotten(acme, leaver):
    has_manager(leaver, acme.people["program_manager"])
    members.end_membership(membership=leaver, actor=acme.actor("owner"))
    assert Handover.objects.get(leaver=leaver).counts == {}
    assert handovers.carry_out_forgotten(actor=acme.automation()) == 0  # a worker may still be at it

    Handover.objects.update(made_at=timezone.now() - timedelta(minutes=2))
    assert handovers.carry_out_forgotten(actor=acme.automation()) == 1

    assert holders() == everything_of(acme.people["program_manager"])


def test_a_second_delivery_changes_nothing(acme, leaver):
    has_manager(leaver, acme.people["program_manager"])
    handover = leaves(acme, leaver)

    handovers.carry_out(handover=handover, actor=acme.automation())

    handover.refresh_from_db()
    assert handover.counts == EVERYTHING | {"total": sum(EVERYTHING.values())}
    assert Event.objects.filter(kind="handover.made").count() == 1


def test_nobody_gets_their_own_request_to_approve(acme, leaver):
    has_manager(leaver, acme.people["teammate"])  # who has asked for all six
    Membership.objects.filter(pk=acme.people["teammate"].pk).update(manager=acme.people["program_manager"])

    leaves(acme, leaver)

    assert holders() == everything_of(acme.people["teammate"]) | {"approvals": {acme.people["program_manager"].pk}}


def test_delegations_end_with_who_gave_or_took_them(acme, leaver):
    leaves(acme, leaver)

    assert not Delegation.objects.filter(revoked_at=None).exists()


def test_a_guest_who_leaves_hands_nothing_over(acme, leaver):
    members.end_membership(membership=acme.people["other_freelancer"], actor=acme.actor("owner"))

    assert not Handover.objects.exists()


@pytest.mark.parametrize(("days", "found"), [(13, 0), (15, 1)])
def test_who_is_suspended_for_long_hands_over_too_once(acme, leaver, days, found):
    has_manager(leaver, acme.people["program_manager"])
    members.suspend_member(membership=leaver, actor=acme.actor("owner"))
    Event.objects.filter(kind="membership.suspended").update(occurred_at=timezone.now() - timedelta(days=days))

    first = handovers.hand_over_long_suspended(actor=acme.automation())
    again = handovers.hand_over_long_suspended(actor=acme.automation())

    assert (first, again) == (found, 0)


def test_the_other_company_is_left_alone(acme, rival, leaver):
    with rival.enter("owner"):
        theirs = fill_desk(rival)
    has_manager(leaver, acme.people["program_manager"])

    leaves(acme, leaver)

    with rival.enter("owner"):
        assert set(Membership.objects.exclude(sponsor=None).values_list("sponsor", flat=True)) == {theirs.pk}
        assert not Handover.objects.exists()


def test_the_page_that_removes_a_person_says_what_needs_a_successor_and_takes_one(acme, leaver):
    client, address = acme.client("owner"), tenant_url("member_end", public_id=leaver.public_id)

    page = client.get(address).content.decode()
    assert all(words in page for words in ("14 guests", "6 approvals and tasks", "2 KPI targets"))
    answer = client.post(address, {"successor": acme.people["approver"].public_id})
    delivery.deliver_waiting()

    assert answer.status_code == 303
    assert holders() == everything_of(acme.people["approver"])


def test_the_queue_hands_over_in_bulk(acme, leaver):
    handover = leaves(acme, leaver)
    client, address = acme.client("owner"), tenant_url("orphan_list")
    assert str(leaver) in client.get(f"{address}?open=on").content.decode()

    client.post(
        address,
        {
            "action": "assign",
            "pick": [str(handover.public_id)],
            "confirmed": "1",
            "successor": acme.people["approver"].public_id,
        },
    )

    assert holders() == everything_of(acme.people["approver"])
    assert str(leaver) not in client.get(f"{address}?open=on").content.decode()
