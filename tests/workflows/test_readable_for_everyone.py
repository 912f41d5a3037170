"""The pages of workflows and accesses in a real browser: no barrier, nothing sideways, nothing too small for a thumb."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from freelance_hub.links import tenant_url
from tests.hub.test_look import DESK, GRAVE, LOW_TARGETS, PHONE
from tests.workflows.test_query_counts import attestations, connections, delegations, late_requests, receipts, versions
from workflows.models import AccessGrant, Campaign, Connection, Definition, Receipt, Resource, Step

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung"


@pytest.fixture
def addresses(acme):
    """One of everything, with a name that is one long word."""
    with acme.enter():
        versions(acme, 2)
        late_requests(acme, 2)
        attestations(acme, 2)
        connections(acme, 1)
        delegations(acme, 1)
        receipts(acme, 1)
        Resource.objects.update(name=LONG)
        Connection.objects.update(name=LONG, state="failing", last_error=LONG, missing=["Group.Read.All"])
        step = Step.objects.filter(kind="approval", state="waiting").first()
        objects = {
            "step_detail": step,
            "run_detail": step.run,
            "definition_detail": Definition.objects.get(key="d0"),
            "grant_detail": AccessGrant.objects.first(),
            "connection_detail": Connection.objects.first(),
            "campaign_detail": Campaign.objects.first(),
            "receipt_detail": Receipt.objects.first(),
        }
        lists = ("inbox", "workflow_monitoring", "grant_list", "delegation_list")
        return [
            *(tenant_url(route) for route in lists),
            *(tenant_url(route, public_id=one.public_id) for route, one in objects.items()),
        ]


@pytest.fixture
def owner(acme, page, live_server):
    cookie = acme.client("owner").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


@pytest.mark.parametrize(("theme", "size"), [("light", DESK), ("dark", PHONE)], ids=["light-desk", "dark-phone"])
def test_pages_have_no_grave_barrier_and_fit_their_screen(addresses, owner, live_server, theme, size):
    owner.set_viewport_size(size)
    owner.emulate_media(color_scheme=theme, reduced_motion="reduce")
    found = {}
    for address in addresses:
        assert owner.goto(live_server.url + address).ok, address
        violations = Axe().run(owner).response["violations"]
        found |= {(address, v["id"]): [n["target"] for n in v["nodes"]] for v in violations if v["impact"] in GRAVE}
        if owner.evaluate("document.documentElement.scrollWidth") > size["width"]:
            found[address, "sideways"] = owner.evaluate("document.documentElement.scrollWidth")
        if size == PHONE and (low := owner.evaluate(LOW_TARGETS, 44)):
            found[address, "low"] = low

    assert found == {}
