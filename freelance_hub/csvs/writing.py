"""Writing CSV that no spreadsheet mistakes for a program (design/security.md)."""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_PLAIN_NUMBER = r"[+-]?[0-9]+([.,][0-9]+)?"
_is_plain_number = re.compile(_PLAIN_NUMBER).fullmatch


def neutralise(cell: object) -> str:
    """The cell as text that no spreadsheet takes for a formula; plain numbers stay numbers."""
    text = "" if cell is None else str(cell)
    if text and text[0] in FORMULA_STARTS and not _is_plain_number(text):
        return "'" + text
    return text


def restore(cell: str) -> str:
    """A cell that `neutralise` guarded, as it was: our own exports can be read in again."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in FORMULA_STARTS else cell


def neutral_sql(expression: str) -> str:
    """`neutralise` for Postgres: the same rule over a text expression of SQL."""
    # ascii() is the code point of the first character: cheaper for a million rows than cutting it out.
    starts = ", ".join(str(ord(char)) for char in FORMULA_STARTS)
    return (
        f"CASE WHEN ascii({expression}) IN ({starts}) AND {expression} !~ '^{_PLAIN_NUMBER}$' "
        f"THEN '''' || {expression} ELSE {expression} END"
    )


def write(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """CSV made in Python from any rows, in chunks. For rows that Postgres can make, `copy_csv` is ten times faster."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in itertools.chain([headers], rows):
        writer.writerow([neutralise(cell) for cell in row])
        if buffer.tell() > 64 * 1024:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def csv_response(name: str, chunks: Iterable[bytes]) -> StreamingHttpResponse:
    """A download called `<name>.csv`. Begins with a byte order mark: Excel reads UTF-8 only then."""
    response = StreamingHttpResponse(_closing(chunks), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "-", name)}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _closing(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield codecs.BOM_UTF8
        yield from chunks
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
