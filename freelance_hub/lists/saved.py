"""Saved views: a person's own named filter and sort of a list."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404

from freelance_hub.http import HubRequest, redirect_to
from freelance_hub.lists.declare import ListPage
from freelance_hub.models import Membership, SavedView

if TYPE_CHECKING:
    from freelance_hub.lists.page import ListState

MAX_VIEWS = 30
MAX_QUERY = 1000  # what the column holds


class ViewForm(forms.Form):
    """`view` says what to do: save the list as it is under `name`, or delete one."""

    view = forms.ChoiceField(choices=[("save", "Save"), ("delete", "Delete")])
    name = forms.CharField(max_length=60, required=False)
    id = forms.UUIDField(required=False)


def views_of(membership: Membership, page: ListPage) -> list[SavedView]:
    return list(SavedView.objects.filter(membership=membership, list_key=page.key).order_by("name")[:MAX_VIEWS])


def post(request: HubRequest, state: "ListState", queryset: QuerySet[Any]) -> HttpResponseBase:
    """Save or delete a view of the signed-in person; back to the list. A name used again takes the new filters."""
    form = ViewForm(request.POST)
    mine = SavedView.objects.filter(membership=request.membership, list_key=state.page.key)
    here = f"{request.path}{state.with_()}"
    if not form.is_valid():
        messages.error(request, "The view could not be saved: give it a name of up to 60 characters.")
        return redirect_to(request, here)
    if form.cleaned_data["view"] == "delete":
        get_object_or_404(mine, public_id=form.cleaned_data["id"]).delete()
        messages.success(request, "The view is gone.")
        return redirect_to(request, here)
    name = form.cleaned_data["name"]
    if not name:
        messages.error(request, "Give the view a name.")
    elif len(state.query) > MAX_QUERY:
        messages.error(request, "Too many filters for a saved view; take some away.")
    elif mine.exclude(name=name).count() >= MAX_VIEWS:
        messages.error(request, f"{MAX_VIEWS} views are the most; delete one first.")
    else:
        SavedView.objects.update_or_create(
            membership=request.membership, list_key=state.page.key, name=name, defaults={"query": state.query}
        )
        messages.success(request, f"Saved as “{name}”.")
    return redirect_to(request, here)
