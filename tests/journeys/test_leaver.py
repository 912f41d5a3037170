"""AD3: a manager is removed on the people page. All that they answered for has a successor, or waits in the queue for one."""

from analytics.models import KpiTarget
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from tests.journeys.people import workers
from tests.workflows.leavers import APPROVALS, GUESTS, KPIS, fill_desk
from workflows.models import Step


def test_a_manager_leaves_and_nothing_is_lost(acme, person):
    with acme.enter("owner"):
        leaver = fill_desk(acme)
        page = tenant_url("member_end", public_id=leaver.public_id)
        queue = tenant_url("orphan_list")
    owner = person("owner").take_session(acme)

    owner.open(page).sees("14 guests", "6 approvals and tasks", "2 KPI targets").press("Remove")
    workers(acme)

    owner.open(queue).sees(str(leaver), "14 guests", "2 KPI targets", "Nobody yet")
    owner.follow(str(leaver)).sees("Nobody takes over yet", "14 guests")
    owner.choose("Who takes over", str(acme.people["approver"])).press("Hand over")
    owner.sees("takes over")
    with acme.enter("owner"):
        heir = acme.people["approver"]
        assert Membership.objects.filter(sponsor=heir).count() == GUESTS
        assert Step.objects.filter(state="waiting", assignee=heir, kind="approval").count() == APPROVALS
        assert KpiTarget.objects.filter(owner=heir).count() == KPIS
    person("approver").take_session(acme).open(tenant_url("inbox", tenant=acme.slug)).sees("Request 0", "Request 5")
