"""An assignment at work, with its people, and work in any state on it. Call inside a company: `with acme.enter():`."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from freelance_hub.numbers import next_number
from programs.models import Program
from talent.models import Assignment, Deliverable, Engagement, Freelancer, TimeLine
from talent.models.work import WorkState
from talent.services.amounts import line_amount
from talent.services.payouts import set_payout_account

IBANS = {"freelancer": "DE89370400440532013000", "other_freelancer": "GB82WEST12345698765432"}


def make_program(company, name="Pilot", **values):
    number = next_number("program")
    return Program.objects.create(
        **{
            "number": number,
            "name": name if number == 1 else f"{name} {number}",
            "pack_key": "pilot",
            "pack_version": 1,
            "state": Program.State.LIVE,
            "owner": company.people["program_manager"],
            "legal_entity": company.entity,
            "org_unit": company.unit,
            "currency": "EUR",
            **values,
        }
    )


def make_freelancer(company, key="freelancer", *, account=True):
    """The directory entry of one of the world's guests, able to be paid."""
    person = company.people[key]
    entry, is_new = Freelancer.objects.get_or_create(
        membership=person, defaults={"name": person.user.name, "email": person.user.email}
    )
    if is_new and account:
        set_payout_account(freelancer=entry, holder=entry.name, iban=IBANS[key], actor=company.actor(key))
    return entry


def make_assignment(
    company, *, freelancer="freelancer", manager="hiring_manager", program=None, account=True, **values
):
    """An active assignment at 80 EUR an hour, from 60 days ago for 120 days, with a budget of 10,000 EUR."""
    program = program or Program.objects.first() or make_program(company)
    person = make_freelancer(company, freelancer, account=account)
    engagement = Engagement.objects.create(
        freelancer=person, legal_entity=company.entity, program=program, purpose="Design"
    )
    return Assignment.objects.create(
        **{
            "number": next_number("assignment"),
            "engagement": engagement,
            "program": program,
            "freelancer": person,
            "manager": company.people[manager],
            "title": "Brand design",
            "starts_on": timezone.localdate() - timedelta(days=60),
            "ends_on": timezone.localdate() + timedelta(days=60),
            "rate": Decimal("80.00"),
            "currency": "EUR",
            "budget": Decimal(10000),
            "state": Assignment.State.ACTIVE,
            "activated_at": timezone.now(),
            **values,
        }
    )


def make_line(assignment, *, days_ago=1, quantity="8", state=WorkState.SUBMITTED, worked_on=None, **values):
    """One time line, by default waiting for acceptance."""
    quantity = Decimal(quantity)
    return TimeLine.objects.create(
        **{
            "assignment": assignment,
            "worked_on": worked_on or timezone.localdate() - timedelta(days=days_ago),
            "quantity": quantity,
            "note": "Sketches",
            "rate": assignment.rate,
            "currency": assignment.currency,
            "amount": line_amount(quantity, assignment.rate),
            "state": state,
            "submitted_at": None if state == WorkState.DRAFT else timezone.now(),
            **values,
        }
    )


def make_deliverable(assignment, *, title="Logo", state=WorkState.DRAFT, amount=None, **values):
    submitted = None if state == WorkState.DRAFT else timezone.now()
    return Deliverable.objects.create(
        **{
            "assignment": assignment,
            "title": title,
            "due_on": timezone.localdate() + timedelta(days=7),
            "amount": None if amount is None else Decimal(amount).quantize(Decimal("0.01")),
            "currency": assignment.currency,
            "state": state,
            "submitted_at": submitted,
            "first_submitted_at": submitted,
            **values,
        }
    )


def last_monday() -> date:
    """The Monday of the last whole week."""
    today = timezone.localdate()
    return today - timedelta(days=today.weekday() + 7)
