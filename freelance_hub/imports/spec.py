"""How an import is declared: which fields a thing has, how they are recognised, and which services bring it in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models

from freelance_hub.access import Actor
from freelance_hub.imports.kinds import TEXT
from freelance_hub.imports.parsers import Parser
from freelance_hub.permissions import Capability


class Apply(Protocol):
    """Brings in one row. Returns the object and what stood there before: None for a new one, {} when nothing changed,
    else the old values (JSON) of the changed fields. Raises Refusal (with `field`) for a row that cannot be."""

    def __call__(self, *, values: Mapping[str, Any], actor: Actor) -> tuple[Any, dict[str, Any] | None]: ...


class Undo(Protocol):
    """Takes one row back. Raises Refusal when the object is used by now or was changed since."""

    def __call__(
        self, thing: Any, *, before: Mapping[str, Any] | None, after: Mapping[str, Any], actor: Actor
    ) -> None: ...


@dataclass(frozen=True)
class ImportField:
    """One field that a column can fill. `synonyms` are other words for it in headers, in any language.

    `into` spreads one value over several keys: money into rate and currency.
    """

    key: str
    label: str
    parser: Parser = TEXT
    help: str = ""
    required: bool = False
    synonyms: tuple[str, ...] = ()
    into: Callable[[Any], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class ImportSpec:
    """One kind of thing that is imported.

    `identity(values)` is a text that is equal for two rows of a file that mean the same thing ("" when nothing tells):
    such rows are not brought in twice. `snapshot(thing)` gives all values, ready for JSON, in the keys that `apply`
    uses. Routes are `<route>` (upload), `<route>_detail`, and so on: see `imports.urls.import_paths`.
    """

    key: str
    title: str
    noun: tuple[str, str]
    capability: Capability
    model: type[models.Model]
    fields: tuple[ImportField, ...]
    identity: Callable[[Mapping[str, Any]], str]
    apply: Apply
    snapshot: Callable[[Any], dict[str, Any]]
    undo: Undo
    route: str
    list_route: str
    lead: str = ""
    example: str = ""  # a CSV to look at: header and one row

    def field(self, key: str) -> ImportField | None:
        return next((field for field in self.fields if field.key == key), None)


_specs: dict[str, ImportSpec] = {}


def register(spec: ImportSpec) -> ImportSpec:
    """Make the spec known to workers and pages. Called at import time of an app's receivers."""
    _specs[spec.key] = spec
    return spec


def spec_of(key: str) -> ImportSpec:
    """The spec of a run. Raises LookupError when the app that declared it is gone."""
    return _specs[key]
