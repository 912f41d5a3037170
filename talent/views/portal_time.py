"""Time in the portal: a week at a time, one assignment at a time."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, portal, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from talent.access import access_timesheet, timesheet_assignments
from talent.forms.work import WeekForm
from talent.models import Assignment, TimeLine
from talent.models.work import WorkState
from talent.selectors.work import week_lines
from talent.services.days import days_of, today_in, week_of
from talent.services.time_lines import save_time, submit_time, why_closed
from talent.views.timesheets import quantity_words
from talent.views.weeks import around, monday_or_404

SHOWN_RETURNED = 5


@portal
@require_safe
def portal_time_start(request: HubRequest) -> HttpResponseBase:
    """This week of the assignment at work; where there are several, the latest."""
    require(request.actor, Capability.WORK_SUBMIT)
    assignments = timesheet_assignments(request.actor)
    at_work = assignments.filter(state__in=Assignment.OPENS_WORKSPACE).order_by("-starts_on", "-pk").first()
    if at_work is None:
        return render(request, "talent/portal_time_none.html", {"soon": assignments.order_by("starts_on").first()})
    # The week one can still write on: the last one once the assignment's dates are over.
    day = min(today_in(request.tenant), at_work.ends_on)
    return redirect_to(request, tenant_url("portal_time", number=at_work.number, week=week_of(day).isoformat()))


@portal
@require_http_methods(["GET", "HEAD", "POST"])
def portal_time(request: HubRequest, number: int, week: str) -> HttpResponseBase:
    """One week; POST keeps it as a draft."""
    assignment, monday, form = _week(request, number, week)
    if request.method == "POST" and form.is_valid():
        try:
            save_time(actor=request.actor, assignment=assignment, entries=form.entries())
        except Refusal as refusal:
            form.show(refusal)
        else:
            messages.success(request, "Saved. Hand the week in when it is complete.")
            return redirect_to(request, request.path)
    return _page(request, assignment, monday, form)


@portal
@require_POST
def portal_time_submit(request: HubRequest, number: int, week: str) -> HttpResponseBase:
    """Keep what was written and hand the week in, both or neither."""
    assignment, monday, form = _week(request, number, week)
    if form.is_valid():
        try:
            with transaction.atomic():
                save_time(actor=request.actor, assignment=assignment, entries=form.entries())
                lines = submit_time(actor=request.actor, assignment=assignment, week=monday)
        except Refusal as refusal:
            form.show(refusal)
        else:
            words = quantity_words(sum((line.quantity for line in lines), Decimal(0)), assignment.rate_unit)
            messages.success(request, f"{words} handed in. {assignment.manager.user} accepts them next.")
            return redirect_to(request, tenant_url("portal_time", number=number, week=week))
    return _page(request, assignment, monday, form)


def _week(request: HubRequest, number: int, week: str) -> tuple[Assignment, date, WeekForm]:
    monday = monday_or_404(week)
    assignment = access_timesheet(request.actor, number, to=Capability.WORK_SUBMIT)
    form = WeekForm(
        request.POST if request.method == "POST" else None,
        assignment=assignment,
        week=monday,
        lines=week_lines(assignment, days_of(monday), actor=request.actor),
        today=today_in(request.tenant),
    )
    return assignment, monday, form


def _page(request: HubRequest, assignment: Assignment, monday: date, form: WeekForm) -> HttpResponseBase:
    lines = list(form.lines.values())
    closed = why_closed(assignment)
    context: dict[str, Any] = {
        "assignment": assignment,
        "others": timesheet_assignments(request.actor).exclude(pk=assignment.pk).order_by("-starts_on")[:5],
        "form": form,
        "save_url": tenant_url("portal_time", number=assignment.number, week=monday.isoformat()),
        "days": list(form.days()),
        "is_open": form.is_open and not closed,
        "closed": closed,
        "has_editable": any(line.state in TimeLine.EDITABLE for line in lines),
        "total_quantity": quantity_words(sum((line.quantity for line in lines), Decimal(0)), assignment.rate_unit),
        "total": sum((line.amount for line in lines), Decimal(0)),
        "returned": _returned_elsewhere(assignment, monday),
    }
    context |= around(monday, today=form.today)
    return render(request, "talent/portal_time.html", context, status=422 if form.errors else 200)


def _returned_elsewhere(assignment: Assignment, monday: date) -> list[date]:
    """Other weeks with returned days: they must not be forgotten."""
    days = TimeLine.objects.filter(assignment=assignment, state=WorkState.RETURNED).exclude(
        worked_on__in=days_of(monday)
    )
    weeks = {week_of(day) for day in days.order_by("worked_on").values_list("worked_on", flat=True)[:50]}
    return sorted(weeks)[:SHOWN_RETURNED]
