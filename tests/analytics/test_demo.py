"""The demo is the main job through the services: it must go through, and leave what the README promises."""

from django.core.management import call_command

from analytics.demo.people import SLUG
from analytics.models import KpiFact
from freelance_hub.models import Membership, Tenant
from freelance_hub.tenancy.context import tenant
from talent.models import Amendment, Assignment, Freelancer, Invoice, PaymentBatch


def test_the_demo_tells_every_stage_and_leaves_a_living_company(transactional_db, settings, tmp_path, capsys):
    settings.LOCAL_DIR = tmp_path

    call_command("demo")

    printed = capsys.readouterr().out
    assert [
        word
        for word in ("Launch", "Import", "Request", "Engage", "Work", "Change", "Pay", "End", "See")
        if word not in printed
    ] == []
    with tenant(Tenant.objects.get(slug=SLUG)):
        states = set(Assignment.objects.values_list("state", flat=True))
        assert states == {"onboarding", "active", "closed"}
        assert Freelancer.objects.count() >= 55
        assert PaymentBatch.objects.count() == 1
        assert Invoice.objects.filter(state="exported").count() == 5
        assert Invoice.objects.filter(state="submitted").exists()
        assert sorted(Amendment.objects.values_list("kind", "state")) == [
            ("amendment", "in_approval"),
            ("extension", "agreed"),
        ]
        assert KpiFact.objects.values("kpi").distinct().count() == 6
        ended = Assignment.objects.get(state="closed")
        assert ended.freelancer.membership.state == Membership.State.ENDED
