"""The inbox: everything that waits for one person, answered one by one, in bulk or by keyboard."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Now, NullIf
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console
from freelance_hub.links import tenant_url
from freelance_hub.lists import (
    BulkAction,
    Column,
    Empty,
    ListFilters,
    ListPage,
    PageAction,
    Tab,
    list_methods,
    list_page,
)
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import due, money, when
from workflows.models import Decision, Step
from workflows.people import inbox_of
from workflows.questions import Subjects
from workflows.review_access import asked_of
from workflows.selectors import budget_left_of
from workflows.services.decisions import decide


class InboxFilters(ListFilters):
    kind = forms.ChoiceField(label="What", choices=[("", "Everything"), ("approval", "Approvals"), ("task", "Tasks")])
    late = forms.BooleanField(label="Late")
    lookups = {"kind": "kind"}
    search_fields = ("title", "run__title")

    def conditions(self) -> Q:
        late = Q(due_at__lt=Now()) if self.cleaned_data.get("late") else Q()
        return super().conditions() & late


class ReasonForm(forms.Form):
    comment = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


def _asked_by(step: Step) -> str:
    return str(step.run.requested_by.user) if step.run.requested_by else ""


def _due_on(step: Step) -> date | None:
    return timezone.localtime(step.due_at).date() if step.due_at else None


def _decide(step: Step, *, outcome: str, actor: Actor, comment: str = "") -> str:
    """One row of a bulk decision; its result in words."""
    decided = decide(step=step, outcome=outcome, actor=actor, comment=comment, via=Decision.Via.BULK)
    if decided.state == Step.State.WAITING:
        return "Approved; others are asked still"
    return {"approved": "Approved", "changes": "Given back for changes"}.get(outcome, "Rejected")


INBOX = ListPage(
    key="inbox",
    title="Inbox",
    lead="What waits for you.",
    noun=("thing to do", "things to do"),
    columns=(
        Column("run__title", "What is asked"),
        Column("run__requested_by__user__name", "Asked by", value=_asked_by, cell="person"),
        Column(
            "run__program__name", "Program", value=lambda s: s.run.program.name if s.run.program else "", cell="extra"
        ),
        Column("since", "Waits since", value=lambda step: when(step.since), sort="since"),
        Column("due_at", "Answer by", value=lambda step: due(_due_on(step)), sort="due", cell="state"),
    ),
    filters=InboxFilters,
    sorts={"since": ("since", "Waits longest"), "due": ("due_at", "Answer by")},
    default_sort="since",
    row_link=lambda step: tenant_url("step_detail", public_id=step.public_id),
    row_label=lambda step: f"{step.run.title}: {step.title}",
    tabs=(Tab("Everything"), Tab("Approvals", "kind=approval"), Tab("Tasks", "kind=task"), Tab("Late", "late=on")),
    bulk=(
        BulkAction(
            "approve",
            "Approve",
            partial(_decide, outcome="approved"),
            confirm="Approve what you have selected?",
        ),
        BulkAction("changes", "Ask for changes", partial(_decide, outcome="changes"), form=ReasonForm),
        BulkAction(
            "reject",
            "Reject",
            partial(_decide, outcome="rejected"),
            form=ReasonForm,
            danger=True,
        ),
    ),
    actions=(PageAction("Standing in", "delegation_list", Capability.TASK_SEE, icon="user-check", is_aside=True),),
    template="workflows/inbox.html",
    empty=Empty(
        "Nothing waits for you",
        "Approvals and tasks of your programs arrive here, and you are told of each.",
        icon="inbox",
    ),
)


@console
@list_methods
def inbox(request: HubRequest) -> HttpResponseBase:
    """Everything that waits for the person, with amount and what is left of the budget."""
    require(request.actor, Capability.TASK_SEE)
    rows = inbox_of(request.actor).select_related("run__program", "run__requested_by__user")
    me = request.membership.pk
    holder = Membership.objects.filter(pk=OuterRef("place")).exclude(pk=me)
    name = Coalesce(NullIf("user__name", Value("")), "user__email", output_field=TextField())
    rows = rows.annotate(holder=Subquery(holder.values(name=name)))
    review = asked_of(request.actor).aggregate(number=Count("pk"), due_at=Min("campaign__due_at"))
    return list_page(request, _with_amounts(INBOX, rows, me), rows, extra_context={"review": review})


def _with_amounts(page: ListPage, rows: QuerySet[Step], me: int) -> ListPage:
    """The list with the columns that need the subjects: loaded together, at the first cell that asks."""
    subjects = Subjects(rows)
    about = Column("run__title", "What is asked", value=partial(_about, subjects=subjects, me=me))
    read_amount = partial(_amount, subjects=subjects, left=_left_reader())
    amount = Column("amount", "Amount", value=read_amount, class_="number", csv=None)
    _, *others = page.columns
    return replace(page, columns=(about, amount, *others))


def _about(step: Any, *, subjects: Subjects, me: int) -> SafeString:
    """What is asked, in whose place it would be answered, and what has changed since the last approval."""
    lines = [step.title]
    if step.escalated_to_id == me:
        lines.append("Late, so you may answer as the manager")
    elif step.holder:
        lines.append(f"In place of {step.holder}")
    soft = format_html_join("", "<br><span class='soft'>{}</span>", ((line,) for line in lines))
    changed = format_html_join(
        "",
        "<br><span class='changed'>{}: <del>{}</del> → <ins>{}</ins></span>",
        ((change.label, _short(change.old), _short(change.new)) for change in subjects.changes(step)[:3]),
    )
    return format_html("{}{}{}", step.run.title, soft, changed)


def _amount(step: Step, *, subjects: Subjects, left: Callable[[Step], object]) -> object:
    """What an approval is about, and what the program has left for it."""
    found = subjects.amount(step) if step.kind == Step.Kind.APPROVAL else None
    if not found:
        return None
    rest = left(step)
    more = format_html("<br><span class='soft'>{}</span>", rest) if rest else ""
    return format_html("{}{}", money(*found, cents=False), more)


def _short(text: str) -> str:
    return (text if len(text) <= 40 else f"{text[:39]}…") or "nothing"


def _left_words(left: Decimal, currency: str) -> SafeString:
    if left < 0:
        return format_html("<span class='bad'>{} over budget</span>", money(-left, currency, cents=False))
    return format_html("of {} left", money(left, currency, cents=False))


def _left_reader() -> Callable[[Step], object]:
    known: dict[int, object] = {}

    def read(step: Step) -> object:
        program = step.run.program
        if program is None:
            return None
        if program.pk not in known:
            left = budget_left_of(program)
            known[program.pk] = _left_words(left, program.currency) if left is not None else None
        return known[program.pk]

    return read
