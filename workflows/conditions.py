"""Conditions: data with a fixed set of operators, never code.

`{"fact": "budget", "is": "more_than", "than": {"fact": "approval_limit"}}`, `"than": 5000`, joined by `all`, `any` and `not`:
`{"all": [{…}, {"not": {…}}]}`. Nothing is more, less or equal than a fact that is not known; ask `is_empty` for it.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.facts import ANY, DATE, LIST, NUMBER, TEXT, YES_NO

IS_EMPTY = "is_empty"
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "more_than": operator.gt,
    "at_least": operator.ge,
    "less_than": operator.lt,
    "at_most": operator.le,
}
EQUAL: dict[str, Callable[[Any, Any], bool]] = {"equal_to": operator.eq, "not_equal_to": operator.ne}
AMONG: dict[str, Callable[[Any, Any], bool]] = {
    "in": lambda left, right: left in right,
    "not_in": lambda left, right: left not in right,
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    **EQUAL,
    **ORDER,
    **AMONG,
    "contains": lambda left, right: right in left,
    IS_EMPTY: lambda left, _right: left is None or left in ("", [], ()),
}
# Which operators a fact of each type takes.
FITTING: dict[str, tuple[str, ...]] = {
    ANY: tuple(OPERATORS),
    NUMBER: (*EQUAL, *ORDER, *AMONG, IS_EMPTY),
    DATE: (*EQUAL, *ORDER, IS_EMPTY),
    TEXT: (*EQUAL, *AMONG, "contains", IS_EMPTY),
    YES_NO: (*EQUAL, IS_EMPTY),
    LIST: ("contains", IS_EMPTY),
}
EXAMPLES = {NUMBER: "5000", DATE: "“2026-01-31”", TEXT: "“DE”", YES_NO: "true"}
Condition = Mapping[str, Any]
DEEPEST = 10


class ConditionError(ValueError):
    """A condition that cannot be understood; the message says what is wrong with it."""


def check(condition: Any, types: Mapping[str, str], *, depth: int = 0) -> None:
    """Raises ConditionError for an unknown fact or operator, a missing part, or sides whose types do not fit.

    `types`: the type of each known fact by its name, see `workflows.facts`.
    """
    if depth > DEEPEST:
        raise ConditionError(f"A condition is at most {DEEPEST} levels deep.")
    if (
        isinstance(condition, Mapping)
        and len(condition) == 1
        and (word := next(iter(condition))) in {"all", "any", "not"}
    ):
        parts = [condition["not"]] if word == "not" else condition[word]
        if not isinstance(parts, list) or not parts:
            raise ConditionError(f"A group of the condition is empty: “{word}” holds a list of at least one condition.")
        for part in parts:
            check(part, types, depth=depth + 1)
        return
    _check_comparison(condition, types)


def _check_comparison(condition: Any, types: Mapping[str, str]) -> None:
    is_alone = isinstance(condition, Mapping) and condition.get("is") == IS_EMPTY
    if isinstance(condition, Mapping) and set(condition) in ({"fact", "is"}, {"fact", "is", "than"}):
        _check_finished(condition, is_alone=is_alone)
    if not isinstance(condition, Mapping) or set(condition) != {"fact", "is", *(() if is_alone else ("than",))}:
        raise ConditionError("A condition has exactly “fact”, “is” and “than”, or is “all”, “any” or “not” of others.")
    fact, asked = condition["fact"], condition["is"]
    _check_fact(fact, types)
    if asked not in OPERATORS:
        raise ConditionError(f"There is no operator “{asked}”; use one of {', '.join(OPERATORS)}.")
    if asked not in FITTING[types[fact]]:
        fitting = ", ".join(FITTING[types[fact]])
        raise ConditionError(f"“{fact}” is a {types[fact]}, so it cannot be asked “{asked}”; use one of {fitting}.")
    if not is_alone:
        _check_than(fact, asked, condition["than"], types)


def _check_finished(condition: Condition, *, is_alone: bool) -> None:
    if condition["fact"] == "":
        raise ConditionError("A row of the condition is not filled in: it says no fact.")
    if "than" not in condition and not is_alone:
        raise ConditionError(f"A row of the condition is not filled in: with what is “{condition['fact']}” compared?")


def _check_fact(fact: Any, types: Mapping[str, str]) -> None:
    if not isinstance(fact, str) or fact not in types:
        raise ConditionError(f"There is no fact “{fact}”; known are {', '.join(sorted(types))}.")


def _check_than(fact: str, asked: str, than: Any, types: Mapping[str, str]) -> None:
    wanted = TEXT if asked == "contains" and types[fact] == TEXT else types[fact]
    if isinstance(than, Mapping):
        if set(than) != {"fact"}:
            raise ConditionError(f"“than” is a value or {{“fact”: …}}, compared with “{fact}”.")
        _check_fact(than["fact"], types)
        found = types[than["fact"]]
        wanted = LIST if asked in AMONG else wanted
        if ANY not in (wanted, found) and wanted != found and asked != "contains":
            raise ConditionError(f"“{fact}” is a {types[fact]} and “{than['fact']}” is a {found}: they do not compare.")
        return
    if asked in AMONG and not isinstance(than, list):
        raise ConditionError(f"“{fact}” {asked}: “than” is a list of values.")
    for value in than if asked in AMONG else [than]:
        if wanted in EXAMPLES and not _is_a(wanted, value):
            raise ConditionError(
                f"“{fact}” is a {wanted}, so it cannot be compared with “{value}”; write it like {EXAMPLES[wanted]}."
            )
        if isinstance(value, list | dict) or value is None:
            raise ConditionError(f"“{fact}” cannot be compared with “{value}”.")


def _is_a(wanted: str, value: Any) -> bool:
    try:
        if wanted == NUMBER:
            return not isinstance(value, bool) and _number(value).is_finite()
        if wanted == DATE:
            return isinstance(value, str) and bool(date.fromisoformat(value))
    except (ConditionError, ValueError):
        return False
    return isinstance(value, bool if wanted == YES_NO else str)


def facts_in(condition: Condition) -> list[str]:
    """The facts that a condition asks, without duplicates; the condition may be unfinished."""
    found: list[str] = []
    for word in ("all", "any"):
        for part in condition.get(word) or ():
            found += facts_in(part)
    if condition.get("not"):
        found += facts_in(condition["not"])
    if condition.get("fact"):
        found.append(str(condition["fact"]))
    if isinstance(condition.get("than"), Mapping):
        found.append(str(condition["than"].get("fact", "")))
    return list(dict.fromkeys(found))


def holds(condition: Condition, fact: Callable[[str], Any]) -> bool:
    """Whether the condition holds. Numbers are compared as decimals; raises ConditionError when sides do not compare."""
    if "all" in condition:
        return all(holds(part, fact) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, fact) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], fact)
    asked, left, than = condition["is"], fact(condition["fact"]), condition.get("than")
    right = fact(than["fact"]) if isinstance(than, Mapping) else than
    if asked == IS_EMPTY:
        return OPERATORS[asked](left, None)
    if left is None or right is None:
        return asked == "not_equal_to" and left is not right
    try:
        return OPERATORS[asked](*_alike(left, right))
    except (TypeError, ValueError) as error:
        raise ConditionError(f"{left!r} and {right!r} cannot be compared.") from error


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides as numbers when one is, as dates when one is; also the values in a list."""
    one = left[0] if isinstance(left, list | tuple) and left else left
    other = right[0] if isinstance(right, list | tuple) and right else right
    for is_it, convert in ((_is_number, _number), (_is_date, _date)):
        if is_it(one) or is_it(other):
            return tuple(
                [convert(value) for value in side] if isinstance(side, list | tuple) else convert(side)
                for side in (left, right)
            )  # type: ignore[return-value]  # two sides in, two out
    return left, right


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ConditionError(f"{value!r} is not a number.") from error


def _is_date(value: Any) -> bool:
    return isinstance(value, date)


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))
