"""Access reviews: every sponsor is asked, "close" revokes, silence suspends at the deadline, and the evidence is kept."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Notification
from freelance_hub.permissions import Refused
from freelance_hub.services.files import open_file
from tests.factories.work import make_assignment, make_program
from workflows.access import valid_grants
from workflows.models import AccessGrant, Attestation, Campaign, Resource
from workflows.services import campaigns
from workflows.services.campaigns import answer, close_campaign, look_after, start_campaign

State = AccessGrant.State


@pytest.fixture
def opened(acme):
    """Three open accesses: two that the hiring manager answers for, one of a teammate. Inside the company."""
    with acme.enter("program_manager"):
        program = make_program(acme)
        mine = make_assignment(acme, program=program)
        other = make_assignment(acme, program=program, freelancer="other_freelancer", manager="teammate")
        yield [give(acme, mine, "Portal"), give(acme, mine, "=Laptop"), give(acme, other, "Badge")]


def give(company, assignment, name, **changes):
    what = {"system": "portal"} if name == "Portal" else {"system": "resource", "resource": made(name)}
    member = assignment.freelancer.membership
    return AccessGrant.objects.create(assignment=assignment, membership=member, state=State.ACTIVE, **what, **changes)


def made(name):
    return Resource.objects.create(name=name, kind="device")


def start(company, **options):
    return start_campaign(actor=company.actor("program_manager"), **options)


def asked(campaign, company, who):
    return list(Attestation.objects.filter(campaign=campaign, sponsor=company.people[who]).order_by("pk"))


def let_it_end(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(
        started_at=timezone.now() - timedelta(days=15), due_at=timezone.now() - timedelta(minutes=1)
    )


def states(grants):
    return [AccessGrant.objects.get(pk=grant.pk).state for grant in grants]


def test_every_sponsor_is_asked_about_every_open_access_and_told_once(acme, opened):
    give(acme, opened[0].assignment, "Old badge", close_by=timezone.now())  # is being closed: nothing to ask
    campaign = start(acme)

    assert [one.grant for one in asked(campaign, acme, "hiring_manager")] == opened[:2]
    assert [one.grant for one in asked(campaign, acme, "teammate")] == opened[2:]
    told = Notification.objects.filter(kind="access.review").order_by("membership")
    assert [one.membership for one in told] == [acme.people["hiring_manager"], acme.people["teammate"]]
    assert told[0].body.startswith("2 accesses wait for you until")
    assert Event.objects.get(kind="campaign.started").payload == {"grants": 3, "days": 14}


def test_a_sponsor_of_its_own_goes_before_the_manager_and_who_is_away_is_passed_over(acme, opened):
    AccessGrant.objects.filter(pk=opened[0].pk).update(sponsor=acme.people["finance"])
    acme.people["teammate"].state = "suspended"
    acme.people["teammate"].save(update_fields=["state"])

    campaign = start(acme)

    assert [one.grant for one in asked(campaign, acme, "finance")] == opened[:1]
    assert [one.grant for one in asked(campaign, acme, "program_manager")] == opened[2:]  # owns the program


def test_keep_keeps_and_close_revokes_at_once(acme, opened):
    first, second = asked(start(acme), acme, "hiring_manager")
    boss = acme.actor("hiring_manager")

    answer(attestation=second, answer="keep", actor=boss)
    answer(attestation=first, answer="close", comment="Not needed", actor=boss)

    assert states(opened) == [State.REVOKED, State.ACTIVE, State.ACTIVE]
    first.refresh_from_db()
    assert (first.answered_by, first.comment) == (acme.people["hiring_manager"], "Not needed")
    with pytest.raises(Refusal, match="closed already"):
        answer(attestation=first, answer="keep", actor=boss)
    answer(attestation=second, answer="close", actor=boss)  # a keep may be thought over


@pytest.mark.parametrize("who", ["teammate", "viewer", "finance"])
def test_nobody_answers_for_others_unless_they_manage_accesses(acme, opened, who):
    first, second = asked(start(acme), acme, "hiring_manager")

    with pytest.raises(Refused):
        answer(attestation=first, answer="keep", actor=acme.actor(who))
    answer(attestation=second, answer="keep", actor=acme.actor("program_manager"))


def test_silence_suspends_at_the_deadline_and_not_before(acme, opened):
    campaign = start(acme)
    first, second = asked(campaign, acme, "hiring_manager")
    answer(attestation=first, answer="keep", actor=acme.actor("hiring_manager"))
    assert look_after(actor=acme.automation()) == 0
    with pytest.raises(Refusal, match="2 accesses have no answer"):
        close_campaign(campaign=campaign, actor=acme.actor("program_manager"))

    let_it_end(campaign)
    assert (look_after(actor=acme.automation()), look_after(actor=acme.automation())) == (1, 0)

    assert states(opened) == [State.ACTIVE, State.SUSPENDED, State.SUSPENDED]
    second.refresh_from_db()
    assert second.answer == Attestation.Answer.SILENT
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.CLOSED


def test_what_silence_suspends_opens_nothing_at_the_next_request(acme, opened):
    guest = acme.actor("freelancer")
    assert set(valid_grants(guest).filter(membership=guest.membership_id)) == set(opened[:2])
    campaign = start(acme)

    let_it_end(campaign)
    look_after(actor=acme.automation())

    assert not valid_grants(guest).filter(membership=guest.membership_id).exists()


def test_what_was_closed_meanwhile_is_no_silence(acme, opened):
    campaign = start(acme)
    AccessGrant.objects.filter(pk=opened[2].pk).update(state=State.REVOKED, revoked_at=timezone.now())
    let_it_end(campaign)

    close_campaign(campaign=campaign, actor=acme.automation())

    assert asked(campaign, acme, "teammate")[0].answer == Attestation.Answer.GONE
    assert campaigns.progress_of(campaign) == {"open": 0, "kept": 0, "ended": 0, "silent": 2, "gone": 1, "total": 3}


def test_the_evidence_holds_every_answer_and_no_formula(acme, opened):
    campaign = start(acme)
    second = asked(campaign, acme, "hiring_manager")[1]
    answer(attestation=second, answer="keep", comment="=1+1", actor=acme.actor("hiring_manager"))
    let_it_end(campaign)

    closed = close_campaign(campaign=campaign, actor=acme.automation())

    with open_file(closed.evidence) as stream:
        rows = list(csv.DictReader(io.StringIO(stream.read().decode("utf-8-sig"))))
    assert [(row["Access"], row["Answer"], row["Answered by"], row["Comment"]) for row in rows] == [
        ("Portal", "No answer in time: suspended", "", ""),
        ("'=Laptop", "Still needed", str(acme.people["hiring_manager"]), "'=1+1"),
        ("Badge", "No answer in time: suspended", "", ""),
    ]


def test_people_are_reminded_once_at_seven_and_two_days(acme, opened):
    campaign = start(acme)
    reminders = Notification.objects.filter(title__startswith="Still to review", membership=acme.people["teammate"])

    counts = []
    for days in (10, 6.9, 6, 1.9, 1):
        due = timezone.now() + timedelta(days=days)
        Campaign.objects.filter(pk=campaign.pk).update(due_at=due, started_at=due - timedelta(days=14))
        look_after(actor=acme.automation())
        counts.append(reminders.count())

    assert counts == [0, 1, 1, 2, 2]


def test_one_review_of_the_same_accesses_at_a_time(acme, opened):
    program = opened[0].assignment.program
    start(acme, program=program)

    with pytest.raises(Refusal, match="open already"):
        start(acme, program=program)
    start(acme)  # of the whole company
    with pytest.raises(Refusal, match="open already"):
        start(acme)


@pytest.mark.parametrize("days", [0, 91])
def test_a_review_gives_people_a_sensible_time(acme, opened, days):
    with pytest.raises(Refusal, match="between 1 and 90"):
        start(acme, days=days)


def test_only_who_manages_accesses_starts_a_review(acme, opened):
    with pytest.raises(Refused):
        start_campaign(actor=acme.actor("hiring_manager"))


def test_the_other_company_is_not_asked(acme, rival, opened):
    with rival.enter("program_manager"):
        give(rival, make_assignment(rival), "Portal")

    assert campaigns.progress_of(start(acme))["total"] == 3


def test_the_list_answers_in_bulk_with_a_result_for_each(acme, opened):
    first, second = asked(start(acme), acme, "hiring_manager")
    foreign = Attestation.objects.get(sponsor=acme.people["teammate"])
    client, address = acme.client("hiring_manager"), tenant_url("attestation_list")
    assert client.get(address).content.decode().count('name="pick"') == 2

    page = client.post(address, {"action": "keep", "pick": [str(one.public_id) for one in (first, second, foreign)]})

    assert page.status_code == 200
    assert list(Attestation.objects.order_by("pk").values_list("answer", flat=True)) == ["keep", "keep", ""]
    assert "Nothing to review" in client.get(address).content.decode()


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_the_same_number_of_questions(acme, opened, many, django_assert_num_queries):
    for number in range(many - 1):
        give(acme, opened[2].assignment, f"Key {number}")
    start(acme)
    client, address = acme.client("teammate"), tenant_url("attestation_list")
    client.get(address)

    with django_assert_num_queries(7):
        client.get(address)


def test_who_is_asked_is_told_in_the_inbox_and_finds_the_list_in_the_navigation(acme, opened):
    boss, finance = acme.client("hiring_manager"), acme.client("finance")
    inbox, review = tenant_url("inbox"), tenant_url("attestation_list")
    assert "wait for your answer" not in boss.get(inbox).content.decode()

    start(acme)

    page = boss.get(inbox).content.decode()
    assert "2 accesses wait for your answer until" in page
    assert page.count(f'href="{review}"') == 2  # in the notice and in the navigation
    assert review not in finance.get(inbox).content.decode()
    oversees = acme.client("program_manager").get(tenant_url("campaign_list")).content.decode()
    assert ">Access review<" not in oversees
    assert "What I am asked" in oversees


def test_the_sponsor_sees_when_each_access_was_last_used_and_so_does_the_evidence(acme, opened):
    """A day, "Never", or nothing where nobody knows."""
    portal, laptop, _ = opened
    read = timezone.now()
    AccessGrant.objects.filter(pk=portal.pk).update(
        last_used_at=datetime(2025, 3, 4, 5, 6, tzinfo=UTC), usage_read_at=read
    )
    AccessGrant.objects.filter(pk=laptop.pk).update(usage_read_at=read)
    campaign = start(acme)

    page = acme.client("hiring_manager").get(tenant_url("attestation_list")).content.decode()
    rows = list(csv.DictReader(io.StringIO(campaigns.evidence_of(campaign).decode("utf-8-sig"))))

    assert "Last used" in page
    assert "2025-03-04T05:06" in page
    assert "Never" in page
    assert [row["Last used"] for row in rows] == ["2025-03-04T05:06:00Z", "Never", ""]
