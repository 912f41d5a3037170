"""Reading CSV files as people send them: any common encoding and delimiter, one row at a time."""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from freelance_hub.errors import Refusal

MAX_COLUMNS = 300
MAX_CELL = 10_000
# A line longer than this is not a table (a picture, or a dump without line ends); reading stops before memory fills.
MAX_LINE = 1_000_000
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLE_BYTES = 64 * 1024
SAMPLE_ROWS = 50


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `notes` are sentences for the person who sent it."""

    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_row: int = 1
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "headers": list(self.headers),
            "header_row": self.header_row,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Dialect":
        return cls(
            data["encoding"],
            data["delimiter"],
            tuple(data["headers"]),
            data["header_row"],
            tuple(data.get("notes", ())),
        )


@dataclass(frozen=True)
class Row:
    """One row. `number` counts as a spreadsheet does (the first line of the file is 1); `problem` is empty when readable."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""

    def as_dict(self, headers: Sequence[str]) -> dict[str, str]:
        return dict(itertools.zip_longest(headers, self.cells[: len(headers)], fillvalue=""))


def sniff(file: BinaryIO) -> Dialect:
    """Encoding, delimiter and headers of an open binary file; leaves the file at its start.

    Raises Refusal, in words for the sender, when the file is empty or is no CSV. Memory: one sample.
    """
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    if not sample.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise Refusal(
            "The file is empty.",
            remedy="Choose a CSV file with a header row and at least one row below it.",
        )
    if sample.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refusal(
            "This is a workbook, not a CSV file.",
            remedy="Open it and save the sheet as “CSV UTF-8”, then choose that file.",
        )
    if sample.startswith(b"%PDF"):
        raise Refusal("This is a PDF, not a CSV file.", remedy="Ask for the table as a CSV file.")
    encoding = _encoding(file, sample)
    text = sample.decode(encoding, errors="ignore")
    # Excel's own first line `sep=;` names the delimiter and is no row of the table.
    declared = re.match(r"\ufeff?sep=(.)\r?\n", text)
    delimiter = (
        declared[1] if declared and declared[1] in DELIMITERS else _delimiter(text, is_cut=len(sample) == SAMPLE_BYTES)
    )
    for number, cells in enumerate(_records(file, encoding, delimiter), start=1):
        if isinstance(cells, Refusal):
            raise cells
        if any(cell.strip() for cell in cells) and not (number == 1 and declared):
            headers, notes = _headers(cells)
            file.seek(0)
            return Dialect(encoding, delimiter, headers, number, notes)
    raise Refusal("The file has no header row.", remedy="The first row must name the columns.")


def read(file: BinaryIO, dialect: Dialect) -> Iterator[Row]:
    """The rows below the header, one at a time; blank rows are left out but counted.

    A row that cannot be used comes with its `problem`, so that the others still go through.
    """
    width = len(dialect.headers)
    for number, cells in enumerate(_records(file, dialect.encoding, dialect.delimiter), start=1):
        if number <= dialect.header_row:
            continue
        if isinstance(cells, Refusal):
            yield Row(number, (), str(cells))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        yield Row(number, tuple(cells), _row_problem(number, cells, dialect.headers))


def _encoding(file: BinaryIO, sample: bytes) -> str:
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(bom):
            return name
    # Latin text in UTF-16 without a mark has a zero in every second byte.
    pairs = len(sample) // 2
    if pairs and sample[1::2].count(0) > 0.4 * pairs:
        return "utf-16-le"
    if pairs and sample[0::2].count(0) > 0.4 * pairs:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def _delimiter(text: str, *, is_cut: bool) -> str:
    """The candidate that cuts most rows of the sample into the same number of cells, at least two."""
    lines = text.splitlines(keepends=True)
    if is_cut:
        lines = lines[:-1] or lines
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in itertools.islice(csv.reader(lines, delimiter=delimiter), SAMPLE_ROWS) if row]
        except csv.Error:
            continue
        if not rows:
            continue
        width, hits = Counter(len(row) for row in rows).most_common(1)[0]
        score = (round(hits / len(rows), 1), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _records(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[list[str] | Refusal]:
    """Each record as cells, or as the reason why it cannot be read. Closes nothing."""
    file.seek(0)
    # cp1252 leaves five bytes undefined; one such byte must not stop a whole file.
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        reader = csv.reader(_lines(text), delimiter=delimiter)
        for number in itertools.count(1):
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Refusal(
                    f"Row {number}: a cell is longer than {csv.field_size_limit():,} characters.",
                    remedy='Is a quotation mark (") not closed there?',
                )
            except _LineTooLongError:
                yield Refusal(f"Row {number} does not end: this does not look like a CSV file.")
                return
    finally:
        text.detach()


class _LineTooLongError(Exception):
    pass


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise _LineTooLongError
        yield line


def _headers(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Unique, non-empty names for the columns, and what had to be changed to get them."""
    names = [" ".join(cell.replace("\x00", "").split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise Refusal(f"The file has {len(names):,} columns; {MAX_COLUMNS} are the most that can be read.")
    notes, seen, out = [], set(), []
    for position, given in enumerate(names, start=1):
        unique = name = (given or f"Column {position}")[:200]
        for again in itertools.count(2):
            if unique.lower() not in seen:
                break
            unique = f"{name} ({again})"
        if unique != name:
            notes.append(f"More than one column is called “{name}”; column {position} is shown as “{unique}”.")
        seen.add(unique.lower())
        out.append(unique)
    return tuple(out), tuple(notes)


def _row_problem(number: int, cells: Sequence[str], headers: Sequence[str]) -> str:
    if len(cells) != len(headers):
        hint = (
            "Is a text with a delimiter not in quotation marks?"
            if len(cells) > len(headers)
            else "Is a delimiter missing?"
        )
        return f"Row {number} has {len(cells)} cells, the header has {len(headers)}. {hint}"
    for header, cell in zip(headers, cells, strict=True):
        if len(cell) > MAX_CELL:
            return f"Row {number}, column “{header}”: the text is longer than {MAX_CELL:,} characters."
        if "\x00" in cell:
            return f"Row {number}, column “{header}” holds an unreadable character (NUL). Type the cell again."
    return ""
