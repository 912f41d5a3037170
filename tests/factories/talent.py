"""Freelancers, requisitions and assignments in any state, made by the real services. Call inside a company:
`with acme.enter():`."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from freelance_hub.services.invitations import invite
from programs.models import Program
from talent.services import assignments
from talent.services.engaging import engage
from talent.services.freelancers import create_freelancer
from talent.services.requisitions import approve_requisition, create_requisition, submit_requisition
from tests.factories.work import make_program

ORDER = ("planned", "onboarding", "active", "ended", "offboarding", "closed")


def add_freelancer(company, name="Fay Free", *, skills=("Python", "Django"), **details):
    email = f"{name.lower().replace(' ', '.')}@free.example"
    return create_freelancer(
        actor=company.automation(),
        name=name,
        skills=skills,
        **{"email": email, "hourly_rate": Decimal(70), "currency": "EUR", "rating": Decimal("4.5"), **details},
    )


def guest_freelancer(company, key="freelancer", **details):
    """The directory entry of one of the world's guests."""
    person = company.people[key]
    freelancer = add_freelancer(company, person.user.name, email=person.user.email, **details)
    freelancer.membership = person
    freelancer.save(update_fields=["membership"])
    return freelancer


def ask(company, *, state="open", by="hiring_manager", program=None, title="Android payments SDK", **details):
    """A requisition of `by`: 20,000 EUR, 60 to 90 EUR an hour, Python and Django; `state` draft, in_approval or open."""
    actor = company.actor(by)
    today = timezone.localdate()
    requisition = create_requisition(
        actor=actor,
        program=program or Program.objects.order_by("pk").first() or make_program(company),
        title=title,
        **{
            "starts_on": today,
            "ends_on": today + timedelta(days=90),
            "budget": Decimal(20000),
            "rate_min": Decimal(60),
            "rate_max": Decimal(90),
            "skills": ["Python", "Django"],
            **details,
        },
    )
    if state != "draft":
        submit_requisition(requisition=requisition, actor=actor)
    if state == "open":
        approve_requisition(requisition=requisition, actor=company.automation())
    return requisition


def hire(company, *, state="active", requisition=None, freelancer=None, manager="hiring_manager", **details):
    """An assignment walked to `state` by the services."""
    today = timezone.localdate()
    requisition = requisition or ask(company, by=manager)
    assignment = engage(
        requisition=requisition,
        freelancer=freelancer or add_freelancer(company),
        manager=company.people[manager],
        actor=company.actor(manager),
        **{
            "rate": Decimal(80),
            "starts_on": today,
            "ends_on": today + timedelta(days=60),
            "title": requisition.title,
            **details,
        },
    )
    return walk(company, assignment, state)


def walk(company, assignment, state):
    """Move a planned assignment through the services until it is in `state`."""
    robot, boss = company.automation(), company.actor("program_manager")
    steps = [
        lambda: assignments.start_onboarding(assignment=assignment, actor=boss),
        lambda: assignments.activate_assignment(assignment=assignment, actor=robot),
        lambda: assignments.request_end(assignment=assignment, reason="Done.", actor=boss),
        lambda: assignments.start_offboarding(assignment=assignment, actor=robot),
        lambda: assignments.close_assignment(assignment=assignment, actor=robot),
    ]
    for step in steps[: ORDER.index(state)]:
        step()
    return assignment


def invite_guest(company, email, name="Fay Free"):
    """An invitation as onboarding sends it."""
    return invite(email=email, name=name, kind="guest", role_keys=["freelancer"], actor=company.automation())
