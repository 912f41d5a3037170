"""AD6: a quarterly access review. A sponsor answers in one list, silence suspends, the evidence is exported."""

from datetime import timedelta

from django.utils import timezone

from freelance_hub.links import tenant_url
from tests.factories.work import make_assignment, make_program
from tests.workflows.test_campaigns import give
from workflows.models import AccessGrant, Campaign
from workflows.tasks import look_after_reviews


def test_sponsors_answer_in_one_list_and_silence_suspends(acme, person):
    with acme.enter("program_manager"):
        program = make_program(acme)
        mine = make_assignment(acme, program=program)
        other = make_assignment(acme, program=program, freelancer="other_freelancer", manager="teammate")
        kept, closed, silent = give(acme, mine, "Portal"), give(acme, mine, "Laptop"), give(acme, other, "Badge")
        start, review = tenant_url("campaign_create"), tenant_url("attestation_list")
    owner = person("owner").take_session(acme)

    owner.open(start).write("Title", "Spring review").press("Ask the sponsors")
    owner.is_at("Spring review").sees("0 of 3 accesses answered")

    sponsor = person("hiring_manager").take_session(acme).open(review).sees("Portal", "Laptop").sees_not("Badge")
    pick(sponsor, "Portal").press("Still needed").sees("Kept")
    pick(sponsor.open(review), "Laptop").press("Close").press("Close").sees("Closed")

    with acme.enter("owner"):
        over = timezone.now() - timedelta(minutes=1)
        Campaign.objects.update(started_at=over - timedelta(days=14), due_at=over)
    look_after_reviews()

    with acme.enter("owner"):
        states = [AccessGrant.objects.get(pk=one.pk).state for one in (kept, closed, silent)]
        assert states == ["active", "revoked", "suspended"]
        campaign = tenant_url("campaign_detail", public_id=Campaign.objects.get().public_id)
    evidence = owner.open(campaign).sees("Suspended by silence").download("Evidence as CSV").decode("utf-8-sig")
    assert [line.split(",")[0] for line in evidence.splitlines()] == ["Access", "Portal", "Laptop", "Badge"]


def pick(who, access):
    who.page.get_by_role("row").filter(has_text=access).get_by_role("checkbox").check()
    return who
