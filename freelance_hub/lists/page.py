"""The one list page: filter, sort, keyset page, saved views, bulk actions, and a CSV of exactly what is shown."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from freelance_hub import csvs
from freelance_hub.http import HubRequest, is_fragment
from freelance_hub.links import tenant_url
from freelance_hub.lists import bulk, keyset, saved
from freelance_hub.lists.declare import BulkAction, Column, ListPage, PageAction
from freelance_hub.lists.table import rows_html

# A list is read with GET; saving a view and acting on rows are POSTs to the same address.
list_methods: Callable[..., Any] = require_http_methods(["GET", "HEAD", "POST"])


class ListState:
    """What one request asks of a list: the filters, the sort, the columns, the place. Made from the query string."""

    def __init__(self, request: HubRequest, page: ListPage) -> None:
        self.page = page
        self.actor = request.actor
        self.get = request.GET
        self.form = page.filters(request.GET, actor=request.actor)
        self.sorts = page.sorts_for(request.actor)
        self.sort = keyset.chosen_sort(request.GET.get("sort", ""), self.sorts, page.default_sort)
        self.all_columns = page.columns_for(request.actor)
        chosen = set(request.GET.getlist("cols"))
        self.columns = [column for column in self.all_columns if not column.optional or column.key in chosen]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.form.narrow(queryset)

    @cached_property
    def params(self) -> QueryDict:
        """The query string as this list understands it: known keys with a value, no place, no default."""
        known = QueryDict(mutable=True)
        for name in self.form.fields:
            values = [value for value in self.get.getlist(name) if value]
            if values:
                known.setlist(name, values)
        if str(self.sort) != self.page.default_sort:
            known["sort"] = str(self.sort)
        if extra := [column.key for column in self.columns if column.optional]:
            known.setlist("cols", extra)
        return known

    @cached_property
    def query(self) -> str:
        return self.params.urlencode()

    def with_(self, **changes: str) -> str:
        """A link to this list with something else: "?…"; an empty value takes a parameter out."""
        params = self.params.copy()
        for key, value in changes.items():
            params.pop(key, None)
            if value:
                params[key] = value
        return f"?{params.urlencode()}"

    @cached_property
    def is_filtered(self) -> bool:
        return any(bound.name in self.params for bound in self.form.visible_fields())

    # What the templates show

    def heads(self) -> list[dict[str, str]]:
        """The header cells: a sortable one links to its sort, and back again in the other direction."""
        out = []
        for column in self.columns:
            head = {"label": column.label, "class": column.class_, "cell": column.place, "href": "", "aria": ""}
            if column.sort in self.sorts:
                mine = column.sort == self.sort.key
                head["href"] = self.with_(
                    sort=f"-{column.sort}" if mine and not self.sort.is_descending else column.sort
                )
                head["aria"] = ("descending" if self.sort.is_descending else "ascending") if mine else "none"
            out.append(head)
        return out

    def sort_choices(self) -> list[tuple[str, str, bool]]:
        """The sorts as (value, label, chosen), for phones, where the header is hidden. The label means the sort as it is
        declared: the default one may be downwards ("Newest")."""
        choices = []
        for key, (_, label) in self.sorts.items():
            down = self.page.default_sort == f"-{key}"
            for value, words in (
                (f"-{key}" if down else key, label),
                (key if down else f"-{key}", f"{label}, reversed"),
            ):
                choices.append((value, words, value == str(self.sort)))
        return choices

    def tabs(self) -> list[dict[str, Any]]:
        mine = _normal(self.params)
        return [
            {"label": tab.label, "href": f"?{tab.query}", "current": _normal(QueryDict(tab.query)) == mine}
            for tab in self.page.tabs
        ]

    def chips(self) -> list[dict[str, str]]:
        """The filters in use, each with the link that takes it away."""
        return [
            {"label": label, "words": words, "href": self.with_(**{name: ""})}
            for name, label, words in self.form.active()
        ]

    def optional_columns(self) -> list[tuple[Column, bool]]:
        return [(column, column in self.columns) for column in self.all_columns if column.optional]

    def bulk(self) -> list[BulkAction]:
        return [action for action in self.page.bulk if not action.capability or self.actor.can(action.capability)]

    def actions(self) -> list[tuple[PageAction, str]]:
        return [
            (action, tenant_url(action.route))
            for action in self.page.actions
            if not action.capability or self.actor.can(action.capability)
        ]


def list_page(
    request: HubRequest,
    page: ListPage,
    queryset: QuerySet[Any],
    *,
    extra_context: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """The whole answer of a list view: page, HTMX fragment of the same address, CSV, or the result of a POST.

    `queryset` holds what the actor may see, with the select_related that the cells need. Queries of a page: one for the
    rows, one for the capped count, one for saved views, and those of the filter form's choices.
    """
    state = ListState(request, page)
    if request.method == "POST":
        handler = saved.post if "view" in request.POST else bulk.post
        return handler(request, state, queryset)
    rows = state.narrow(queryset)
    if request.GET.get("format") == "csv":
        return _csv(state, rows)
    context = _context(request, state, rows)
    context.update(extra_context or {})
    fragment = is_fragment(request)
    response = render(request, "lists/_list.html" if fragment else page.template, context)
    if fragment:
        # The address that one can send on: what a form adds (empty fields, the default sort) left out.
        place = {} if context["is_astray"] else {key: request.GET.get(key, "") for key in ("after", "before")}
        response["HX-Push-Url"] = f"{request.path}{state.with_(**place)}".rstrip("?")
    # The same address answers with a page or with a part of it; no cache may take one for the other.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(request: HubRequest, state: ListState, rows: QuerySet[Any]) -> dict[str, Any]:
    page = state.page
    found = keyset.page_of(
        rows, state.sort, after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=page.per_page
    )
    is_first = found.is_astray or not (request.GET.get("after") or (request.GET.get("before") and found.previous))
    whole = is_first and not found.next
    total = len(found.rows) if whole else keyset.capped_count(rows)
    table: SafeString = rows_html(page, found.rows, state.columns, selectable=bool(state.bulk()))
    return {
        "list": page,
        "state": state,
        "form": state.form,
        "table": table,
        "views": saved.views_of(request.membership, page),
        "has_rows": bool(found.rows),
        "total": total_words(total, page.noun),
        "next": state.with_(after=found.next) if found.next else "",
        "previous": state.with_(before=found.previous) if found.previous else "",
        "first": "" if is_first else state.with_(),
        "csv": state.with_(format="csv"),
        "is_astray": found.is_astray,
        "base": page.base,
    }


def total_words(total: int, noun: tuple[str, str]) -> str:
    """ "1 invoice", "1,204 invoices", "10,000+ invoices"."""
    number = f"{keyset.COUNT_LIMIT:,}+" if total > keyset.COUNT_LIMIT else f"{total:,}"
    return f"{number} {noun[0] if total == 1 else noun[1]}"


def _normal(params: QueryDict) -> dict[str, list[str]]:
    return {key: sorted(values) for key, values in params.lists() if key != "cols"}


def _csv(state: ListState, rows: QuerySet[Any]) -> HttpResponseBase:
    columns = [(column.label, _exported(rows, column)) for column in state.columns if column.csv is not None]
    chunks = csvs.copy_csv(keyset.ordered(rows, state.sort), columns)
    return csvs.csv_response(state.page.key, chunks)


def _exported(rows: QuerySet[Any], column: Column) -> str | Combinable:
    """The CSV's expression of a column; a field with choices is written in the words that the page shows."""
    source = column.csv or column.key
    assert source is not None
    if not isinstance(source, str) or source in rows.query.annotations:
        return source
    options: Any = rows.model._meta
    try:
        for part in source.split("__"):
            field = options.get_field(part if part != "pk" else options.pk.name)
            options = getattr(field.related_model, "_meta", None)
    except FieldDoesNotExist as error:
        msg = f"Column {column.key!r} needs a csv= path or expression (or None): {source!r} is no field."
        raise ValueError(msg) from error
    if choices := getattr(field, "flatchoices", None):
        whens = [When(**{source: value}, then=Value(str(label))) for value, label in choices]
        return Case(*whens, default=F(source), output_field=models.CharField())
    return source
