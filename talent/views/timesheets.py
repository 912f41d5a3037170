"""Time for employees: the list of lines, and one person's week to be accepted or returned."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.lists import (
    BulkAction,
    Column,
    Empty,
    ListFilters,
    ListPage,
    Tab,
    list_methods,
    list_page,
)
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, day, money
from talent.access import access_timesheet, owns_work, visible_assignments
from talent.forms.work import DecideLinesForm, ReasonForm
from talent.models import Assignment, Requisition, TimeLine
from talent.models.work import WorkState
from talent.selectors.search import matching
from talent.selectors.work import short, shows_amounts, time_rows, waiting_deliverables, week_lines
from talent.services.days import days_of, today_in, week_of
from talent.services.time_lines import accept_time, return_time
from talent.views.weeks import around, monday_or_404

SHOWN_DELIVERABLES = 6


class PersonFilters(ListFilters):
    search_hint = "Person or assignment"

    def search(self, text: str) -> Q:
        """By the few assignments that match, not by the many lines."""
        return Q(assignment__in=visible_assignments(self.actor).filter(matching("assignments", text)).values("pk"))


class WorkFilters(PersonFilters):
    state = forms.MultipleChoiceField(choices=[one for one in WorkState.choices if one[0] != WorkState.DRAFT])
    since = forms.DateField(label="Worked from", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="to", widget=forms.DateInput(attrs={"type": "date"}))
    lookups = {"state": "state__in", "since": "worked_on__gte", "until": "worked_on__lte"}


def _who(line: TimeLine) -> str:
    return format_html('<span class="ref">{}</span>{}', line.assignment.ref, line.assignment.freelancer.name)


def quantity_words(quantity: Decimal, unit: str) -> str:
    """ "7.5 h", "0.5 d"."""
    return f"{quantity.normalize():f} {'h' if unit == Requisition.RateUnit.HOUR else 'd'}"


def week_url(line: TimeLine) -> str:
    return tenant_url("timesheet_week", number=line.assignment.number, week=week_of(line.worked_on).isoformat())


def _label(line: TimeLine) -> str:
    return f"{line.assignment.freelancer.name}, {date_format(line.worked_on, 'j M')}"


def _accept(line: TimeLine, *, actor: Actor) -> str:
    accept_time(actor=actor, line=line)
    return "Accepted"


def _return(line: TimeLine, *, actor: Actor, reason: str) -> str:
    return_time(actor=actor, line=line, reason=reason)
    return "Returned"


COLUMNS = (
    Column("assignment__freelancer__name", "Freelancer", value=_who),
    Column("assignment__title", "Assignment", value=lambda line: short(line.assignment.title), cell="person"),
    Column("worked_on", "Day", value=lambda line: day(line.worked_on), sort="worked"),
    Column(
        "quantity", "Time", value=lambda line: quantity_words(line.quantity, line.assignment.rate_unit), class_="number"
    ),
    Column("amount", "Amount", value=lambda line: money(line.amount, line.currency), class_="number"),
    Column("note", "Note", cell="extra"),
)
SORTS = {"worked": ("worked_on", "Day")}

WORK = ListPage(
    key="work",
    title="Work to accept",
    lead="Time that freelancers have handed in. Accepted time can be invoiced.",
    noun=("day", "days"),
    columns=COLUMNS,
    filters=PersonFilters,
    sorts=SORTS,
    default_sort="-worked",
    row_link=week_url,
    row_label=_label,
    bulk=(
        BulkAction("accept", "Accept", _accept, Capability.WORK_ACCEPT),
        BulkAction("return", "Return", _return, Capability.WORK_ACCEPT, form=ReasonForm),
    ),
    empty=Empty("Nothing to accept", "Time appears here when a freelancer hands in a week.", icon="circle-check"),
    template="talent/work_list.html",
)
TIME = ListPage(
    key="time",
    title="Time",
    lead="Every day that was handed in, and what became of it.",
    noun=("day", "days"),
    columns=(*COLUMNS, Column("state", "State", value=lambda line: chip(line.state, "work"), cell="state")),
    filters=WorkFilters,
    sorts=SORTS,
    default_sort="-worked",
    row_link=week_url,
    row_label=_label,
    tabs=(Tab("All", ""), Tab("Returned", "state=returned"), Tab("To be invoiced", "state=accepted")),
    empty=Empty("No time yet", "Days appear here once freelancers hand them in.", icon="clock"),
)


def page_for(actor: Actor, page: ListPage) -> ListPage:
    """The list without what it costs, for those who may not see that."""
    if shows_amounts(actor):
        return page
    return replace(page, columns=[column for column in page.columns if column.key != "amount"])


@console
@list_methods
def work_list(request: HubRequest) -> HttpResponseBase:
    """What waits for acceptance: deliverables above, days below."""
    require(request.actor, Capability.WORK_SEE)
    waiting = list(waiting_deliverables(request.actor)[: SHOWN_DELIVERABLES + 1])
    days = time_rows(request.actor)
    if request.method != "POST":  # a day that somebody else has decided meanwhile must say so in the results
        days = days.filter(state=WorkState.SUBMITTED)
    return list_page(request, page_for(request.actor, WORK), days, extra_context={"waiting": waiting})


@console
@list_methods
def time_list(request: HubRequest) -> HttpResponseBase:
    """Every day that was handed in."""
    require(request.actor, Capability.WORK_SEE)
    return list_page(request, page_for(request.actor, TIME), time_rows(request.actor))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def timesheet_week(request: HubRequest, number: int, week: str) -> HttpResponseBase:
    """One person's week: read it, accept days or return them with a reason, each with its own result."""
    monday = monday_or_404(week)
    to = Capability.WORK_ACCEPT if request.method == "POST" else Capability.WORK_SEE
    assignment = access_timesheet(request.actor, number, to=to)
    lines = week_lines(assignment, days_of(monday), actor=request.actor)
    form = None
    problems: dict[Any, Any] = {}
    if request.method == "POST":
        mine = TimeLine.objects.filter(pk__in=[line.pk for line in lines.values()])
        form = DecideLinesForm(request.POST, lines=mine.select_related("assignment__freelancer__membership"))
        if form.is_valid():
            done, problems = _decide(request.actor, form)
            if done and not problems:
                word = "accepted" if form.cleaned_data["decision"] == "accept" else "returned"
                messages.success(request, f"{done} {'day' if done == 1 else 'days'} {word}.")
                return redirect_to(request, request.path)
            lines = week_lines(assignment, days_of(monday), actor=request.actor)
    return render(
        request,
        "talent/timesheet_week.html",
        _week_context(request, assignment, lines)
        | around(monday, today=today_in(assignment.tenant))
        | {"form": form, "problems": problems},
        status=422 if form and (form.errors or problems) else 200,
    )


def _decide(actor: Actor, form: DecideLinesForm) -> tuple[int, dict[Any, str]]:
    """How many lines were decided, and why the others were not, by their public id."""
    problems = {}
    lines = list(form.cleaned_data["lines"])
    for line in lines:
        try:
            with transaction.atomic():
                if form.cleaned_data["decision"] == "accept":
                    accept_time(actor=actor, line=line)
                else:
                    return_time(actor=actor, line=line, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            problems[line.public_id] = str(refusal)
    return len(lines) - len(problems), problems


def _week_context(request: HubRequest, assignment: Assignment, lines: dict[Any, TimeLine]) -> dict[str, Any]:
    found = [lines[one] for one in sorted(lines)]
    waiting = [line for line in found if line.state == WorkState.SUBMITTED]
    unit = assignment.rate_unit
    return {
        "assignment": assignment,
        "lines": [(line, quantity_words(line.quantity, unit)) for line in found],
        "waiting": waiting,
        "total_quantity": quantity_words(sum((line.quantity for line in found), Decimal(0)), unit),
        "total": sum((line.amount for line in found), Decimal(0)),
        "shows_amounts": shows_amounts(request.actor),
        "may_decide": bool(waiting)
        and request.actor.can(Capability.WORK_ACCEPT)
        and not owns_work(request.actor, assignment.freelancer),
    }
