"""Changes of terms as subjects of runs: extensions and amendments."""

from collections.abc import Callable
from decimal import Decimal

from programs.selectors import approval_limit
from talent.access import visible_amendments
from talent.models import Amendment
from talent.selectors.terms import before_of, in_words, percent_more
from workflows.about import moments
from workflows.about.common import fits_budget, is_refused
from workflows.about.units import approver_for
from workflows.facts import DATE, NUMBER, TEXT, YES_NO, Fact
from workflows.subjects import Material, SubjectKind, register

OFFERED, DRAFT_OR_ASKED = Amendment.State.OFFERED, (Amendment.State.DRAFT, Amendment.State.IN_APPROVAL)


def more_money(amendment: Amendment) -> Decimal:
    """By how much the budget grows, in the assignment's currency; negative when it shrinks."""
    return Decimal(0) if amendment.budget is None else amendment.budget - before_of(amendment)["budget"]


def changes_money(amendment: Amendment) -> bool:
    """Whether rate or budget change."""
    return amendment.rate is not None or amendment.budget is not None


def growth(amendment: Amendment) -> Decimal:
    """By how many percent the budget grows."""
    return Decimal(0) if amendment.budget is None else percent_more(before_of(amendment)["budget"], amendment.budget)


def is_managers_own(amendment: Amendment) -> bool:
    """Whether the manager of the assignment asks for it themselves."""
    return amendment.requested_by_id == amendment.assignment.manager_id


def is_answered(amendment: Amendment) -> bool:
    """Whether the freelancer's answer is there, or is needed no more."""
    return amendment.state not in (OFFERED, *DRAFT_OR_ASKED)


def _limit(amendment: Amendment) -> Decimal:
    """The program's limit; zero in another currency, which so always needs the second approval."""
    program = amendment.assignment.program
    return approval_limit(program) if amendment.assignment.currency == program.currency else Decimal(0)


def _is_within_budget(amendment: Amendment) -> bool:
    assignment = amendment.assignment
    return fits_budget(assignment.program, more_money(amendment), assignment.currency)


def _money(amendment: Amendment) -> tuple[Decimal, str] | None:
    more = more_money(amendment)
    return (more, amendment.assignment.currency) if more > 0 else None


def _term(name: str) -> Callable[[Amendment], str]:
    """A term from then on, as people read it: what it becomes, or what stays."""

    def text(amendment: Amendment) -> str:
        new = getattr(amendment, name)
        return in_words(name, before_of(amendment)[name] if new is None else new, amendment.assignment)

    return text


MATERIAL = {
    "ends_on": Material("Last day", _term("ends_on")),
    "rate": Material("Rate", _term("rate")),
    "budget": Material("Budget", _term("budget"), is_amount=True),
    "scope": Material("Scope", lambda amendment: amendment.scope),
}


def load() -> None:
    """Register it."""
    register(
        SubjectKind(
            model=Amendment,
            noun="amendment",
            program=lambda amendment: amendment.assignment.program,
            program_lookup="assignment__program",
            searched=("assignment__title", "assignment__freelancer__name"),
            requester=lambda amendment: amendment.requested_by,
            people={
                "requester": lambda amendment: amendment.requested_by,
                "manager": lambda amendment: amendment.assignment.manager,
                "freelancer": lambda amendment: amendment.assignment.freelancer.membership,
                "program_owner": lambda amendment: amendment.assignment.program.owner,
                "unit_approver": lambda one: approver_for(one.assignment.program.org_unit, one.requested_by),
            },
            facts={
                "kind": Fact(TEXT, lambda amendment: amendment.kind, "Kind: extension or amendment"),
                "more_money": Fact(NUMBER, more_money, "By how much the budget grows"),
                "growth_percent": Fact(NUMBER, growth, "By how many percent the budget grows"),
                "changes_money": Fact(YES_NO, changes_money, "Rate or budget change"),
                "approval_limit": Fact(NUMBER, _limit, "Approval limit of the program"),
                "is_within_budget": Fact(YES_NO, _is_within_budget, "It fits into the program's budget"),
                "last_day": Fact(DATE, lambda one: one.ends_on or one.assignment.ends_on, "Last day from then on"),
                "is_managers_own": Fact(YES_NO, is_managers_own, "The manager asks for it"),
                "is_answered": Fact(YES_NO, is_answered, "The freelancer has answered"),
                "is_agreed": Fact(YES_NO, lambda one: one.state == Amendment.State.AGREED, "It is in force"),
                "is_refused": Fact(YES_NO, is_refused, "An approver has not agreed"),
            },
            selections={"in_approval": lambda rows: rows.filter(state=Amendment.State.IN_APPROVAL)},
            amount=_money,
            events=moments.AMENDMENT,
            material=MATERIAL,
            portal_route=("portal_amendment_detail", lambda amendment: {"number": amendment.number}),
            visible=visible_amendments,
            named_by="number",
            route=("amendment_detail", lambda amendment: {"number": amendment.number}),
            related=(
                "requested_by__user",
                "assignment__manager__user",
                "assignment__freelancer__membership__user",
                "assignment__program__owner__user",
                "assignment__program__org_unit",
                "assignment__tenant",
            ),
        )
    )
