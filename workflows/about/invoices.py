"""Invoices as subjects of runs. What was decided on the invoice's own page ends the waiting step by itself."""

from freelance_hub.formats import money_text
from freelance_hub.models import Membership
from talent.access import visible_invoices
from talent.models import Invoice
from workflows.about import moments
from workflows.about.units import approver_for
from workflows.facts import DATE, NUMBER, TEXT, YES_NO, Fact
from workflows.subjects import Material, SubjectKind, register

State = Invoice.State


def approver(invoice: Invoice) -> Membership | None:
    """The manager of the assignment, unless they made the invoice themselves: then the program team finds somebody."""
    manager = invoice.assignment.manager
    return None if manager.pk == invoice.created_by_id else manager


def is_past_manager(invoice: Invoice) -> bool:
    """Whether it waits for the manager no more."""
    return invoice.state not in (State.DRAFT, State.SUBMITTED)


def is_past_finance(invoice: Invoice) -> bool:
    """Whether it waits for nobody any more."""
    return invoice.state not in (State.DRAFT, State.SUBMITTED, State.IN_APPROVAL)


def load() -> None:
    """Register it."""
    register(
        SubjectKind(
            model=Invoice,
            noun="invoice",
            program=lambda invoice: invoice.assignment.program,
            program_lookup="assignment__program",
            searched=("freelancer__name", "assignment__title"),
            requester=lambda invoice: invoice.created_by,
            people={
                "approver": approver,
                "manager": lambda invoice: invoice.assignment.manager,
                "freelancer": lambda invoice: invoice.freelancer.membership,
                "program_owner": lambda invoice: invoice.assignment.program.owner,
                "unit_approver": lambda invoice: approver_for(invoice.assignment.program.org_unit, invoice.created_by),
            },
            facts={
                "total": Fact(NUMBER, lambda invoice: invoice.total, "Total without tax"),
                "currency": Fact(TEXT, lambda invoice: invoice.currency, "Currency"),
                "due_on": Fact(DATE, lambda invoice: invoice.due_on, "Pay-by date"),
                "is_past_manager": Fact(YES_NO, is_past_manager, "The manager has decided"),
                "is_past_finance": Fact(YES_NO, is_past_finance, "Finance has decided, or it was rejected"),
            },
            selections={"waiting": lambda rows: rows.filter(state__in=(State.SUBMITTED, State.IN_APPROVAL))},
            amount=lambda invoice: (invoice.total, invoice.currency),
            events=moments.INVOICE,
            material={
                "total": Material("Total", lambda one: money_text(one.total, one.currency), is_amount=True),
                "payee": Material("Paid to", lambda invoice: invoice.freelancer.name),
            },
            portal_route=("portal_invoice_detail", lambda invoice: {"number": invoice.number}),
            visible=visible_invoices,
            named_by="number",
            route=("invoice_detail", lambda invoice: {"number": invoice.number}),
            related=(
                "created_by__user",
                "assignment__manager__user",
                "assignment__program__owner__user",
                "assignment__program__org_unit",
                "freelancer__membership__user",
            ),
        )
    )
