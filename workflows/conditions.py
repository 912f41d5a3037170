"""Conditions of decision steps: data with a fixed set of operators, never code.

`{"fact": "budget", "is": "more_than", "than": {"fact": "approval_limit"}}` or `"than": 5000`.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equal_to": operator.eq,
    "not_equal_to": operator.ne,
    "more_than": operator.gt,
    "at_least": operator.ge,
    "less_than": operator.lt,
    "at_most": operator.le,
}
Condition = Mapping[str, Any]


class ConditionError(ValueError):
    """A condition that cannot be understood; the message says what is wrong with it."""


def check(condition: Any, known_facts: set[str]) -> None:
    """Raises ConditionError for an unknown fact or operator, or a missing part."""
    if not isinstance(condition, Mapping) or set(condition) != {"fact", "is", "than"}:
        raise ConditionError("A condition has exactly “fact”, “is” and “than”.")
    than = condition["than"]
    asked = {condition["fact"], *([than.get("fact")] if isinstance(than, Mapping) else [])}
    for fact in asked - known_facts:
        raise ConditionError(f"There is no fact “{fact}”; known are {', '.join(sorted(known_facts))}.")
    if condition["is"] not in OPERATORS:
        raise ConditionError(f"There is no operator “{condition['is']}”; use one of {', '.join(OPERATORS)}.")


def holds(condition: Condition, fact: Callable[[str], Any]) -> bool:
    """Whether the condition holds. Numbers are compared as decimals; raises ConditionError when sides do not compare."""
    than = condition["than"]
    left, right = fact(condition["fact"]), fact(than["fact"]) if isinstance(than, Mapping) else than
    if any(isinstance(side, int | float | Decimal) and not isinstance(side, bool) for side in (left, right)):
        left, right = _number(left), _number(right)
    try:
        return OPERATORS[condition["is"]](left, right)
    except TypeError as error:
        raise ConditionError(f"{left!r} and {right!r} cannot be compared.") from error


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ConditionError(f"{value!r} is not a number.") from error
