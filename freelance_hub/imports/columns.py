"""A look at each column of a file before anything is imported: samples, how full it is, and what its cells show together."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from freelance_hub.csvs import Row
from freelance_hub.imports.parsers import CODES, NOTHING, SIGNS, Hint

SAMPLES = 30
SHOWN = 4
LOOKED_AT = 20_000  # rows; what a column is shows long before the end of a large file

_DAY_MONTH = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})\b")
_DECIMALS = re.compile(r"\d([.,])\d{1,2}(?!\d)")


@dataclass
class Column:
    """What was seen of one column."""

    name: str
    filled: int = 0
    samples: list[str] = field(default_factory=list)
    day_first: bool = False
    month_first: bool = False
    has_dates: bool = False
    marks: set[str] = field(default_factory=set)
    largest: float = 0.0
    has_fraction: bool = False

    def see(self, cell: str) -> None:
        self.filled += 1
        if len(self.samples) < SAMPLES and cell not in self.samples:
            self.samples.append(cell)
        if found := _DAY_MONTH.match(cell):
            self.has_dates = True
            self.day_first = self.day_first or int(found[1]) > 12
            self.month_first = self.month_first or int(found[2]) > 12
        elif found := _DECIMALS.search(cell):
            self.marks.add(found[1])
        try:
            value = float(cell.replace(",", "."))
        except ValueError:
            return
        self.largest = max(self.largest, value)
        self.has_fraction = self.has_fraction or 0 < value < 1

    def hint(self) -> Hint:
        return Hint(
            currency=currency_in(self.name),
            decimal=next(iter(self.marks)) if len(self.marks) == 1 else "",
            day_first=None if self.day_first == self.month_first else self.day_first,
            is_fraction=self.has_fraction and self.largest <= 1,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "filled": self.filled,
            "samples": [sample[:80] for sample in self.samples],
            "hint": self.hint().as_json(),
            # Dates that could be read both ways: the person is asked.
            "ask_dates": self.has_dates and not self.day_first and not self.month_first,
        }


def look_at(headers: Sequence[str], rows: Iterable[Row]) -> tuple[list[dict[str, Any]], int]:
    """Every column as JSON, and how many rows the file has. One pass; memory does not grow with the file."""
    columns, total = [Column(name) for name in headers], 0
    for total, row in enumerate(rows, start=1):
        if total > LOOKED_AT or row.problem:
            continue
        for column, cell in zip(columns, row.cells, strict=True):
            if (bare := cell.strip()) and bare.lower() not in NOTHING:
                column.see(bare)
    return [column.as_json() for column in columns], total


def currency_in(header: str) -> str:
    """The currency that a header names: "rate (USD)", "Satz in €"."""
    for word in re.findall(r"[^\W\d_]{3}|[^\w\s]", header):
        if word.upper() in CODES and word.isupper():
            return str(word.upper())
        if SIGNS.get(word):
            return SIGNS[word]
    return ""


def hint_of(column: Mapping[str, Any]) -> Hint:
    return Hint(**column["hint"])
