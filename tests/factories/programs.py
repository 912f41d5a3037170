"""Programs, pages and workspaces for tests, made by the real services."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from programs.models import Message, Program, Workspace
from programs.services.programs import launch_program
from programs.services.workspaces import add_member, create_workspace


def launch(company, *, name="Design pilot", actor="program_manager", **changes) -> Program:
    """A program from the pack "Pilot", owned by the program manager."""
    with company.enter(actor):
        return launch_program(
            **{
                "pack_key": "pilot",
                "name": name,
                "purpose": "Try it with the design team.",
                "owner": company.people["program_manager"],
                "legal_entity": company.entity,
                "org_unit": company.unit,
                "currency": "EUR",
                "budget_amount": Decimal("100000.00"),
                "budget_starts_on": date(2020, 1, 1),
                "budget_ends_on": date(2099, 12, 31),
                "approval_limit": Decimal("10000.00"),
                "actor": company.actor(actor),
                **changes,
            }
        )


def make_workspace(company, program, *people, name="Website relaunch") -> Workspace:
    """A room with the hiring manager and `people` (roles of the company) in it."""
    with company.enter("hiring_manager"):
        workspace = create_workspace(program=program, name=name, actor=company.actor("hiring_manager"))
        for role in people:
            add_member(workspace=workspace, membership=company.people[role], actor=company.automation())
        return workspace


def say(company, workspace, body, *, who="hiring_manager") -> Message:
    """A message as it stands in the table, without telling anybody."""
    with company.enter(who):
        return Message.objects.create(workspace=workspace, author=company.people[who], body=body)


def url(company, name, **arguments) -> str:
    """The address of a route in that company."""
    return reverse(name, kwargs={"tenant": company.slug, **arguments})
