"""The audit log of the company."""

import functools
import re
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from freelance_hub.formats import moment_text
from freelance_hub.http import HubRequest, console
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, list_methods, list_page
from freelance_hub.models import AuditEvent
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import when
from freelance_hub.tenancy.audit_triggers import audited_models

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$")  # as Postgres writes it into JSON


@functools.cache
def nouns() -> dict[str, str]:
    """What a row of each table is called."""
    return {model._meta.db_table: str(capfirst(model._meta.verbose_name)) for model in audited_models()}


def _tables() -> list[tuple[str, str]]:
    return [("", "Everything"), *sorted(nouns().items(), key=lambda pair: pair[1])]


class AuditFilters(ListFilters):
    who = forms.CharField(max_length=100)
    table = forms.ChoiceField(label="What", choices=_tables)
    request = forms.CharField(label="Request", max_length=60)
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    lookups = {"who": "actor__icontains", "table": "table_name", "request": "request_id"}

    def conditions(self) -> Q:
        found = super().conditions()
        data = self.cleaned_data
        if since := data.get("since"):
            found &= Q(at__gte=datetime.combine(since, time.min, timezone.get_current_timezone()))
        if until := data.get("until"):
            found &= Q(at__lt=datetime.combine(until + timedelta(days=1), time.min, timezone.get_current_timezone()))
        return found


def changes(entry: AuditEvent) -> object:
    """Fields with before and after, in one cell."""
    return format_html_join("", "<div>{}</div>", ((change_text(name, pair),) for name, pair in entry.changes.items()))


def change_text(name: str, pair: Any) -> str:
    """`field: before → after`; of a list what was added and taken away; fields kept by name only say so."""
    if not isinstance(pair, list) or len(pair) != 2:
        return f"{name}: {_short(pair)}"
    before, after = pair
    if isinstance(before, list) and isinstance(after, list):
        signed = [f"+ {one}" for one in after if one not in before] + [f"− {one}" for one in before if one not in after]
        return f"{name}: {', '.join(signed) or 'in another order'}"
    return f"{name}: {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = "nothing" if value in (None, "", {}) else str(value)
    if MOMENT.match(text):
        return moment_text(timezone.localtime(datetime.fromisoformat(text)))
    return text if len(text) <= 60 else f"{text[:59]}…"


AUDIT = ListPage(
    key="audit",
    title="Audit log",
    lead="Every change: who, when, what before and after, in which request. Nobody can edit it.",
    noun=("entry", "entries"),
    columns=(
        Column("at", "When", value=lambda e: when(e.at, full=True)),
        Column("actor", "Who"),
        Column("operation", "Did"),
        Column(
            "table_name",
            "What",
            value=lambda e: format_html(
                '{} <span class="soft">{}</span>', nouns().get(e.table_name, e.table_name), e.row_id or ""
            ),
        ),
        Column("changes", "Before and after", value=changes, csv="changes"),
        Column("request_id", "Request", cell="extra", optional=True),
    ),
    filters=AuditFilters,
    sorts={"at": ("id", "Newest")},
    default_sort="-at",
    row_key="id",
    empty=Empty("Nothing recorded", "Changes appear here the moment they happen."),
)


@console
@list_methods
def audit_list(request: HubRequest) -> HttpResponseBase:
    """The log, with filters."""
    require(request.actor, Capability.AUDIT_SEE)
    return list_page(request, AUDIT, AuditEvent.objects.all())
