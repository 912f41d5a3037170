"""One row of a file into values by the mapping, or into the reasons why not."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from freelance_hub import csvs
from freelance_hub.errors import Refusal
from freelance_hub.imports.parsers import Hint
from freelance_hub.imports.spec import ImportField, ImportSpec

MAX_REASONS = 3


@dataclass(frozen=True)
class Parsed:
    """A row as it would be imported. `problem` is empty when it can be; `identity` tells rows of one thing."""

    number: int
    raw: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    identity: str = ""


class RowReader:
    """Reads rows of one run: {column: field key} and a hint for each column."""

    def __init__(self, spec: ImportSpec, mapping: Mapping[str, str], hints: Mapping[str, Hint]) -> None:
        self.spec = spec
        self.hints = hints
        fields = {column: spec.field(key) for column, key in mapping.items() if key}
        self.fields: dict[str, ImportField] = {column: found for column, found in fields.items() if found}

    def column_of(self, key: str) -> str:
        """The column that fills a field, for saying where a refusal lies; the field's label when none does."""
        for column, one in self.fields.items():
            if one.key == key or (one.into and key == "currency"):
                return f"column “{column}”"
        known = self.spec.field(key)
        return f"“{known.label}”" if known else ""

    def read(self, number: int, raw: Mapping[str, str]) -> Parsed:
        """The values of a row, empty cells left out. Every problem names row, column and what to do."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for column, one in self.fields.items():
            cell = csvs.restore(raw.get(column, "")).strip()
            if one.parser.is_empty(cell):
                continue
            try:
                value = one.parser.parse(cell, self.hints.get(column, Hint()))
            except ValueError as error:
                problems.append(f"Row {number}, column “{column}”: {error}")
                continue
            spread = one.into(value) if one.into else {one.key: value}
            for key, part in spread.items():
                if part is None or part == "":
                    continue
                # A column of its own beats what another column says besides.
                if key == one.key:
                    values[key] = part
                else:
                    values.setdefault(key, part)
        problems += [
            f"Row {number}: {one.label} is missing."
            for one in self.spec.fields
            if one.required and one.key not in values
        ]
        problem = " ".join(problems[:MAX_REASONS])
        identity = "" if problem else self.spec.identity(values)
        return Parsed(number, dict(raw), values, problem, identity)

    def say(self, number: int, refusal: Refusal) -> str:
        """A service's refusal as the reason of a row."""
        where = self.column_of(refusal.field) if refusal.field else ""
        return f"Row {number}{', ' + where if where else ''}: {refusal}"


def each_once(reader: RowReader, headers: tuple[str, ...], rows: Iterable[csvs.Row]) -> Iterator[Parsed]:
    """The rows of a file, parsed; one that means the same as an earlier row is rejected and says which."""
    seen: dict[bytes, int] = {}
    for row in rows:
        raw = row.as_dict(headers)
        if row.problem:
            yield Parsed(
                row.number, {key: value.replace("\x00", "�") for key, value in raw.items()}, problem=row.problem
            )
            continue
        parsed = reader.read(row.number, raw)
        if parsed.identity:
            # Sixteen bytes a row: memory stays small for any file that may be uploaded.
            key = hashlib.blake2b(parsed.identity.encode(), digest_size=16).digest()
            first = seen.setdefault(key, parsed.number)
            if first != parsed.number:
                reason = f"Row {parsed.number} means the same {reader.spec.noun[0]} as row {first}. Keep one of them."
                parsed = Parsed(parsed.number, parsed.raw, problem=reason)
        yield parsed


def fingerprint(values: Mapping[str, Any], keys: Iterable[str]) -> str:
    """A text that is equal when all of these values are."""
    told = {key: values[key] for key in keys if key in values}
    return hashlib.sha256(json.dumps(told, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)
