"""Which column is which field: a guess from the header's words and from what the cells look like, with a confidence."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from freelance_hub.imports.columns import hint_of
from freelance_hub.imports.parsers import Hint
from freelance_hub.imports.places import plain
from freelance_hub.imports.spec import ImportField, ImportSpec

ENOUGH = 0.5
ALIKE = 80  # of 100, for two headers as wholes
CONTAINED = 72  # "beneficiary name" contains "name"


@dataclass(frozen=True)
class Guess:
    """A field for a column and how sure that is, 0 to 1."""

    column: str
    field: str
    confidence: float


def suggest(spec: ImportSpec, columns: Sequence[Mapping[str, Any]]) -> dict[str, Guess]:
    """{column: guess} for the columns that are recognised; each field at most once, the surest pair first."""
    pairs = [
        Guess(column["name"], field.key, confidence)
        for column in columns
        for field in spec.fields
        if (confidence := _confidence(field, column)) >= ENOUGH
    ]
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for guess in sorted(pairs, key=lambda pair: -pair.confidence):
        if guess.column not in found and guess.field not in taken:
            found[guess.column] = guess
            taken.add(guess.field)
    return found


def _confidence(field: ImportField, column: Mapping[str, Any]) -> float:
    words = _header_words(field, column["name"])
    samples: list[str] = column["samples"]
    if not samples:
        return words * 0.9
    parser, hint = field.parser, hint_of(column)
    looks = sum(parser.looks(sample) for sample in samples) / len(samples) * parser.weight
    fits = sum(_fits(field, sample, hint) for sample in samples) / len(samples)
    confidence = max(0.75 * words + 0.25 * max(looks, 0.5 * fits), 0.7 * looks)
    if words > 0.99:
        confidence = max(confidence, 0.95)
    # A header may lie; cells that mostly cannot be read as this field say so.
    return confidence * (0.3 if fits < 0.5 else 1)


def _fits(field: ImportField, sample: str, hint: Hint) -> bool:
    try:
        field.parser.parse(sample, hint)
    except ValueError:
        return False
    return True


def _header_words(field: ImportField, header: str) -> float:
    """How alike the header is to any word for the field, 0 to 1."""
    mine = words_of(header)
    best = 0.0
    for name in (field.key, field.label, *field.synonyms):
        theirs = words_of(name)
        if mine == theirs:
            return 1.0
        # The same words in another order, or a slip of the finger; a few equal letters say nothing.
        alike = fuzz.token_sort_ratio(mine, theirs)
        best = max(best, alike if alike >= ALIKE else 0, CONTAINED if set(theirs.split()) < set(mine.split()) else 0)
    return best / 100


def words_of(header: str) -> str:
    """`hourlyRate (USD)` → "hourly rate"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\(.*?\)|\[.*?\]", " ", header))
    return " ".join(re.sub(r"[^\w]+|_", " ", plain(apart)).split())
