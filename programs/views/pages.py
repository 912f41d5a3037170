"""Knowledge pages: what people must read, what they may, and writing them."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub import markdown
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, show_refusal
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.models import Role
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, due, when
from programs.access import access_page, visible_pages, visible_programs
from programs.forms import PageForm, ReadForm
from programs.models import KnowledgePage, PageVersion, Program
from programs.selectors import text_of, with_reading
from programs.services.pages import create_page, mark_read, update_page


class PageFilters(ListFilters):
    program = forms.ModelChoiceField(Program.objects.none(), empty_label="All")
    due = forms.BooleanField(label="I must read it")
    lookups = {"program": "program"}
    search_fields = ("title",)

    def __init__(self, data: Any, *, actor: Any) -> None:
        super().__init__(data, actor=actor)
        self.fields["program"].queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]

    def conditions(self) -> Q:
        must_read = Q(is_required=True, is_read=False) if self.cleaned_data.get("due") else Q()
        return super().conditions() & must_read


HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)


def page_html(body: str) -> SafeString:
    """The text with its highest heading as h2, whether the writer began with # or with ##: the title is the h1."""
    highest = min((len(marks) for marks in HEADING.findall(body)), default=2)
    return markdown.render(body, shift=2 - highest)


def reading(page: Any) -> str:
    """What the reader's own state with a page is, as a chip."""
    if page.is_read:
        return chip("read", word="Read", tone="good", icon="circle-check")
    if page.was_read:
        return chip(
            "changed", word="Changed since you read it", tone="warn" if page.is_required else "neutral", icon="history"
        )
    if page.is_required:
        return chip("due", word="Please read", tone="warn", icon="book-open")
    return chip("unread", word="Not read", tone="neutral", icon="circle-dashed")


PAGES = ListPage(
    key="pages",
    title="How we work",
    lead="What everybody who works with freelancers here should know.",
    noun=("page", "pages"),
    columns=(
        Column("title", "Page", sort="title"),
        Column(
            "program__name", "Belongs to", value=lambda page: page.program.name if page.program else "The whole company"
        ),
        Column("reading", "You", value=reading, sort="reading", csv=None, cell="state"),
        Column("review_on", "Review", value=lambda page: due(page.review_on), sort="review", cell="extra"),
        Column("updated_at", "Changed", value=lambda page: when(page.updated_at), sort="changed", cell="extra"),
    ),
    filters=PageFilters,
    sorts={
        "reading": ("reading", "Required first"),
        "title": ("title", "Title"),
        "changed": ("updated_at", "Changed"),
        "review": ("review_on", "Review date"),
    },
    default_sort="reading",
    row_link=lambda page: tenant_url("page_detail", slug=page.slug),
    row_key="slug",
    tabs=(Tab("All"), Tab("For me to read", "due=on")),
    actions=(PageAction("Write a page", "page_create", Capability.PAGE_EDIT, icon="pencil"),),
    empty=Empty(
        "No pages yet",
        "Pages come with the pack of a program. You can also write one: how you choose people, whom to ask, what never to do.",
        icon="book-open",
    ),
)


@console
@list_methods
def page_list(request: HubRequest) -> HttpResponseBase:
    """Pages: what one must read and has not comes first."""
    require(request.actor, Capability.PAGE_SEE)
    actor = request.actor
    pages = visible_pages(actor).select_related("program")
    pages = with_reading(pages, membership_id=actor.membership_id, role_keys=actor.role_keys).annotate(
        reading=Case(
            When(is_required=True, is_read=False, then=Value(0)),
            When(is_required=True, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    )
    return list_page(request, PAGES, pages)


@console
@require_safe
def page_detail(request: HubRequest, slug: str) -> HttpResponseBase:
    page = access_page(request.actor, slug)
    shown = with_reading(
        KnowledgePage.objects.filter(pk=page.pk),
        membership_id=request.actor.membership_id,
        role_keys=request.actor.role_keys,
    ).get()
    readers = Role.objects.filter(key__in=page.required_roles).order_by("name").values_list("name", flat=True)
    text = text_of(page)
    context = {"page": page, "mine": shown, "text": text, "html": page_html(text.body), "readers": list(readers)}
    return render(request, "programs/page_detail.html", context)


@console
@require_POST
def page_read(request: HubRequest, slug: str) -> HttpResponseBase:
    """ "I have read this." """
    page = access_page(request.actor, slug)
    form = ReadForm(request.POST)
    if form.is_valid():
        mark_read(page=page, version=form.cleaned_data["version"], actor=request.actor)
        messages.success(request, "Thank you for reading.")
    return redirect_to(request, tenant_url("page_detail", slug=page.slug))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def page_create(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.PAGE_EDIT)
    form = PageForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        with refusals_at(form):
            page = create_page(actor=request.actor, **form.cleaned_data)
            messages.success(request, "The page is saved.")
            return redirect_to(request, tenant_url("page_detail", slug=page.slug))
    return _form(request, form, page=None)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def page_edit(request: HubRequest, slug: str) -> HttpResponseBase:
    """The form, its preview, and what somebody else has written meanwhile."""
    page = access_page(request.actor, slug, to=Capability.PAGE_EDIT)
    text = text_of(page)
    now = {
        "title": page.title,
        "body": text.body,
        "required_roles": page.required_roles,
        "review_on": page.review_on,
        "based_on": page.version,
    }
    form = PageForm(request.POST or None, initial=now, actor=request.actor, page=page)
    newer = None
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        values = {**form.cleaned_data, "based_on": form.cleaned_data["based_on"] or 0}
        try:
            update_page(page=page, actor=request.actor, **values)
        except Refusal as refusal:
            show_refusal(form, refusal)
            if refusal.code == "edit_conflict":
                newer = text_of(access_page(request.actor, slug))
                form.data = {**request.POST.dict(), "required_roles": request.POST.getlist("required_roles")}
                form.data["based_on"] = str(newer.number)  # the next save has seen the newer version
        else:
            messages.success(request, f"Version {page.version} is saved.")
            return redirect_to(request, tenant_url("page_detail", slug=page.slug))
    return _form(request, form, page=page, newer=newer)


def _form(
    request: HubRequest, form: PageForm, *, page: KnowledgePage | None, newer: PageVersion | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "page": page,
        "newer": page_html(newer.body) if newer else "",
        "preview": page_html(form.data.get("body", "")) if "preview" in request.POST else "",
    }
    return render(request, "programs/page_form.html", context, status=422 if form.errors else 200)
