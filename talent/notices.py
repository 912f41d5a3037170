"""What people are told about work and money: each event to the other side, once, after it is certain."""

from decimal import Decimal

from freelance_hub import events
from freelance_hub.formats import money_text
from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Membership, NotificationPreference
from freelance_hub.services import notifications
from freelance_hub.services.notifications import notify
from talent.models import Amendment, Assignment, Deliverable, Invoice, PaymentRow, TimeLine
from talent.services.days import week_of

notifications.register("work", "Work handed in, accepted or returned")
notifications.register("invoice", "My invoices: approved, released, rejected")
notifications.register("payment", "Payments to me", mail=NotificationPreference.Mail.DAILY)


@events.deliver("time.submitted")
def time_was_submitted(event: Event) -> None:
    """The manager hears of a week once."""
    assignment = _assignment(event.subject_id)
    week, unit = event.payload["week"], "h" if assignment.rate_unit == "hour" else "d"
    quantity = f"{Decimal(event.payload['quantity']).normalize():f} {unit}"
    _tell_manager(
        assignment,
        event,
        kind="work",
        title=f"{assignment.freelancer} handed in {quantity}",
        body=f"{assignment}, week of {week}. {_sum(event)}",
        link=_url(assignment, "timesheet_week", number=assignment.number, week=week),
    )


@events.deliver("time.accepted")
def time_was_accepted(event: Event) -> None:
    """The freelancer hears once a day that time was accepted, however many lines it was."""
    line = TimeLine.objects.select_related("assignment__freelancer__membership", "assignment__tenant").get(
        pk=event.subject_id
    )
    _tell_freelancer(
        line.assignment,
        kind="work",
        title=f"Your time on “{line.assignment.title}” was accepted",
        link=_week_link(line),
        key=f"time-accepted:{line.assignment_id}:{event.occurred_at:%Y%m%d}",
    )


@events.deliver("time.returned")
def time_was_returned(event: Event) -> None:
    line = TimeLine.objects.select_related("assignment__freelancer__membership", "assignment__tenant").get(
        pk=event.subject_id
    )
    _tell_freelancer(
        line.assignment,
        kind="work",
        title=f"Your time of {line.worked_on:%-d %B} came back",
        body=event.payload["reason"],
        link=_week_link(line),
        key=_once(event),
    )


@events.deliver("deliverable.*")
def deliverable_moved(event: Event) -> None:
    """Handed in: the manager. Agreed, accepted, returned: the freelancer."""
    found = Deliverable.objects.select_related("assignment__freelancer__membership", "assignment__tenant")
    deliverable = found.get(pk=event.subject_id)
    assignment, title = deliverable.assignment, f"“{deliverable.title}”"
    if event.kind == "deliverable.submitted":
        link = _url(assignment, "deliverable_detail", public_id=deliverable.public_id)
        _tell_manager(assignment, event, kind="work", title=f"{assignment.freelancer} handed in {title}", link=link)
        return
    words = {
        "deliverable.created": (f"{title} was agreed with you", deliverable.description),
        "deliverable.accepted": (f"{title} was accepted", ""),
        "deliverable.returned": (f"{title} came back", event.payload.get("reason", "")),
    }
    if event.kind in words:
        news, body = words[event.kind]
        link = _url(assignment, "portal_deliverable_detail", public_id=deliverable.public_id)
        _tell_freelancer(assignment, kind="work", title=news, body=body, link=link, key=_once(event))


@events.deliver("amendment.*")
def terms_moved(event: Event) -> None:
    """Offered: the freelancer. Decided, by whomever: who asked for it."""
    people = ("assignment__freelancer__membership", "assignment__tenant", "requested_by")
    amendment = Amendment.objects.select_related(*people).get(pk=event.subject_id)
    assignment, reason = amendment.assignment, event.payload.get("reason", "")
    if event.kind == "amendment.offered":
        _tell_freelancer(
            assignment,
            kind="assignment",
            title=f"New terms for “{assignment.title}” wait for your answer",
            body=amendment.reason,
            link=_url(assignment, "portal_amendment_detail", number=amendment.number),
            key=_once(event),
        )
    words = {
        "amendment.offered": f"{amendment.ref} is approved and with {assignment.freelancer}",
        "amendment.rejected": f"{amendment.ref} was not approved",
        "amendment.returned": f"{amendment.ref} came back: something should change",
        "amendment.agreed": f"{assignment.freelancer} has accepted {amendment.ref}: it is in force",
        "amendment.declined": f"{assignment.freelancer} has declined {amendment.ref}",
    }
    asker = amendment.requested_by
    if event.kind in words and asker.state == Membership.State.ACTIVE:
        link = _url(assignment, "amendment_detail", number=amendment.number)
        title, key = words[event.kind], f"{_once(event)}:asker"
        notify(membership=asker, kind="assignment", title=title, body=reason, link=link, dedupe_key=key)


@events.deliver("invoice.*")
def invoice_moved(event: Event) -> None:
    """The freelancer at each step, and who made it. Whose turn it is, the approval tells."""
    people = ("assignment__freelancer__membership", "assignment__tenant", "assignment__manager", "created_by")
    invoice = Invoice.objects.select_related(*people).get(pk=event.subject_id)
    assignment, amount = invoice.assignment, _sum(event)
    link = _url(assignment, "invoice_detail", number=invoice.number)
    made_by_employee = invoice.created_by.kind == Membership.Kind.STAFF
    if event.kind == "invoice.rejected" and made_by_employee:
        title = f"{invoice.ref} was rejected"
        body = event.payload["reason"]
        notify(
            membership=invoice.created_by, kind="invoice", title=title, body=body, link=link, dedupe_key=_once(event)
        )
    words = {
        "invoice.submitted": (f"{invoice.ref} was made for you", amount) if made_by_employee else None,
        "invoice.manager_approved": (f"{invoice.ref} now waits for finance", amount),
        "invoice.approved": (f"{invoice.ref} is approved", f"{amount}, to be paid by {invoice.due_on:%-d %B %Y}."),
        "invoice.rejected": (f"{invoice.ref} was rejected", event.payload.get("reason", "")),
        "invoice.paid": (f"{invoice.ref} is paid", amount),
    }
    if news := words.get(event.kind):
        _tell_freelancer(
            assignment,
            kind="payment" if event.kind == "invoice.paid" else "invoice",
            title=news[0],
            body=news[1],
            link=_url(assignment, "portal_invoice_detail", number=invoice.number),
            key=_once(event),
        )


@events.deliver("payment.exported")
def payments_left(event: Event) -> None:
    """Everyone in the batch hears that their money is on its way."""
    rows = PaymentRow.objects.filter(batch=event.subject_id).select_related(
        "invoice__assignment__freelancer__membership", "invoice__assignment__tenant"
    )
    for row in rows.iterator():
        invoice = row.invoice
        _tell_freelancer(
            invoice.assignment,
            kind="payment",
            title=f"{invoice.ref} was sent to payment",
            body=money_text(invoice.total, invoice.currency),
            link=_url(invoice.assignment, "portal_invoice_detail", number=invoice.number),
            key=f"exported:{invoice.pk}",
        )


def _assignment(pk: int) -> Assignment:
    return Assignment.objects.select_related("tenant", "manager", "freelancer__membership").get(pk=pk)


def _tell_manager(assignment: Assignment, event: Event, *, kind: str, title: str, link: str, body: str = "") -> None:
    manager = assignment.manager
    if manager.pk != event.actor_membership_id and manager.state == Membership.State.ACTIVE:
        notify(membership=manager, kind=kind, title=title, body=body, link=link, dedupe_key=_once(event))


def _tell_freelancer(assignment: Assignment, *, kind: str, title: str, link: str, key: str, body: str = "") -> None:
    person = assignment.freelancer.membership
    if person is not None and person.state == Membership.State.ACTIVE:
        notify(membership=person, kind=kind, title=title, body=body, link=link, dedupe_key=key)


def _url(assignment: Assignment, name: str, **kwargs: object) -> str:
    return tenant_url(name, tenant=assignment.tenant.slug, **kwargs)


def _week_link(line: TimeLine) -> str:
    week = week_of(line.worked_on).isoformat()
    return _url(line.assignment, "portal_time", number=line.assignment.number, week=week)


def _sum(event: Event) -> str:
    payload = event.payload
    return money_text(Decimal(payload.get("amount") or payload["total"]), payload["currency"])


def _once(event: Event) -> str:
    return f"event:{event.pk}"
