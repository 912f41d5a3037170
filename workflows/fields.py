"""Fields of form steps: what a definition may ask, and how an answer is checked and kept.

`{"key": "laptop", "label": "Which laptop?", "type": "choice", "choices": ["Mac", "PC"], "required": true, "help": "…"}`
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

from freelance_hub.errors import Refusal
from workflows.facts import DATE, NUMBER, TEXT, YES_NO

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
FACT_TYPES = {
    "text": TEXT,
    "long_text": TEXT,
    "number": NUMBER,
    "date": DATE,
    "yes_no": YES_NO,
    "choice": TEXT,
    "email": TEXT,
    "url": TEXT,
}
LONGEST = {"long_text": 5000}
PARTS = {"key", "label", "type", "required", "choices", "help"}
MOST_FIELDS = 40


def is_readable(one: Any) -> bool:
    """Whether a field has what others refer to: a key and a known type."""
    return isinstance(one, Mapping) and isinstance(one.get("key"), str) and one.get("type") in FACT_TYPES


def problems(asked: Sequence[Any]) -> list[str]:
    """What is wrong with the fields of a form, each in a sentence."""
    if not asked or len(asked) > MOST_FIELDS:
        return [f"a form asks for at least one field and at most {MOST_FIELDS}."]
    found: list[str] = []
    seen: set[str] = set()
    for number, one in enumerate(asked, start=1):
        if not isinstance(one, Mapping):
            found.append(f"field {number} is an object with “key”, “label” and “type”.")
            continue
        name = str(one.get("key", number))
        found += [f"field “{name}”: {problem}" for problem in _problems_of(one)]
        if name in seen:
            found.append(f"two fields have the key “{name}”.")
        seen.add(name)
    return found


def _problems_of(one: Mapping[str, Any]) -> list[str]:
    found = [f"there is no “{extra}” of a field." for extra in sorted(set(one) - PARTS)]
    if not isinstance(one.get("key"), str) or not KEY.fullmatch(one["key"]):
        found.append("a key is made of small letters, digits and “_”, begins with a letter, and has 40 at most.")
    if not isinstance(one.get("label"), str) or not one["label"].strip():
        found.append("it needs a “label” that says what is asked.")
    if one.get("type") not in FACT_TYPES:
        found.append(f"there is no type “{one.get('type', '')}”; use one of {', '.join(FACT_TYPES)}.")
    if not isinstance(one.get("required", False), bool):
        found.append("“required” is true or false.")
    choices = one.get("choices")
    is_list = isinstance(choices, list) and bool(choices) and all(isinstance(c, str) and c for c in choices)
    if one.get("type") == "choice" and not is_list:
        found.append("a choice lists its “choices”.")
    if one.get("type") != "choice" and choices:
        found.append("only a choice has “choices”.")
    return found


def read_answers(asked: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they are kept: text, number as text, ISO date, true or false; None where nothing was said.

    Raises Refusal with the key of the field that is wrong, or that is not asked for.
    """
    for extra in set(values) - {one["key"] for one in asked}:
        raise Refusal(f"The form does not ask for “{extra}”.", field=extra, code="unknown")
    return {one["key"]: _answer(one, values.get(one["key"])) for one in asked}


def _answer(one: Mapping[str, Any], value: Any) -> Any:
    value = value.strip() if isinstance(value, str) else value
    if value is None or value == "":
        if one.get("required"):
            raise Refusal(f"“{one['label']}” is needed.", field=one["key"], code="required")
        return None
    try:
        return READERS[one["type"]](one, value)
    except (InvalidOperation, TypeError, ValueError, ValidationError):
        raise Refusal(f"“{one['label']}”: {WRONG[one['type']]}", field=one["key"], code="invalid") from None


def _text(one: Mapping[str, Any], value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST.get(one["type"], 500):
        raise ValueError
    return value


def _number(_one: Mapping[str, Any], value: Any) -> str:
    number = Decimal(str(value).replace("\N{NO-BREAK SPACE}", "").replace(" ", ""))
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= Decimal("1e15"):
        raise ValueError
    return format(number, "f")


def _date(_one: Mapping[str, Any], value: Any) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _yes_no(one: Mapping[str, Any], value: Any) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    if isinstance(value, bool):
        answer = value
    elif str(value).lower() in words:
        answer = words[str(value).lower()]
    else:
        raise ValueError
    if one.get("required") and not answer:
        raise Refusal(f"“{one['label']}” has to be confirmed.", field=one["key"], code="required")
    return answer


def _choice(one: Mapping[str, Any], value: Any) -> str:
    if value not in one["choices"]:
        raise Refusal(
            f"“{one['label']}”: choose one of {', '.join(one['choices'])}.", field=one["key"], code="invalid_choice"
        )
    return str(value)


def _email(one: Mapping[str, Any], value: Any) -> str:
    EmailValidator()(value)
    return _text(one, value)


def _url(one: Mapping[str, Any], value: Any) -> str:
    URLValidator(schemes=["https", "http"])(value)
    return _text(one, value)


READERS = {
    "text": _text,
    "long_text": _text,
    "number": _number,
    "date": _date,
    "yes_no": _yes_no,
    "choice": _choice,
    "email": _email,
    "url": _url,
}
WRONG = {
    "text": "write at most 500 characters.",
    "long_text": "write at most 5,000 characters.",
    "number": "write a number, such as 1200 or 12.5.",
    "date": "write a date as 2026-01-31.",
    "yes_no": "say yes or no.",
    "choice": "choose one.",
    "email": "write an e-mail address, such as ann@example.com.",
    "url": "write a web address that begins with https://.",
}


def as_fact(one: Mapping[str, Any], kept: Any) -> Any:
    """A kept answer as a condition compares it."""
    if kept is None:
        return None
    fact_type = FACT_TYPES[one["type"]]
    if fact_type == NUMBER:
        return Decimal(kept)
    return date.fromisoformat(kept) if fact_type == DATE else kept
