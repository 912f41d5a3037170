"""The filter form of a list: what the query string may say, and what it means as a condition."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet

from freelance_hub.access import Actor


class ListFilters(forms.Form):
    """Search by text, and whatever fields a list adds.

        class RequisitionFilters(ListFilters):
            state = forms.MultipleChoiceField(choices=Requisition.State, required=False)
            lookups = {"state": "state__in"}
            search_fields = ("title", "program__name")

    `lookups` maps a field to an ORM lookup; a field without one is used by an overridden `conditions`. All fields are
    optional. A value that is not allowed is shown at its field and filters nothing.
    """

    lookups: ClassVar[dict[str, str]] = {}
    search_fields: ClassVar[tuple[str, ...]] = ()
    search_hint: ClassVar[str] = "Search"

    q = forms.CharField(required=False, max_length=100, label="Search")

    def __init__(self, data: Any, *, actor: Actor) -> None:
        self.actor = actor
        super().__init__(data)
        for name, field in self.fields.items():
            field.required = False
            if name != "q":
                # Filters as soon as it is changed; the search box has its own pace below.
                field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} filters-at-once".strip()
        if self.has_search:
            # Asks for the fragment while one types; hx-target and hx-push-url stand on the form.
            self.fields["q"].widget = forms.TextInput(
                attrs={
                    "type": "search",
                    "placeholder": self.search_hint,
                    "autocomplete": "off",
                    "hx-get": "",
                    "hx-include": "closest form",
                    "hx-trigger": "input changed delay:300ms, search",
                    "hx-sync": "closest form:replace",
                }
            )
        else:
            del self.fields["q"]

    @property
    def has_search(self) -> bool:
        return bool(self.search_fields) or type(self).search is not ListFilters.search

    def search(self, text: str) -> Q:
        """Every word occurs in one of `search_fields`. Long tables override this with their search function."""
        found = Q()
        for word in text.split()[:6]:
            anywhere = Q()
            for path in self.search_fields:
                anywhere |= Q(**{f"{path}__icontains": word})
            found &= anywhere
        return found

    def conditions(self) -> Q:
        """What the fields say, as one condition. Override and add for what `lookups` cannot say."""
        found = Q()
        for name, lookup in self.lookups.items():
            value = self.cleaned_data.get(name)
            if not _is_blank(value):
                found &= Q(**{lookup: value})
        return found

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the form lets through."""
        self.full_clean()
        if text := self.cleaned_data.get("q"):
            queryset = queryset.filter(self.search(text))
        return queryset.filter(self.conditions())

    def active(self) -> list[tuple[str, str, str]]:
        """The filters in use as (field name, label, value in words). Hidden fields are no filters: the page sets them."""
        shown = []
        for name, field in self.fields.items():
            if field.widget.is_hidden:
                continue
            value = self.cleaned_data.get(name)
            if not _is_blank(value):
                shown.append((name, str(field.label or name.replace("_", " ").capitalize()), _words(field, value)))
        return shown


def _is_blank(value: object) -> bool:
    if isinstance(value, QuerySet | list | tuple | set):
        return not value
    return value is None or value is False or value == ""


def _words(field: forms.Field, value: object) -> str:
    if isinstance(field, forms.BooleanField):
        return "Yes"
    choices = {
        str(key): str(label) for key, label in getattr(field, "_choices", ()) if not isinstance(label, list | tuple)
    }
    values = value if isinstance(value, QuerySet | list | tuple | set) else [value]
    return ", ".join(choices.get(str(one), str(one)) for one in values)
