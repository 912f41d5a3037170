"""AD3 over SCIM: the directory switches a sponsor off, and within the hour nothing waits for them; and the way back."""

import pytest

from analytics.models import KpiTarget
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Membership, Notification
from freelance_hub.permissions import Refused
from freelance_hub.services import delivery, members
from tests.hub.provisioning import Directory
from tests.workflows import engine_room
from tests.workflows.leavers import APPROVALS, GUESTS, KPIS, fill_desk
from workflows import tasks
from workflows.models import AccessGrant, Handover, Run, Step
from workflows.services import handovers


@pytest.fixture
def sponsor(acme):
    """The hiring manager with a full desk and a manager above. Inside the company, as its owner."""
    with acme.enter("owner"):
        person = fill_desk(acme)
        Membership.objects.filter(pk=person.pk).update(manager=acme.people["program_manager"])
        person.refresh_from_db()
        yield person


@pytest.fixture
def entra(acme):
    return Directory(acme)


def switch(entra, person, active):
    """As Entra ID writes it; the manager it names stays."""
    answer = entra.patch(str(person.public_id), {"op": "Replace", "path": "active", "value": active})
    assert answer.status_code == 200


def without_manager(person):
    Membership.objects.filter(pk=person.pk).update(manager=None)


def what_is_theirs(person):
    """Of the sponsor's desk: accesses, guests, approvals and KPI targets."""
    return (
        AccessGrant.objects.filter(sponsor=person).count(),
        Membership.objects.filter(sponsor=person).count(),
        Step.objects.filter(state="waiting", assignee=person).count(),
        KpiTarget.objects.filter(owner=person).count(),
    )


DESK, NOTHING = (1, GUESTS, APPROVALS, KPIS), (0, 0, 0, 0)


def test_switched_off_by_the_directory_it_all_goes_to_the_manager_at_once(acme, entra, sponsor):
    assert what_is_theirs(sponsor) == DESK

    switch(entra, sponsor, "False")
    delivery.deliver_waiting()

    assert (what_is_theirs(sponsor), what_is_theirs(acme.people["program_manager"])) == (NOTHING, DESK)
    assert Event.objects.filter(kind="handover.made").count() == 1


@pytest.mark.django_db(transaction=True)
def test_even_when_every_message_is_lost_it_is_done_within_the_hour(acme, entra, sponsor):
    """By the stored clock, as it stands 59 minutes later, with nothing but the schedule at work."""
    with engine_room.stored_clock():
        engine_room.superuser("UPDATE wf_clock SET at = pg_catalog.statement_timestamp()")
        switch(entra, sponsor, False)
        tasks.look_after_reviews()
        assert what_is_theirs(sponsor) == DESK  # a worker may still be at it

        engine_room.tick(59 * 60)
        tasks.look_after_reviews()

        assert (what_is_theirs(sponsor), what_is_theirs(acme.people["program_manager"])) == (NOTHING, DESK)


def test_without_a_manager_it_all_stands_in_the_queue_and_an_administrator_is_told(acme, entra, sponsor):
    without_manager(sponsor)

    switch(entra, sponsor, False)
    delivery.deliver_waiting()

    waiting = {estate.key: len(labels) for estate, labels in handovers.waiting_of(sponsor)}
    assert (waiting["grants"], waiting["guests"], waiting["approvals"], waiting["kpis"]) == DESK
    page = acme.client("owner").get(tenant_url("orphan_list") + "?open=on").content.decode()
    assert sponsor.user.name in page
    assert Notification.objects.get(kind="handover").membership == acme.people["owner"]


def test_deleted_a_month_later_there_is_still_one_place_in_the_queue(acme, entra, sponsor):
    without_manager(sponsor)
    switch(entra, sponsor, False)
    delivery.deliver_waiting()

    assert entra.ask("DELETE", f"/Users/{sponsor.public_id}").status_code == 204
    delivery.deliver_waiting()

    assert Handover.objects.get(leaver=sponsor).successor is None


def test_the_successor_named_at_the_removal_takes_what_waits(acme, entra, sponsor):
    without_manager(sponsor)
    switch(entra, sponsor, False)
    delivery.deliver_waiting()
    sponsor.refresh_from_db()

    members.end_membership(membership=sponsor, successor=acme.people["approver"], actor=acme.actor("owner"))
    delivery.deliver_waiting()

    assert what_is_theirs(acme.people["approver"]) == DESK
    assert Handover.objects.get(leaver=sponsor).successor == acme.people["approver"]


def test_saying_it_again_hands_nothing_over_again(entra, sponsor):
    for _ in range(3):
        switch(entra, sponsor, False)
    entra.patch(str(sponsor.public_id), {"op": "Replace", "path": "title", "value": "Buyer"})
    switch(entra, sponsor, False)
    delivery.deliver_waiting()

    assert Handover.objects.count() == 1


def test_held_back_by_a_person_nothing_moves_until_the_directory_says_so_too(acme, entra, sponsor):
    members.suspend_member(membership=sponsor, actor=acme.actor("owner"))
    entra.patch(str(sponsor.public_id), {"op": "Replace", "path": "title", "value": "Buyer"})
    delivery.deliver_waiting()
    assert what_is_theirs(sponsor)[:2] == DESK[:2]

    switch(entra, sponsor, False)
    delivery.deliver_waiting()

    assert what_is_theirs(sponsor) == NOTHING


def test_new_person_who_is_switched_off_hands_nothing_over_twice(entra, acme):
    with acme.enter():
        person = entra.add(active=False).json()
        delivery.deliver_waiting()

        assert person["active"] is False
        assert not Handover.objects.exclude(counts__total=0).exists()


def test_back_before_a_worker_came_everything_is_theirs_as_before(entra, sponsor):
    switch(entra, sponsor, False)
    switch(entra, sponsor, True)
    delivery.deliver_waiting()

    assert what_is_theirs(sponsor) == DESK
    assert not Event.objects.filter(kind="handover.made").exists()


def test_back_out_of_the_queue_nobody_is_asked_any_more(acme, entra, sponsor):
    without_manager(sponsor)
    switch(entra, sponsor, False)
    delivery.deliver_waiting()
    handover = Handover.objects.get()
    assert Run.objects.filter(subject_type="workflows.handover", state__in=Run.OPEN).exists()

    switch(entra, sponsor, True)

    assert what_is_theirs(sponsor) == DESK
    assert not Run.objects.filter(subject_type="workflows.handover", state__in=Run.OPEN).exists()
    client = acme.client("owner")
    assert sponsor.user.name not in client.get(tenant_url("orphan_list") + "?open=on").content.decode()
    page = client.get(tenant_url("orphan_detail", public_id=handover.public_id)).content.decode()
    assert "before anybody took over" in page
    with pytest.raises(Refusal, match="back"):
        handovers.assign_successor(handover=handover, successor=acme.people["approver"], actor=acme.actor("owner"))


def test_back_later_the_successor_keeps_it_and_the_page_says_so(acme, entra, sponsor):
    switch(entra, sponsor, False)
    delivery.deliver_waiting()

    switch(entra, sponsor, True)
    delivery.deliver_waiting()

    assert what_is_theirs(acme.people["program_manager"]) == DESK
    page = acme.client("owner").get(tenant_url("orphan_detail", public_id=Handover.objects.get().public_id))
    assert "keeps it until you give it back" in page.content.decode()
    told = Notification.objects.get(membership=sponsor, kind="handover")
    assert told.title == f"{acme.people['program_manager'].user} has what you answered for"


def test_given_back_is_what_moved_and_what_the_successor_still_has(acme, entra, sponsor):
    heir, other = acme.people["program_manager"], acme.people["approver"]
    Membership.objects.filter(pk=acme.people["other_freelancer"].pk).update(sponsor=heir)  # always was the heir's
    switch(entra, sponsor, False)
    delivery.deliver_waiting()
    passed_on = Membership.objects.filter(sponsor=heir).exclude(pk=acme.people["other_freelancer"].pk).first()
    Membership.objects.filter(pk=passed_on.pk).update(sponsor=other)
    switch(entra, sponsor, True)
    client, handover = acme.client("owner"), Handover.objects.get()

    answer = client.post(tenant_url("orphan_give_back", public_id=handover.public_id), follow=True)

    assert "has it again" in answer.content.decode()
    assert what_is_theirs(sponsor) == (1, GUESTS - 1, APPROVALS, KPIS)
    assert what_is_theirs(heir) == (0, 1, 0, 0)
    with pytest.raises(Refusal, match="already"):
        handovers.give_back(handover=handover, actor=acme.actor("owner"))


def test_only_who_manages_people_gives_back_and_only_to_who_is_back(acme, entra, sponsor):
    switch(entra, sponsor, False)
    delivery.deliver_waiting()
    handover = Handover.objects.get()

    with pytest.raises(Refusal, match="not back"):
        handovers.give_back(handover=handover, actor=acme.actor("owner"))
    switch(entra, sponsor, True)
    with pytest.raises(Refused):
        handovers.give_back(handover=handover, actor=acme.actor("program_manager"))


def test_away_again_it_is_handed_over_again(acme, entra, sponsor):
    switch(entra, sponsor, False)
    delivery.deliver_waiting()
    switch(entra, sponsor, True)
    Membership.objects.filter(pk=acme.people["other_freelancer"].pk).update(sponsor=sponsor)

    switch(entra, sponsor, False)
    delivery.deliver_waiting()

    assert what_is_theirs(sponsor) == NOTHING
    assert Event.objects.filter(kind="handover.made").count() == 2
