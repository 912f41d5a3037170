"""Long work: the list of jobs, one job with live progress, stopping it, its rejected rows."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub import csvs
from freelance_hub.http import HubRequest, console, is_fragment, redirect_to, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.models import Job
from freelance_hub.services import jobs
from freelance_hub.templatetags.hub import chip, when


class JobFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Job.State.choices)
    mine = forms.BooleanField(label="Started by me")
    lookups = {"state": "state__in"}
    search_fields = ("title",)

    def conditions(self) -> Q:
        mine = Q(started_by=self.actor.membership_id) if self.cleaned_data.get("mine") else Q()
        return super().conditions() & mine


JOBS = ListPage(
    key="jobs",
    title="Long work",
    lead="Imports, exports and other work that takes its time.",
    noun=("job", "jobs"),
    columns=(
        Column("title", "Work"),
        Column("state", "State", value=lambda job: chip(job.state, "job"), cell="state"),
        Column("started_by__user__name", "Started by", cell="person"),
        Column("processed", "Rows", class_="number"),
        Column("failed", "Rejected", class_="number"),
        Column("created_at", "Started", value=lambda job: when(job.created_at), sort="started"),
    ),
    filters=JobFilters,
    sorts={"started": ("created_at", "Start")},
    default_sort="-started",
    row_link=lambda job: tenant_url("job_detail", public_id=job.public_id),
    tabs=(Tab("All"), Tab("Running", "state=queued&state=running&state=cancelling")),
    empty=Empty(
        "No long work yet", "Imports and other work that takes more than a moment shows up here.", icon="clock"
    ),
)


@console
@list_methods
def job_list(request: HubRequest) -> HttpResponseBase:
    return list_page(request, JOBS, jobs.visible_jobs(request.actor))


@console
@require_safe
def job_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Progress while it runs (HTMX asks for the same address), the result when it is over."""
    job = jobs.access_job(request.actor, public_id)
    running = job.state in Job.OPEN
    may_stop = job.started_by_id == request.membership.pk and job.state != Job.State.CANCELLING
    context = {
        "job": job,
        "running": running,
        "note": progress_note(job),
        "here": tenant_url("job_detail", public_id=job.public_id),
        "stop": tenant_url("job_cancel", public_id=job.public_id) if may_stop else "",
    }
    if is_fragment(request):
        response = render(request, "hub/_job_progress.html", context)
        if not running:
            # The result is more than the bar: the whole page comes again.
            response["HX-Refresh"] = "true"
        return response
    if not running:
        rejected = jobs.rejected_rows(job)
        context |= {"counts": jobs.verdict_counts(job), "rejected": rejected[:50], "result_page": jobs.result_page(job)}
    return render(request, "hub/job_detail.html", context)


def progress_note(job: Job) -> str:
    """What stands under the bar: "3 rejected · about 2 minutes left"."""
    words = []
    if job.state == Job.State.QUEUED:
        words.append("Waiting for a free worker")
    if job.state == Job.State.CANCELLING:
        words.append("Stopping after the rows in hand")
    if job.failed:
        words.append(f"{job.failed:,} rejected")
    left = _time_left(job)
    if left is not None and job.state == Job.State.RUNNING:
        words.append(
            "less than a minute left" if left < timedelta(minutes=1) else f"about {round(left.seconds / 60)} min left"
        )
    return " · ".join(words)


def _time_left(job: Job) -> timedelta | None:
    if not job.total or not job.processed or not job.started_at or job.processed >= job.total:
        return None
    spent = timezone.now() - job.started_at
    return spent * ((job.total - job.processed) / job.processed)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def job_cancel(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Ask, then stop. What is done stays done."""
    job = jobs.access_job(request.actor, public_id, to="stop")
    page = tenant_url("job_detail", public_id=job.public_id)
    if request.method != "POST":
        return render(request, "hub/job_confirm.html", {"job": job, "back": page})
    with refusals_told(request):
        jobs.cancel_job(job=job, actor=request.actor)
        messages.success(request, "It stops after the rows in hand.")
    return redirect_to(request, page)


@console
@require_safe
def job_rejected(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """The rejected rows with their reasons, as CSV."""
    job = jobs.access_job(request.actor, public_id)

    def rows() -> Iterator[list[object]]:
        for row in jobs.rejected_rows(job):
            yield [row.number, row.reason]

    return csvs.csv_response(f"rejected-{job.kind}", csvs.write(["Row", "Reason"], rows()))
