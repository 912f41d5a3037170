"""Keyset paging: the next page is found by the last row's sort key and id, so page 10,000 costs what page 1 costs."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

COUNT_LIMIT = 10_000
MAX_ID = 2**63 - 1
MAX_DIGITS = 100


@dataclass(frozen=True)
class Sort:
    """The order of a list: by `field` (a path or an annotation), then by id in the same direction. Nulls come last."""

    key: str
    field: str
    is_descending: bool

    def __str__(self) -> str:
        return f"-{self.key}" if self.is_descending else self.key


def chosen_sort(text: str, sorts: Mapping[str, tuple[str, str]], default: str) -> Sort:
    """The sort that the query string names, or the default one."""
    for candidate in (text, default, next(iter(sorts))):
        key = candidate.removeprefix("-")
        if key in sorts:
            return Sort(key, sorts[key][0], candidate.startswith("-"))
    raise ValueError(default)


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: after (or before) the row with this sort value and id."""

    value: Any
    pk: int

    def encode(self, sort: Sort) -> str:
        value = self.value
        if value is not None and not isinstance(value, str | int):
            value = value.isoformat() if hasattr(value, "isoformat") else str(value)
        text = json.dumps([str(sort), value, self.pk], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Page:
    """Up to `size` rows and the cursors around them ("" where the list ends)."""

    rows: list[Any]
    next: str = ""
    previous: str = ""
    # The address named a place that cannot be (another sort, a cut link): this is the first page instead.
    is_astray: bool = False


def ordered(queryset: QuerySet[Any], sort: Sort, *, backwards: bool = False) -> QuerySet[Any]:
    down = sort.is_descending != backwards
    # Only a column that may be null says where nulls go: an ordinary index cannot serve NULLS LAST downwards.
    where = {"nulls_first" if backwards else "nulls_last": True} if _source(queryset, sort.field)[1] else {}
    keys = (
        [F(sort.field).desc(**where) if down else F(sort.field).asc(**where)] if sort.field not in {"pk", "id"} else []
    )
    return queryset.order_by(*keys, F("pk").desc() if down else F("pk").asc())


def page_of(queryset: QuerySet[Any], sort: Sort, *, after: str = "", before: str = "", size: int = 50) -> Page:
    """One page of the queryset. One query. A cursor that cannot be read gives the first page."""
    backwards = bool(before) and not after
    cursor = _decode(after or before, queryset, sort) if after or before else None
    if (after or before) and cursor is None:
        return _first(queryset, sort, size, is_astray=True)
    if cursor is None:
        return _first(queryset, sort, size)
    narrowed = _beyond(queryset, sort, cursor, backwards=backwards)
    rows = list(_few(narrowed, sort, size + 1, backwards=backwards))
    has_more = len(rows) > size
    rows = rows[:size]
    if not backwards:
        return Page(rows, next=_at(rows, -1, sort) if has_more else "", previous=_at(rows, 0, sort))
    if not has_more:
        # Rows were added or left meanwhile: what comes before this place is the first page.
        return _first(queryset, sort, size)
    rows.reverse()
    return Page(rows, next=_at(rows, -1, sort), previous=_at(rows, 0, sort))


def capped_count(queryset: QuerySet[Any]) -> int:
    """How many rows, counting no further than one past COUNT_LIMIT."""
    return queryset.order_by().values("pk")[: COUNT_LIMIT + 1].count()


def _few(queryset: QuerySet[Any], sort: Sort, count: int, *, backwards: bool = False) -> QuerySet[Any]:
    """The first rows. With joins the ids are found first: a small joined table that Postgres has never analysed (fewer than
    50 programs) would otherwise lead it to read every row and sort."""
    rows = ordered(queryset, sort, backwards=backwards)
    if not queryset.query.select_related:
        return rows[:count]
    ids = ordered(queryset.select_related(None).prefetch_related(None), sort, backwards=backwards).values("pk")[:count]
    return ordered(queryset.filter(pk__in=ids), sort, backwards=backwards)


def _first(queryset: QuerySet[Any], sort: Sort, size: int, *, is_astray: bool = False) -> Page:
    rows = list(_few(queryset, sort, size + 1))
    return Page(rows[:size], next=_at(rows[:size], -1, sort) if len(rows) > size else "", is_astray=is_astray)


def _at(rows: list[Any], index: int, sort: Sort) -> str:
    if not rows:
        return ""
    value: Any = rows[index]
    for part in sort.field.split("__"):
        value = getattr(value, part, None)
    return Cursor(value, rows[index].pk).encode(sort)


def _beyond(queryset: QuerySet[Any], sort: Sort, cursor: Cursor, *, backwards: bool) -> QuerySet[Any]:
    """The rows past the cursor. The first condition looks redundant and is what lets Postgres start inside the index:
    the OR alone costs as much as OFFSET (facts/postgres.md, 6)."""
    field, (_, nullable) = sort.field, _source(queryset, sort.field)
    past = "lt" if sort.is_descending != backwards else "gt"
    by_id = {f"pk__{past}": cursor.pk}
    if field in {"pk", "id"}:
        return queryset.filter(**by_id)
    null = Q(**{f"{field}__isnull": True})
    if cursor.value is None:
        # Nulls come last: beyond them only nulls, before them everything else.
        same = null & Q(**by_id)
        return queryset.filter(same | ~null) if backwards else queryset.filter(same)
    edge = Q(**{f"{field}__{past}e": cursor.value})
    beyond = Q(**{f"{field}__{past}": cursor.value}) | Q(**{field: cursor.value}, **by_id)
    if nullable and not backwards:
        return queryset.filter(edge | null).filter(beyond | null)
    return queryset.filter(edge).filter(beyond)


def _source(queryset: QuerySet[Any], path: str) -> "tuple[models.Field[Any, Any], bool]":
    """The field behind a sort, and whether it may be null."""
    if path in queryset.query.annotations:
        return queryset.query.annotations[path].output_field, True
    options, nullable = queryset.model._meta, False
    *way, last = ("id" if part == "pk" else part for part in path.split("__"))
    for part in way:
        relation = options.get_field(part)
        nullable = nullable or bool(getattr(relation, "null", True))
        options = relation.related_model._meta
    field = options.get_field(last)
    if not isinstance(field, models.Field):
        raise FieldDoesNotExist(path)
    return field, nullable or field.null


def _decode(text: str, queryset: QuerySet[Any], sort: Sort) -> Cursor | None:
    """The cursor in an address; None for anything that this list would not have written."""
    if len(text) > 2000:
        return None
    try:
        written, value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if written != str(sort) or type(pk) is not int or not 0 < pk <= MAX_ID:
            return None
        return Cursor(_parsed(value, _source(queryset, sort.field)[0]), pk)
    except (ArithmeticError, ValueError, TypeError, RecursionError, ValidationError):
        return None


def _parsed(value: Any, field: "models.Field[Any, Any]") -> Any:
    if value is None:
        return None
    if isinstance(value, list | dict | float) or (isinstance(value, str) and "\x00" in value):
        raise ValueError(value)
    if isinstance(field, models.DateTimeField):
        moment = field.to_python(str(value).replace(" ", "+"))
        if timezone.is_naive(moment):
            raise ValueError(value)
        return moment
    parsed = field.to_python(value)
    # Numbers beyond the column's range would be an error of the database, not an empty page.
    if isinstance(field, models.IntegerField | models.DecimalField):
        field.run_validators(parsed)
    if isinstance(parsed, Decimal) and abs(parsed.adjusted()) > MAX_DIGITS:
        raise ValueError(value)
    return parsed
