"""Somebody with a full desk: 14 guests, accesses, assignments, 6 approvals, 2 KPI targets, a delegation, a resource, a unit."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from analytics.models import KpiTarget
from freelance_hub.models import Membership, OrgUnit
from tests.factories.talent import ask
from tests.factories.work import make_assignment, make_program
from workflows.engine import runs
from workflows.models import AccessGrant, Definition, Delegation, Resource
from workflows.services import definitions

NAMED = {"steps": [{"key": "look", "title": "Look at it", "kind": "approval", "who": {"person": "program_owner"}}]}
GUESTS, APPROVALS, KPIS = 14, 6, 2


def fill_desk(company, key="hiring_manager"):
    """Everything that `key` answers for; returns the membership. Call it inside the company."""
    leaver = company.people[key]
    program = make_program(company, owner=company.people[key])
    guests = [company.add(f"guest_{key}_{number}", "freelancer") for number in range(GUESTS)]
    Membership.objects.filter(pk__in=[guest.pk for guest in guests]).update(sponsor=leaver)
    assignment = make_assignment(company, program=program, manager=key, account=False)
    laptop = Resource.objects.create(name=f"Laptop {key}", kind="device", keeper=leaver)
    AccessGrant.objects.create(
        assignment=assignment,
        membership=company.people["freelancer"],
        system="resource",
        resource=laptop,
        sponsor=leaver,
        state="active",
    )
    for number in range(APPROVALS):
        wait_for(company, program, number)
    for kpi in ("time_to_fill", "on_time_delivery")[:KPIS]:
        KpiTarget.objects.create(program=program, kpi=kpi, target=Decimal(10), owner=leaver)
    OrgUnit.objects.create(name="Events", code=f"Events {key}", approver=leaver)
    today = timezone.localdate()
    Delegation.objects.create(
        giver=company.people["approver"], taker=leaver, starts_on=today, ends_on=today + timedelta(days=9)
    )
    return leaver


def wait_for(company, program, number):
    """An approval that asks the program's owner by name, about somebody else's request."""
    definition, is_new = Definition.objects.get_or_create(
        program=program, key="named", defaults={"title": "Named", "subject_type": "talent.requisition"}
    )
    if is_new:
        definitions.publish(definition=definition, graph_data=NAMED, actor=company.automation())
    asked = ask(company, state="draft", by="teammate", program=program, title=f"Request {number}")
    return runs.start(
        version=definitions.latest(definition),
        subject=asked,
        idempotency_key=f"n{asked.pk}",
        actor=company.automation(),
    )
