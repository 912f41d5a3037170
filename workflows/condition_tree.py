"""The tree of a condition in the builder: read from what is stored or from what a form sends, and reshaped by its buttons.

Names of fields carry the place: `if_0_joint` is the outer group, `if_0-1_fact` its second part.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.conditions import AMONG
from workflows.facts import ANY, DATE, NUMBER, TEXT, YES_NO

ROOT, NEGATED = "0", "not_"
NAME = re.compile(r"if_(?P<path>0(?:-\d{1,2}){0,9})_(?P<part>joint|fact|was|is|than|other)")
ACT = re.compile(r"(?P<act>row|group|remove):(?P<path>0(?:-\d{1,2}){0,9})")
MOST_PARTS = 60  # that a form takes
ANSWERS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass
class Row:
    """One comparison as it stands in the form. `was`: the fact for which its other fields were made."""

    fact: str = ""
    was: str = ""
    operator: str = "equal_to"
    than: list[str] = field(default_factory=list)
    other: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.fact or self.other or any(self.than))


@dataclass
class Group:
    """Parts that are joined."""

    joint: str = "all"
    parts: list["Row | Group"] = field(default_factory=list)


# Between stored data and the tree


def unfold(condition: Mapping[str, Any]) -> Group:
    """The tree of a stored condition, finished or not; the outermost part is always a group, and never empty."""
    part = _unfold(condition) if condition else Group(parts=[Row()])
    return part if isinstance(part, Group) else Group(parts=[part])


def _unfold(condition: Mapping[str, Any]) -> Row | Group:
    for word in ("all", "any"):
        if isinstance(condition.get(word), list):
            return Group(word, [_unfold(one) for one in condition[word] if isinstance(one, Mapping)])
    if isinstance(denied := condition.get("not"), Mapping):
        inner = _unfold(denied)
        if isinstance(inner, Group) and not inner.joint.startswith(NEGATED):
            return Group(f"{NEGATED}{inner.joint}", inner.parts)
        return Group("not_any", [inner])
    than = condition.get("than")
    is_fact = isinstance(than, Mapping)
    fact = str(condition.get("fact", ""))
    values = [as_text(one) for one in than] if isinstance(than, list) else [as_text(than)]
    return Row(
        fact=fact,
        was=fact,
        operator=str(condition.get("is", "equal_to")),
        than=[] if is_fact or than is None else values,
        other=str(than.get("fact", "")) if is_fact and isinstance(than, Mapping) else "",
    )


def sent(data: Any) -> Group | None:
    """The tree that a form sends; None when it sends none."""
    parts: dict[tuple[int, ...], dict[str, list[str]]] = {}
    for name in data:
        if match := NAME.fullmatch(name):
            path = tuple(int(number) for number in match["path"].split("-"))
            parts.setdefault(path, {})[match["part"]] = [one[:200] for one in data.getlist(name)]
    if "joint" not in parts.get((0,), {}):
        return None
    tree: dict[tuple[int, ...], Row | Group] = {}
    for path in sorted(parts, key=lambda path: (len(path), path))[:MOST_PARTS]:
        said = {name: values[-1] if values else "" for name, values in parts[path].items()}
        above = tree.get(path[:-1])
        if "joint" in said:
            tree[path] = Group(said["joint"])
        elif isinstance(above, Group):
            values = [one for one in parts[path].get("than", []) if one]
            tree[path] = Row(
                said.get("fact", ""), said.get("was", ""), said.get("is", ""), values, said.get("other", "")
            )
        if isinstance(above, Group) and path in tree:
            above.parts.append(tree[path])
    root = tree[(0,)]
    return root if isinstance(root, Group) else None


def reshape(tree: Group, act: str) -> str:
    """Add a row or a group to a group, or remove a part; returns the place to go on at. Unknown places change nothing."""
    match = ACT.fullmatch(act)
    if match is None:
        return ""
    path = [int(number) for number in match["path"].split("-")][1:]
    here: Row | Group = tree
    for number in path[:-1] if match["act"] == "remove" else path:
        if not isinstance(here, Group) or number >= len(here.parts):
            return ""
        here = here.parts[number]
    if not isinstance(here, Group):
        return ""
    if match["act"] == "remove":
        if not path or path[-1] >= len(here.parts):
            return ""
        del here.parts[path[-1]]
        return match["path"].rpartition("-")[0]
    if match["act"] == "row":
        here.parts.append(Row())
        return f"{match['path']}-{len(here.parts) - 1}"
    here.parts.append(Group("any" if here.joint == "all" else "all", [Row()]))
    return f"{match['path']}-{len(here.parts) - 1}-0"


# Values


def read_value(row: Row, kind: str, *, is_chosen: bool) -> Any:
    """What a row is compared with, as the draft keeps it; raises ValueError in words. `is_chosen`: from a list, not written."""
    if row.operator not in AMONG:
        return typed(row.than[0] if row.than else "", kind)
    parts = row.than if is_chosen else [one for text in row.than for one in text.split(",")]
    return [typed(one, kind) for one in parts if one.strip()]


def typed(text: str, kind: str) -> Any:
    """A value as the fact's type compares it, "" for none; raises ValueError in words."""
    text = text.strip()
    if not text or kind == TEXT:
        return text
    if kind == NUMBER:
        return number(text)
    if kind == DATE and not is_date(text):
        raise ValueError(f"“{text}” is not a date. Write it like 2026-01-31.")
    if kind == YES_NO and text.lower() not in ANSWERS:
        raise ValueError("Write yes or no.")
    if kind == ANY and not _is_number(text):
        return ANSWERS.get(text.lower(), text)
    if kind == ANY:
        return number(text)
    return ANSWERS[text.lower()] if kind == YES_NO else text


def number(text: str) -> int | float:
    """A number as people write it; raises ValueError in words."""
    try:
        found = Decimal("".join(text.split()).replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError(f"“{text}” is not a number. Write it like 5000 or 12.5.")
    return int(found) if found == found.to_integral_value() else float(found)


def _is_number(text: str) -> bool:
    try:
        return number(text) is not None
    except ValueError:
        return False


def is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False


def as_text(value: Any) -> str:
    """A stored value as somebody would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(as_text(one) for one in value)
    return "" if value is None else str(value)
