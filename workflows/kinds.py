"""The kinds of subject that ship: requisitions and assignments."""

from datetime import date
from decimal import Decimal
from typing import Any

from freelance_hub.formats import day_text, money_text
from freelance_hub.models import Invitation, Membership
from programs.selectors import approval_limit
from talent.access import visible_assignments, visible_requisitions
from talent.models import Assignment, Requisition
from workflows import about
from workflows.about import moments, units
from workflows.about.common import fits_budget
from workflows.facts import DATE, NUMBER, TEXT, YES_NO, Fact
from workflows.models import AccessGrant
from workflows.subjects import Material, SubjectKind, register


def _limit_in_currency(requisition: Requisition) -> Decimal:
    """The program's limit; zero for a request in another currency, which so always needs the second approval."""
    program = requisition.program
    return approval_limit(program) if requisition.currency == program.currency else Decimal(0)


def _amount(requisition: Requisition) -> Decimal | None:
    return requisition.budget if requisition.currency == requisition.program.currency else None


def _is_within_budget(requisition: Requisition) -> bool:
    return fits_budget(requisition.program, requisition.budget, requisition.currency)


def _org_unit(requisition: Requisition) -> str | None:
    unit = requisition.org_unit or requisition.program.org_unit
    return unit.code if unit else None


def _is_own_unit(requisition: Requisition) -> bool:
    """Whether the cost lands where the program's does, or the program leaves it open."""
    return None in (requisition.org_unit_id, requisition.program.org_unit_id) or (
        requisition.org_unit_id == requisition.program.org_unit_id
    )


def is_member(assignment: Assignment) -> bool:
    """Whether the freelancer can sign in already."""
    membership = assignment.freelancer.membership
    return membership is not None and membership.state == Membership.State.ACTIVE


def has_joined(assignment: Assignment) -> bool:
    """Whether the freelancer has accepted the invitation, or needs none."""
    invitation = assignment.invitation
    return is_member(assignment) or (invitation is not None and invitation.state == Invitation.State.ACCEPTED)


def accesses_are_closed(assignment: Assignment) -> bool:
    """Whether every access of the assignment is closed for good, here and outside."""
    return not AccessGrant.objects.filter(assignment=assignment, state__in=AccessGrant.OPEN).exists()


def _money(subject: Any) -> tuple[Decimal, str]:
    return subject.budget, subject.currency


def _day(value: date) -> str:
    return day_text(value, today=value, year=True)


def _rates(requisition: Requisition) -> str:
    """The range in words, such as "€60.00 to €90.00 per hour"; empty when none is given."""
    ends = [money_text(rate, requisition.currency) for rate in (requisition.rate_min, requisition.rate_max) if rate]
    return f"{' to '.join(ends)} {requisition.get_rate_unit_display()}" if ends else ""


REQUISITION_MATERIAL = {
    "title": Material("Title", lambda requisition: requisition.title),
    "description": Material("Description", lambda requisition: requisition.description),
    "org_unit": Material("Unit", lambda requisition: str(requisition.org_unit or "")),
    "starts_on": Material("Starts", lambda requisition: _day(requisition.starts_on)),
    "ends_on": Material("Ends", lambda requisition: _day(requisition.ends_on)),
    "budget": Material("Budget", lambda requisition: money_text(*_money(requisition)), is_amount=True),
    "rates": Material("Rates", _rates),
    "skills": Material(
        "Skills", lambda requisition: ", ".join(sorted(link.skill.name for link in requisition.skill_links.all()))
    ),
}
ASSIGNMENT_MATERIAL = {
    "title": Material("Title", lambda assignment: assignment.title),
    "starts_on": Material("Starts", lambda assignment: _day(assignment.starts_on)),
    "ends_on": Material("Ends", lambda assignment: _day(assignment.ends_on)),
    "budget": Material("Budget", lambda assignment: money_text(*_money(assignment)), is_amount=True),
    "rate": Material(
        "Rate",
        lambda assignment: f"{money_text(assignment.rate, assignment.currency)} {assignment.get_rate_unit_display()}",
    ),
}


def load() -> None:
    """Register them. Called in `apps.ready()`."""
    register(
        SubjectKind(
            model=Requisition,
            noun="requisition",
            program=lambda requisition: requisition.program,
            program_lookup="program",
            searched=("title",),
            requester=lambda requisition: requisition.requested_by,
            people={
                "requester": lambda requisition: requisition.requested_by,
                "requester_manager": lambda requisition: requisition.requested_by.manager,
                "unit_approver": units.unit_approver,
                "program_owner": lambda requisition: requisition.program.owner,
            },
            facts={
                "budget": Fact(NUMBER, lambda requisition: requisition.budget, "Budget"),
                "approval_limit": Fact(NUMBER, _limit_in_currency, "Approval limit of the program"),
                "amount": Fact(NUMBER, _amount, "Budget in the program's currency; empty in another"),
                "is_within_budget": Fact(YES_NO, _is_within_budget, "It fits into the program's budget"),
                "org_unit": Fact(TEXT, _org_unit, "Cost centre"),
                "is_own_unit": Fact(YES_NO, _is_own_unit, "The program's own unit carries the cost"),
                "has_unit_approver": Fact(YES_NO, units.has_unit_approver, "Its organisation unit has an approver"),
                "unit_has_agreed": Fact(YES_NO, units.unit_has_agreed, "The approver of its unit has agreed"),
                "currency": Fact(TEXT, lambda requisition: requisition.currency, "Currency"),
                "starts_on": Fact(DATE, lambda requisition: requisition.starts_on, "First day"),
                "ends_on": Fact(DATE, lambda requisition: requisition.ends_on, "Last day"),
            },
            selections={
                "open": lambda rows: rows.filter(state=Requisition.State.OPEN),
                "in_approval": lambda rows: rows.filter(state=Requisition.State.IN_APPROVAL),
            },
            amount=_money,
            events=moments.REQUISITION,
            events_naming=moments.OF_REQUISITION,
            material=REQUISITION_MATERIAL,
            material_prefetch=("skill_links__skill",),
            visible=visible_requisitions,
            named_by="number",
            route=("requisition_detail", lambda requisition: {"number": requisition.number}),
            related=(
                "program__owner__user",
                "program__org_unit",
                "requested_by__user",
                "requested_by__manager",
                "org_unit",
            ),
        )
    )
    register(
        SubjectKind(
            model=Assignment,
            noun="assignment",
            program=lambda assignment: assignment.program,
            program_lookup="program",
            searched=("title", "freelancer__name"),
            people={
                "manager": lambda assignment: assignment.manager,
                "freelancer": lambda assignment: assignment.freelancer.membership,
                "program_owner": lambda assignment: assignment.program.owner,
            },
            facts={
                "is_member": Fact(YES_NO, is_member, "The freelancer can sign in"),
                "has_joined": Fact(YES_NO, has_joined, "The freelancer has accepted the invitation"),
                "budget": Fact(NUMBER, lambda assignment: assignment.budget, "Budget"),
                "currency": Fact(TEXT, lambda assignment: assignment.currency, "Currency"),
                "starts_on": Fact(DATE, lambda assignment: assignment.starts_on, "First day"),
                "ends_on": Fact(DATE, lambda assignment: assignment.ends_on, "Last day"),
                "accesses_are_closed": Fact(YES_NO, accesses_are_closed, "Every access is closed"),
            },
            selections={
                "active": lambda rows: rows.filter(state=Assignment.State.ACTIVE),
                "onboarding": lambda rows: rows.filter(state=Assignment.State.ONBOARDING),
            },
            amount=_money,
            events=moments.ASSIGNMENT,
            events_naming=moments.OF_ASSIGNMENT,
            material=ASSIGNMENT_MATERIAL,
            visible=visible_assignments,
            named_by="number",
            portal_route=("portal_assignment_detail", lambda assignment: {"number": assignment.number}),
            route=("assignment_detail", lambda assignment: {"number": assignment.number}),
            related=(
                "program__owner__user",
                "manager__user",
                "freelancer__membership__user",
                "invitation",
                "workspace",
            ),
        )
    )
    register(
        SubjectKind(
            model=AccessGrant,
            noun="access",
            program=lambda grant: grant.assignment.program,
            program_lookup="assignment__program",
            searched=("membership__user__name", "resource__name", "assignment__title"),
            people={
                "keeper": lambda grant: grant.resource.keeper if grant.resource else None,
                "manager": lambda grant: grant.assignment.manager,
                "sponsor": lambda grant: grant.sponsor or grant.assignment.manager,
                "program_owner": lambda grant: grant.assignment.program.owner,
            },
            events=moments.ACCESS,
            route=("grant_detail", lambda grant: {"public_id": grant.public_id}),
            related=(
                "assignment__program__owner__user",
                "assignment__manager__user",
                "membership__user",
                "sponsor__user",
                "resource__keeper__user",
                "workspace",
            ),
        )
    )
    about.load()
