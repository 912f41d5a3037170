"""A list of jobs to try the list page on: `Shown(company, query)` is one request."""

from datetime import timedelta

from django import forms
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import RequestFactory
from django.utils import timezone
from django.utils.html import format_html
from django_htmx.middleware import HtmxDetails

from freelance_hub.errors import Refusal
from freelance_hub.lists import BulkAction, Column, Empty, ListFilters, ListPage, PageAction, Tab, list_page
from freelance_hub.models import Job
from freelance_hub.permissions import Capability, Refused

START = timezone.make_aware(timezone.datetime(2026, 3, 1, 12))


class JobFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Job.State.choices)
    attempts = forms.IntegerField()
    lookups = {"state": "state__in", "attempts": "attempts"}
    search_fields = ("title", "started_by__user__name")


def close(job, *, actor, reason=""):
    if job.title == "stubborn":
        raise Refusal("It will not close.")
    if job.title == "secret":
        raise Refused(Capability.RATE_SEE)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, error=reason)
    return f"Closed by {actor.label}"


class ReasonForm(forms.Form):
    reason = forms.CharField()


LIST = ListPage(
    key="test-jobs",
    title="Jobs",
    noun=("job", "jobs"),
    columns=(
        Column("title", "Title", sort="title"),
        Column("state", "State", cell="state"),
        Column("total", "Total", sort="total", class_="number", capability="rate.see"),
        Column(
            "who",
            "Who",
            value=lambda job: format_html("<b>{}</b>", job.started_by.user.name),
            csv=Concat(F("started_by__user__name"), Value("!")),
        ),
        Column("finished_at", "Ended", sort="ended", csv=None),
        Column("kind", "Kind", optional=True),
    ),
    filters=JobFilters,
    sorts={
        "made": ("created_at", "Start"),
        "title": ("title", "Title"),
        "total": ("total", "Total"),
        "ended": ("finished_at", "End"),
        "who": ("started_by__user__name", "Person"),
    },
    default_sort="-made",
    row_link=lambda job: f"/jobs/{job.public_id}/",
    row_label=lambda job: job.title,
    tabs=(Tab("All"), Tab("Done", "state=done")),
    actions=(PageAction("Look", "job_list", "job.see"), PageAction("Hidden", "job_list", "payment.export")),
    bulk=(
        BulkAction("close", "Close", close, "program.manage"),
        BulkAction("ask", "Close, asking", close, "program.manage", confirm="Close {n} jobs?"),
        BulkAction("why", "Close with a reason", close, "program.manage", form=ReasonForm),
    ),
    empty=Empty("No jobs yet", "They come."),
    per_page=3,
)


def make(company, *titles, **fields):
    with company.enter():
        for at, title in enumerate(titles):
            Job.objects.create(
                kind="test",
                title=title,
                started_by=company.people["program_manager"],
                created_at=START + timedelta(minutes=at),
                **{key: value[at] if isinstance(value, list) else value for key, value in fields.items()},
            )


class Shown:
    """One request to the list, as a person."""

    def __init__(self, company, query="", *, role="program_manager", post=None, htmx=False, page=LIST, **kwargs):
        maker = RequestFactory()
        url = f"/t/{company.slug}/jobs/?{query}"
        request = maker.get(url) if post is None else maker.post(url, post)
        if htmx:
            request.META["HTTP_HX_REQUEST"] = "true"
        request.htmx = HtmxDetails(request)
        request.user = company.people[role].user
        request.membership, request.tenant, request.actor = company.people[role], company.tenant, company.actor(role)
        request.session = {}
        request._messages = FallbackStorage(request)
        request._dont_enforce_csrf_checks = True
        with company.enter(role):
            from dataclasses import replace

            from freelance_hub.tenancy.context import current, use

            with use(replace(current(), tenant_slug=company.slug)):
                self.response = list_page(request, page, Job.objects.select_related("started_by__user"), **kwargs)
        self.messages = [str(message) for message in request._messages]
        if not self.response.streaming:
            self.html = self.response.content.decode()

    @property
    def csv(self):
        return b"".join(self.response.streaming_content).decode("utf-8-sig").splitlines()

    @property
    def titles(self):
        return [part.split("</a>")[0].split(">")[-1] for part in self.html.split('data-cell="title"><a')[1:]]

    def link(self, rel):
        if f'rel="{rel}"' not in self.html:
            return None
        return self.html.split(f'rel="{rel}" href="?')[1].split('"')[0].replace("&amp;", "&")
