"""Pages of workflows and accesses ask as often for three rows as for one: a dozen times at most, an assignment with all its
panels a little more."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freelance_hub.links import tenant_url
from talent.services.amendments import create_amendment
from tests.factories.talent import ask
from tests.factories.work import make_assignment, make_program
from tests.workflows.test_campaigns import give, made
from workflows.models import (
    Attestation,
    Campaign,
    Connection,
    ConnectorCall,
    Definition,
    Delegation,
    Drift,
    Handover,
    Receipt,
    Step,
)
from workflows.services.definitions import publish

GRAPH = {"steps": [{"key": "go", "title": "Go", "kind": "task", "who": {"person": "manager"}}]}


def requests(company, count):
    for number in range(count):
        ask(company, state="in_approval", title=f"Request {number}")


def late_requests(company, count):
    requests(company, count)
    Step.objects.filter(state=Step.State.WAITING).update(due_at=timezone.now() - timedelta(days=3))


def definitions(company, count):
    program = make_program(company)
    for number in range(count):
        one = Definition.objects.create(
            program=program, key=f"d{number}", title=f"Workflow {number}", subject_type="talent.assignment"
        )
        publish(definition=one, graph_data=GRAPH, actor=company.automation())


def versions(company, count):
    definitions(company, 1)
    one = Definition.objects.get(key="d0")
    for _ in range(count - 1):
        publish(definition=one, graph_data=GRAPH, actor=company.actor("program_manager"))


def accesses(company, count):
    """One an assignment, each of another resource."""
    make_program(company)
    return [
        give(company, make_assignment(company, account=False), f"Badge {n}", granted_at=timezone.now())
        for n in range(count)
    ]


def one_resource(company, count):
    team = made("Team")
    grants = accesses(company, count)
    type(grants[0]).objects.update(resource=team)
    for number in range(count):
        Drift.objects.create(resource=team, kind="unknown", account=f"stray {number}")


def connections(company, count):
    for number in range(count):
        connection = Connection.objects.create(
            kind="webhook", name=f"Hook {number}", settings={"url": "https://a.example"}
        )
        for _ in range(count):
            ConnectorCall.objects.create(connection=connection, method="GET", path="/", milliseconds=3)


def campaigns(company, count):
    for number in range(count):
        over = timezone.now() - timedelta(days=number)
        Campaign.objects.create(title=f"Review {number}", due_at=over, state="closed", closed_at=over)


def attestations(company, count):
    campaign = Campaign.objects.create(title="Review", due_at=timezone.now() + timedelta(days=9))
    for grant in accesses(company, count):
        Attestation.objects.create(campaign=campaign, grant=grant, sponsor=company.people["hiring_manager"])


def handovers(company, count):
    for number in range(count):
        leaver = company.add(f"leaver_{number}", "hiring_manager")
        Handover.objects.create(leaver=leaver, counts={"guests": 1, "total": 1})


def delegations(company, count):
    today, finance = timezone.localdate(), company.people["finance"]
    for number in range(count):
        other = company.add(f"colleague_{number}", "hiring_manager")
        days = {"starts_on": today, "ends_on": today + timedelta(days=9)}
        Delegation.objects.create(giver=finance, taker=other, **days)
        Delegation.objects.create(giver=other, taker=finance, **days)


def receipts(company, count):
    assignment = make_assignment(company, state="closed")
    for number in range(count):
        Receipt.objects.create(assignment=assignment, number=number + 1, lines=[], is_complete=True)


def amendments(company, count):
    assignment = make_assignment(company)
    for number in range(count):
        made = create_amendment(
            assignment=assignment, scope="More", reason="More work.", actor=company.actor("hiring_manager")
        )
        type(made).objects.filter(pk=made.pk).update(state="withdrawn" if number < count - 1 else "draft")


def page_of(model, route, **look):
    def address():
        return tenant_url(route, public_id=model.objects.filter(**look).order_by("pk").first().public_id)

    return address


# Page: queries, five of them for its frame; who made the rows; who reads; where.
PAGES = {
    "inbox": (12, requests, "approver", "inbox"),
    "runs": (7, requests, "program_manager", "run_list"),
    "monitoring": (11, late_requests, "program_manager", "workflow_monitoring"),
    "definitions": (7, definitions, "program_manager", "definition_list"),
    "definition": (8, versions, "program_manager", page_of(Definition, "definition_detail", key="d0")),
    "catalogue": (8, accesses, "program_manager", "resource_list"),
    "resource": (
        9,
        one_resource,
        "program_manager",
        lambda: page_of(type(made("x")), "resource_detail", name="Team")(),
    ),
    "accesses": (8, accesses, "program_manager", "grant_list"),
    "differences": (7, one_resource, "program_manager", "drift_list"),
    "connections": (6, connections, "owner", "connection_list"),
    "connection": (8, connections, "owner", page_of(Connection, "connection_detail")),
    "reviews": (7, campaigns, "program_manager", "campaign_list"),
    "review": (9, attestations, "owner", page_of(Campaign, "campaign_detail")),
    "asked": (7, attestations, "hiring_manager", "attestation_list"),
    "handovers": (7, handovers, "owner", "orphan_list"),
    "standing in": (10, delegations, "finance", "delegation_list"),
    "receipt": (8, receipts, "program_manager", page_of(Receipt, "receipt_detail")),
    "receipts of an assignment": (14, receipts, "program_manager", lambda: tenant_url("assignment_detail", number=1)),
    "amendments": (14, amendments, "hiring_manager", lambda: tenant_url("assignment_detail", number=1)),
    "own accesses": (8, accesses, "freelancer", "portal_grant_list"),
}


def asked(company, name, count):
    """What the page asks when there are so many rows."""
    _, furnish, who, place = PAGES[name]
    with company.enter():
        furnish(company, count)
        address = tenant_url(place) if isinstance(place, str) else place()
    client = company.client(who)
    assert client.get(address).status_code == 200  # what is read once a process is read now
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_often_for_three_rows_as_for_one(acme, name, count):
    queries = asked(acme, name, count)

    assert len(queries) == PAGES[name][0], "\n".join(queries)
