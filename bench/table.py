"""The rows of a run: printed as a table, written as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("latest.json")


@dataclass
class Row:
    """One measured value. `ratio` is value ÷ baseline; `target` says in words what `ok` was judged by."""

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    target: str
    ok: bool | None


def judged(
    name: str,
    value: float,
    unit: str,
    *,
    baseline: float | None = None,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    """A row whose ratio (or value, without a baseline) is held against a bound; without one it only informs."""
    ratio = value / baseline if baseline else None
    number = value if ratio is None else ratio
    if at_most is not None:
        target, ok = f"≤ {at_most:g}{' ×' if ratio is not None else ''}", number <= at_most
    elif at_least is not None:
        target, ok = f"≥ {at_least:g}{' ×' if ratio is not None else ''}", number >= at_least
    else:
        target, ok = "", None
    return Row(
        name,
        round(value, 3),
        unit,
        round(baseline, 3) if baseline else None,
        round(ratio, 3) if ratio is not None else None,
        target,
        ok,
    )


def show(rows: list[Row]) -> None:
    """The table on standard output."""
    width = max(len(row.name) for row in rows)
    print(f"{'what':<{width}}{'value':>12} {'unit':<8}{'baseline':>11}{'ratio':>8}  target")
    for row in rows:
        mark = {True: "ok", False: "MISSED", None: ""}[row.ok]
        baseline = "" if row.baseline is None else f"{row.baseline:g}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.name:<{width}}{row.value:>12g} {row.unit:<8}{baseline:>11}{ratio:>8}  {row.target} {mark}")


def write(rows: list[Row]) -> None:
    FILE.write_text(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
