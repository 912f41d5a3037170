"""Filters of SCIM that directories use: `attribute eq "value"`, several with `and`, and one level of brackets."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from freelance_hub.models import Membership
from freelance_hub.scim.faults import Fault
from freelance_hub.scim.schema import USER

LONGEST = 2000
TOKEN = re.compile(r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[\[\]()])|(?P<word>[^\s\[\]()"]+))""")
Condition = tuple[str, Any]


def parsed(text: str) -> list[Condition]:
    """Pairs of attribute path (lower case, without the schema of users) and value, all of which must hold.

    Raises Fault (400, invalidFilter) for anything else.
    """
    if len(text) > LONGEST:
        raise _bad(text)
    tokens = list(_tokens(text))
    found: list[Condition] = []
    while tokens:
        if found and _word(tokens).lower() != "and":
            raise _bad(text)
        found += _condition(tokens, text)
    if not found:
        raise _bad(text)
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None or not match.lastgroup:
            raise _bad(text)
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


def _word(tokens: list[tuple[str, str]]) -> str:
    kind, text = tokens.pop(0) if tokens else ("", "")
    return text if kind == "word" else ""


def _condition(tokens: list[tuple[str, str]], text: str) -> list[Condition]:
    path = _path(_word(tokens))
    if path and tokens and tokens[0] == ("mark", "["):
        tokens.pop(0)
        inner = _condition(tokens, text)
        while tokens and tokens[0] != ("mark", "]"):
            if _word(tokens).lower() != "and":
                raise _bad(text)
            inner += _condition(tokens, text)
        if not tokens:
            raise _bad(text)
        tokens.pop(0)
        found = [(f"{path}.{name}", value) for name, value in inner]
        if tokens and tokens[0][1].startswith("."):  # emails[type eq "work"].value eq "x"
            path += _path(_word(tokens))
        else:
            return found
    else:
        found = []
    if not path or _word(tokens).lower() != "eq" or not tokens:
        raise _bad(text)
    kind, said = tokens.pop(0)
    if kind == "mark":
        raise _bad(text)
    try:
        value = json.loads(said)
    except ValueError as error:
        raise _bad(text) from error
    return [*found, (path, value)]


def _path(word: str) -> str:
    return word.lower().removeprefix(f"{USER.lower()}:")


def condition_of(text: str) -> Q:
    """A filter as a condition on memberships."""
    whole = Q()
    for path, value in parsed(text):
        whole &= _q(path, value)
    return whole


def _q(path: str, value: Any) -> Q:
    text = str(value)
    here = "directory_people"
    if path == "username":
        return Q(**{f"{here}__user_name__iexact": text}) | Q(**{here: None, "user__email__iexact": text})
    if path == "externalid":
        return Q(**{f"{here}__external_id": text})
    if path == "id":
        try:
            return Q(public_id=UUID(text))
        except ValueError:
            return Q(pk__in=[])
    if path == "active":
        is_active = value if isinstance(value, bool) else text.lower() == "true"
        return Q(state=Membership.State.ACTIVE) if is_active else Q(state=Membership.State.SUSPENDED)
    if path in {"emails", "emails.value"}:
        return Q(user__email__iexact=text) | Q(**{f"{here}__said__emails__contains": [{"value": text}]})
    if path == "emails.type":
        return Q(**{f"{here}__said__emails__contains": [{"type": text}]}) | Q(**{here: None})
    if path == "displayname":
        return Q(**{f"{here}__said__displayName__iexact": text}) | Q(**{here: None, "user__name__iexact": text})
    raise Fault(400, f"There is no filter by “{path}”.", "invalidFilter")


def _bad(text: str) -> Fault:
    return Fault(400, f"The filter “{text[:100]}” is not understood: use eq, joined by and.", "invalidFilter")
