"""PATCH (RFC 7644, 3.5.2) on the attributes of a person or a group, with the habits of real directories.

Operations come in any case, values as "False", whole objects without a path, and paths as keys of such an object.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from freelance_hub.scim.faults import Fault
from freelance_hub.scim.filters import parsed
from freelance_hub.scim.schema import ENTERPRISE, EXTENDED, GROUP, KNOWN, KNOWN_OF_GROUPS, USER, Attribute, value_of

PATH = re.compile(r"(?P<name>[$\w]+)(?:\[(?P<filter>[^\]]*)\])?(?:\.(?P<sub>[$\w]+))?")
MOST = 100
FIXED = frozenset({"schemas", "id", "meta"})  # sent along by some; they cannot be changed


def patched(shown: dict[str, Any], body: Any) -> dict[str, Any]:
    """A copy of a person's attributes with the operations of the body done. Raises Fault (400) for what is not understood."""
    person = dict(shown)
    person[ENTERPRISE] = dict(person.get(ENTERPRISE) or {})
    for what, path, value in _changes(body):
        _at(person, what, path, value)
    return person


def patched_group(shown: dict[str, Any], body: Any) -> dict[str, Any]:
    """The same for a group."""
    group = dict(shown)
    for what, path, value in _changes(body):
        if path.lower() not in FIXED:
            _change(group, KNOWN_OF_GROUPS, what, _plain(path, GROUP), value)
    return group


def _changes(body: Any) -> Iterator[tuple[str, str, Any]]:
    """(add, replace or remove; path; value), one for each attribute of an operation without a path."""
    operations = _any_case(body, "operations")
    if not isinstance(operations, list) or not operations or len(operations) > MOST:
        raise Fault(400, f"Operations is a list of 1 to {MOST} operations.", "invalidSyntax")
    for operation in operations:
        what = str(_any_case(operation, "op") or "").lower()
        path, value = _any_case(operation, "path"), _any_case(operation, "value")
        if what not in {"add", "replace", "remove"}:
            raise Fault(400, "op is add, replace or remove.", "invalidSyntax")
        if path:
            yield what, str(path), value
        elif what == "remove":
            raise Fault(400, "A removal needs a path.", "noTarget")
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield what, str(name), inner
        else:
            raise Fault(400, "An operation without a path needs an object as its value.", "invalidValue")


def _any_case(thing: Any, name: str) -> Any:
    if not isinstance(thing, dict):
        raise Fault(400, "Send a JSON object with Operations.", "invalidSyntax")
    return next((value for key, value in thing.items() if str(key).lower() == name), None)


def _at(person: dict[str, Any], what: str, path: str, value: Any) -> None:
    lowered = path.lower()
    if lowered in FIXED:
        return
    if lowered == ENTERPRISE.lower():
        if what == "remove":
            person[ENTERPRISE] = {}
            return
        if not isinstance(value, dict):
            raise Fault(400, "The extension is an object.", "invalidValue")
        for name, inner in value.items():
            _change(person[ENTERPRISE], EXTENDED, what, str(name), inner)
    elif lowered.startswith(f"{ENTERPRISE.lower()}:"):
        _change(person[ENTERPRISE], EXTENDED, what, path[len(ENTERPRISE) + 1 :], value)
    else:
        _change(person, KNOWN, what, _plain(path, USER), value)


def _plain(path: str, schema: str) -> str:
    return path[len(schema) + 1 :] if path.lower().startswith(f"{schema.lower()}:") else path


def _change(target: dict[str, Any], known: Mapping[str, Attribute], what: str, path: str, value: Any) -> None:
    match = PATH.fullmatch(path)
    attribute = known.get(match["name"].lower()) if match else None
    if match is None:
        raise Fault(400, f"The path “{path[:100]}” is not understood.", "invalidPath")
    if attribute is None:
        return  # an attribute that is not kept here
    if attribute.is_multi:
        _change_list(target, attribute, what, match, value)
    elif match["sub"]:
        inner = dict(target.get(attribute.name) or {})
        sub = _sub(attribute, match["sub"])
        _set(inner, sub, what, value)
        target[attribute.name] = inner
    elif what == "add" and attribute.kind == "complex" and isinstance(value, dict):
        target[attribute.name] = {**(target.get(attribute.name) or {}), **value_of(attribute, value, attribute.name)}
    else:
        _set(target, attribute, what, value)


def _set(target: dict[str, Any], attribute: Attribute, what: str, value: Any) -> None:
    if what == "remove" or value is None or value == "":
        if attribute.is_required:
            raise Fault(400, f"{attribute.name} cannot be removed.", "mutability")
        target.pop(attribute.name, None)
    else:
        target[attribute.name] = value_of(attribute, value, attribute.name)


def _change_list(target: dict[str, Any], attribute: Attribute, what: str, match: re.Match[str], value: Any) -> None:
    """Whole lists, or those of their values that a filter in brackets names."""
    values = [dict(one) for one in target.get(attribute.name) or ()]
    if match["filter"] is None and match["sub"] is None:
        new = value_of(attribute, value, attribute.name) if value else []
        if what == "remove":  # all, or those which the operation names, as Entra ID takes members out
            gone = [one.get("value") for one in new]
            values = [one for one in values if one.get("value") not in gone] if gone else []
        else:
            values = [*values, *(one for one in new if one not in values)] if what == "add" else new
    else:
        wanted = dict(parsed(match["filter"])) if match["filter"] else {}
        hits = [one for one in values if all(_equal(one, name, said) for name, said in wanted.items())]
        if what == "remove" and match["sub"] is None:
            values = [one for one in values if one not in hits]
        elif not hits and what != "remove":
            names = {sub.name.lower(): sub.name for sub in attribute.sub}
            hits = [{names[name]: said for name, said in wanted.items() if name in names}]
            values += hits
        for one in hits:
            if match["sub"]:
                _set(one, _sub(attribute, match["sub"]), "replace" if what == "add" else what, value)
            elif what != "remove":
                one.update(value_of(attribute, value, attribute.name)[0])
    if attribute.is_required and not values:
        raise Fault(400, f"{attribute.name} cannot be removed.", "mutability")
    target[attribute.name] = values


def _equal(one: dict[str, Any], name: str, said: Any) -> bool:
    mine = next((value for key, value in one.items() if key.lower() == name), None)
    return mine == said or (isinstance(mine, str) and isinstance(said, str) and mine.lower() == said.lower())


def _sub(attribute: Attribute, name: str) -> Attribute:
    found = next((one for one in attribute.sub if one.name.lower() == name.lower()), None)
    if found is None:
        raise Fault(400, f"{attribute.name} has no “{name[:60]}”.", "invalidPath")
    return found
