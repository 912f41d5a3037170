"""The inbox: everything that waits for one person, and the page on which they answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, show_refusal
from freelance_hub.links import tenant_url
from freelance_hub.lists import BulkAction, Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import file_items
from freelance_hub.templatetags.hub import due, money, when
from workflows.access import access_step, visible_runs
from workflows.models import Step
from workflows.people import candidates, waiting_for
from workflows.selectors import budget_left_of, checklist_of, with_steps
from workflows.services.decisions import decide
from workflows.subjects import kind_of, subject_of
from workflows.views.answering import answer, form_for, handed_in


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


def _about(step: Step) -> SafeString:
    return format_html("{}<br><span class='soft'>{}</span>", step.run.title, step.title)


def _asked_by(step: Step) -> str:
    return str(step.run.requested_by.user) if step.run.requested_by else "–"


def _due_on(step: Step) -> date | None:
    return timezone.localtime(step.due_at).date() if step.due_at else None


def _decide(step: Step, *, outcome: str, actor: Actor, comment: str = "") -> str:
    decide(step=step, outcome=outcome, actor=actor, comment=comment)
    return "Approved" if outcome == "approved" else "Rejected"


INBOX = ListPage(
    key="inbox",
    title="Inbox",
    lead="What waits for you.",
    noun=("thing to do", "things to do"),
    columns=(
        Column("run__title", "What is asked", value=_about),
        Column("run__requested_by__user__name", "Asked by", value=_asked_by, cell="person"),
        Column(
            "run__program__name", "Program", value=lambda s: s.run.program.name if s.run.program else "–", cell="extra"
        ),
        Column("since", "Waits since", value=lambda step: when(step.since), sort="since", cell="state"),
        Column("due_at", "Answer by", value=lambda step: due(_due_on(step)), sort="due"),
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
            confirm="Approve {n} requests?",
        ),
        BulkAction(
            "reject",
            "Reject",
            partial(_decide, outcome="rejected"),
            form=ReasonForm,
            danger=True,
        ),
    ),
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
    rows = waiting_for(request.actor).select_related("run__program", "run__requested_by__user")
    return list_page(request, _with_amounts(INBOX, rows), rows)


def _with_amounts(page: ListPage, rows: QuerySet[Step]) -> ListPage:
    """The list with two columns that need the subjects: loaded together, at the first cell that asks."""
    amount = Column("amount", "Amount", value=_amount_reader(rows), class_="number", csv=None)
    left = Column("left", "Left in program", value=_left_reader(), class_="number", csv=None)
    first, *others = page.columns
    return replace(page, columns=(first, amount, left, *others))


def _amount_reader(rows: QuerySet[Step]) -> Callable[[Step], object]:
    subjects: dict[str, dict[int, Any]] = {}

    def read(step: Step) -> object:
        label, pk = step.run.subject_type, step.run.subject_id
        if label not in subjects:
            subjects[label] = kind_of(label).load(rows.filter(run__subject_type=label).values("run__subject_id")[:1000])
        found = kind_of(label).amount(subjects[label][pk]) if pk in subjects[label] else None
        return money(*found, cents=False) if found else "–"

    return read


def _left_reader() -> Callable[[Step], object]:
    known: dict[int, object] = {}

    def read(step: Step) -> object:
        program = step.run.program
        if program is None:
            return "–"
        if program.pk not in known:
            left = budget_left_of(program)
            known[program.pk] = money(left, program.currency, cents=False) if left is not None else "–"
        return known[program.pk]

    return read


@console
@require_http_methods(["GET", "HEAD", "POST"])
def step_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Who asks what and why, and the form to answer."""
    step = access_step(request.actor, public_id)
    is_post = request.method == "POST"
    form = form_for(step, request.POST if is_post else None, request.FILES if is_post else None)
    if is_post and form.is_valid():
        try:
            words = answer(step, form, request.actor)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, words)
            return redirect_to(request, tenant_url("inbox"))
    return render(
        request, "workflows/step_detail.html", _context(request, step, form), status=422 if form.errors else 200
    )


def _context(request: HubRequest, step: Step, form: forms.Form) -> dict[str, Any]:
    run = step.run
    kind = kind_of(run.subject_type)
    subject = subject_of(run)
    runs = visible_runs(request.actor).filter(pk=run.pk)
    return {
        "step": step,
        "run": run,
        "form": form,
        "subject": subject,
        "subject_url": kind.url(subject),
        "amount": kind.amount(subject),
        "left": budget_left_of(run.program) if run.program else None,
        "checklist": checklist_of(with_steps(runs).get()),
        "files": file_items(handed_in(run), request.actor),
        "asked": list(candidates(run, step)[:6]) if step.state == Step.State.WAITING else [],
        "may_answer": waiting_for(request.actor).filter(pk=step.pk).exists() and not step.params.get("skip_when"),
    }
