"""What the search palette finds of talent: people, requests, assignments."""

from freelance_hub import search
from freelance_hub.access import Actor
from freelance_hub.formats import money_text
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from freelance_hub.search import LIMIT, Result
from talent.access import visible_assignments, visible_freelancers, visible_requisitions
from talent.selectors.billing import invoice_rows, invoices_matching
from talent.selectors.search import matching

# More hits than are shown: those that the person may not see fall out afterwards.
MOST = 200


def freelancers(actor: Actor, text: str) -> list[Result]:
    """People of the directory by name or what they do."""
    rows = visible_freelancers(actor).filter(matching("freelancers", text, most=MOST)).order_by("name", "pk")[:LIMIT]
    return [
        Result(
            icon="user",
            label=one.name,
            note=one.headline,
            href=tenant_url("freelancer_detail", public_id=one.public_id),
        )
        for one in rows
    ]


def requisitions(actor: Actor, text: str) -> list[Result]:
    """Requests by title or number."""
    rows = visible_requisitions(actor).filter(matching("requisitions", text, most=MOST)).order_by("-created_at", "-pk")
    return [
        Result(
            icon="user-search",
            label=one.title,
            note=f"{one.ref} · {one.get_state_display()}",
            href=tenant_url("requisition_detail", number=one.number),
        )
        for one in rows[:LIMIT]
    ]


def assignments(actor: Actor, text: str) -> list[Result]:
    """Assignments by title, person or number."""
    name = "portal_assignment_detail" if actor.is_guest else "assignment_detail"
    rows = visible_assignments(actor).filter(matching("assignments", text, most=MOST)).select_related("freelancer")
    return [
        Result(
            icon="briefcase",
            label=one.title,
            note=f"{one.ref} · {one.freelancer.name}",
            href=tenant_url(name, number=one.number),
        )
        for one in rows.order_by("-created_at", "-pk")[:LIMIT]
    ]


def invoices(actor: Actor, text: str) -> list[Result]:
    """Invoices by number, person or assignment."""
    name = "portal_invoice_detail" if actor.is_guest else "invoice_detail"
    rows = invoice_rows(actor).filter(invoices_matching(text)).order_by("-created_at", "-pk")
    return [
        Result(
            icon="receipt-text",
            label=f"{one.ref} {one.assignment.title if actor.is_guest else one.freelancer.name}",
            note=f"{money_text(one.total, one.currency)} · {one.get_state_display()}",
            href=tenant_url(name, number=one.number),
        )
        for one in rows[:LIMIT]
    ]


search.register("Freelancers", freelancers, capability=Capability.FREELANCER_SEE)
search.register("Requests", requisitions, capability=Capability.REQUISITION_SEE)
search.register("Assignments", assignments, capability=Capability.ASSIGNMENT_SEE)
search.register("Your work", assignments, capability=Capability.PORTAL_USE, guests=True)
search.register("Invoices", invoices, capability=Capability.INVOICE_SEE)
search.register("Your invoices", invoices, capability=Capability.WORK_SUBMIT, guests=True)
