"""How a list is declared: columns, sorts, tabs, bulk actions. A list is data; `page.py` does the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django import forms
from django.db.models.expressions import Combinable

from freelance_hub.access import Actor
from freelance_hub.lists.filters import ListFilters

Cell = Callable[[Any], object]


@dataclass(frozen=True)
class Column:
    """One column. `value` makes the cell from the row (text is escaped, SafeString is not); without it `key` is the path.

    `sort` names an entry of `ListPage.sorts`; `csv` is a field path or expression, "" for `key`, None to leave it out.
    `class_`: "number" for figures. `cell` places it on a phone's card: person, state, figure, meta (a line with its
    label), extra (left out there and on narrow screens); the first column is the title. A column with a `capability` exists only
    for those who have it, on the page, in the CSV and as a sort. `optional` columns are shown when chosen.
    """

    key: str
    label: str
    value: Cell | None = None
    sort: str = ""
    csv: str | Combinable | None = ""
    class_: str = ""
    cell: str = "meta"
    capability: str = ""
    optional: bool = False

    def reader(self) -> Cell:
        return self.value or _path_reader(self.key)

    @property
    def place(self) -> str:
        return "figure" if self.class_ == "number" and self.cell == "meta" else self.cell


def _path_reader(key: str) -> Cell:
    *way, last = key.split("__")
    parent = attrgetter(".".join(way)) if way else None
    display = f"get_{last}_display"

    def read(row: Any) -> object:
        holder = parent(row) if parent else row
        shown = getattr(holder, display, None)
        return shown() if shown else getattr(holder, last)

    return read


@dataclass(frozen=True)
class Tab:
    """A preset of filters as a link: Tab("Open", "state=open")."""

    label: str
    query: str = ""


@dataclass(frozen=True)
class PageAction:
    """A button in the head of the page. `route` is a flat URL name; the last declared one is the primary action, which an
    empty list offers too, unless it only leads elsewhere (`is_aside`)."""

    label: str
    route: str
    capability: str = ""
    icon: str = ""
    is_aside: bool = False


@dataclass(frozen=True)
class BulkAction:
    """Something done to each selected row by one service call.

    `apply(row, actor=…, **form data)` raises Refusal or Refused for a row that cannot; what it returns, if text, is
    shown beside the row. With `confirm` ("Close {n} requisitions") or a `form` the person is asked first.
    """

    key: str
    label: str
    apply: Callable[..., object]
    capability: str = ""
    confirm: str = ""
    form: type[forms.Form] | None = None
    danger: bool = False


@dataclass(frozen=True)
class Empty:
    """What stands in place of a list without a single row: what will stand here, and how it gets here."""

    title: str
    text: str = ""
    icon: str = "inbox"


@dataclass(frozen=True)
class ListPage:
    """One list page. `noun` is (one, many); `sorts` is {key: (field path or annotation, label)}; `default_sort` may
    begin with "-" for descending. Give the table an index (tenant, field, id) for every sort of a long list.

    `row_link(row)` is the address of a row, `row_label(row)` its name in results; `row_key` is the field by which rows
    are selected (a public id or a number of the tenant, never the primary key).
    """

    key: str
    title: str
    noun: tuple[str, str]
    columns: Sequence[Column]
    sorts: Mapping[str, tuple[str, str]]
    default_sort: str
    lead: str = ""
    filters: type[ListFilters] = ListFilters
    row_link: Callable[[Any], str] | None = None
    row_label: Callable[[Any], str] = str
    row_key: str = "public_id"
    tabs: Sequence[Tab] = ()
    actions: Sequence[PageAction] = ()
    bulk: Sequence[BulkAction] = ()
    empty: Empty = field(default_factory=lambda: Empty("Nothing here yet"))
    per_page: int = 50
    template: str = "lists/page.html"
    base: str = "console.html"

    def columns_for(self, actor: Actor) -> list[Column]:
        return [column for column in self.columns if not column.capability or actor.can(column.capability)]

    def sorts_for(self, actor: Actor) -> dict[str, tuple[str, str]]:
        """The sorts that tell the actor nothing they may not see."""
        hidden = {column.sort for column in self.columns if column.capability and not actor.can(column.capability)}
        return {key: sort for key, sort in self.sorts.items() if key not in hidden}
