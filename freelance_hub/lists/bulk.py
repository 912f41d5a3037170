"""Bulk actions: one service call per selected row, one result per row."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, redirect_to
from freelance_hub.lists.declare import BulkAction, ListPage
from freelance_hub.lists.table import row_key
from freelance_hub.permissions import Refused, require

if TYPE_CHECKING:
    from freelance_hub.access import Actor
    from freelance_hub.lists.page import ListState

MAX_ROWS = 200


@dataclass(frozen=True)
class Result:
    """What became of one row."""

    label: str
    href: str
    is_done: bool
    words: str


def post(request: HubRequest, state: "ListState", queryset: QuerySet[Any]) -> HttpResponseBase:
    """Ask first where the action wants it, then do it row by row and show what became of each.

    Only rows of `queryset` (what the actor may see) are reached. Raises Refused without the action's capability.
    """
    page = state.page
    action = next((one for one in page.bulk if one.key == request.POST.get("action")), None)
    if action is None:
        raise Http404
    if action.capability:
        require(request.actor, action.capability)
    rows = _picked(page, queryset, request.POST.getlist("pick"))
    back = f"{request.path}{state.with_()}"
    if not rows:
        messages.error(request, "Select at least one row first.")
        return redirect_to(request, back)
    is_answer = "confirmed" in request.POST
    form = action.form(request.POST if is_answer else None) if action.form else None
    asks = bool(action.confirm or form) and not is_answer
    if asks or (form and not form.is_valid()):
        context = {
            "list": page,
            "action": action,
            "form": form,
            "picks": [(row_key(page, row), page.row_label(row)) for row in rows],
            "question": (action.confirm or f"{action.label}: {{n}} {page.noun[len(rows) != 1]}").format(n=len(rows)),
            "back": back,
            "base": page.base,
        }
        return render(request, "lists/bulk_confirm.html", context, status=422 if is_answer else 200)
    results = apply(page, action, rows, actor=request.actor, data=form.cleaned_data if form else {})
    done = sum(result.is_done for result in results)
    context = {
        "list": page,
        "action": action,
        "results": results,
        "done": done,
        "failed": len(results) - done,
        "back": back,
        "base": page.base,
    }
    return render(request, "lists/bulk_result.html", context)


def apply(page: ListPage, action: BulkAction, rows: list[Any], *, actor: "Actor", data: dict[str, Any]) -> list[Result]:
    """Call the action's service once a row, each in its own transaction: one refused row stops no other."""
    results = []
    for row in rows:
        href = page.row_link(row) if page.row_link else ""
        try:
            with transaction.atomic():
                words = action.apply(row, actor=actor, **data)
            results.append(Result(page.row_label(row), href, True, words if isinstance(words, str) else "Done"))
        except (Refusal, Refused) as refusal:
            results.append(Result(page.row_label(row), href, False, str(refusal)))
    return results


def _picked(page: ListPage, queryset: QuerySet[Any], keys: list[str]) -> list[Any]:
    field = queryset.model._meta.get_field(page.row_key)
    wanted = []
    for key in keys[:MAX_ROWS]:
        try:
            wanted.append(field.to_python(key))
        except (ValidationError, forms.ValidationError):
            continue
    return list(queryset.filter(**{f"{page.row_key}__in": wanted}).order_by(page.row_key)) if wanted else []
