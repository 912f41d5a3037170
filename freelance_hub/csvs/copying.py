"""CSV made by Postgres (COPY) and streamed: a million rows in a second, memory flat."""

import contextvars
import csv
import io
import queue
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

from freelance_hub.csvs.writing import neutral_sql, neutralise

CHUNK = 64 * 1024
CHUNKS_AHEAD = 16
# A reader that takes nothing for this long is gone; its connection and its snapshot go back.
STALL_SECONDS = 120

Source = QuerySet[Any] | tuple[str, Sequence[Any]]
Columns = Sequence[tuple[str, str | Combinable]]


def copy_csv(source: Source, columns: Columns) -> Iterator[bytes]:
    """CSV of a queryset in chunks of UTF-8, header first.

    `columns`: (header, field path or expression); for a `source` of (sql, params): (header, kind of its n-th column),
    kinds "text", "number", "date", "moment", "flag" and "list". Moments are written in the time zone active now, flags
    as Yes and No. The tenant and the rights of the caller are fixed now, not when the stream is read.

    Side effects: a thread with its own connection while the stream is read; closing the stream ends both.
    Inside a transaction this connection alone may see the rows, so the copy is made at once, into a temporary file.
    """
    sql = _statement(source, columns)
    header = _header([title for title, _ in columns])
    if connection.in_atomic_block:
        return _copy_here(header, sql)
    return _copy_in_thread(header, sql, contextvars.copy_context())


def _header(titles: Sequence[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow([neutralise(title) for title in titles])
    return line.getvalue().encode()


# Streaming


def _copy(sql: str, file: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(sql, file)


def _copy_here(header: bytes, sql: str) -> Iterator[bytes]:
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed by the generator
    _copy(sql, file)
    file.seek(0)

    def chunks() -> Iterator[bytes]:
        with file:
            yield header
            while chunk := file.read(CHUNK):
                yield chunk

    return chunks()


class _StoppedError(Exception):
    """The reader has gone."""


class _Pipe:
    """A file that COPY writes to in one thread and the response reads from in another. Holds a few chunks, no more."""

    def __init__(self) -> None:
        self.queue: queue.Queue[bytes | BaseException | None] = queue.Queue(CHUNKS_AHEAD)
        self.stopped = threading.Event()
        self.buffer = bytearray()

    def write(self, data: bytes) -> int:
        # COPY writes row by row; a queue entry for each row would cost more than the row.
        self.buffer += data
        if len(self.buffer) >= CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if self.buffer:
            self.put(bytes(self.buffer))
            self.buffer.clear()

    def put(self, item: bytes | BaseException | None) -> None:
        give_up = time.monotonic() + STALL_SECONDS
        while not self.stopped.is_set() and time.monotonic() < give_up:
            try:
                return self.queue.put(item, timeout=0.5)
            except queue.Full:
                continue
        raise _StoppedError


def _copy_in_thread(header: bytes, sql: str, context: contextvars.Context) -> Iterator[bytes]:
    pipe = _Pipe()

    def work() -> None:
        end: BaseException | None = None
        try:
            _copy(sql, pipe)
            pipe.flush()
        except BaseException as error:  # noqa: BLE001  it is raised again where the stream is read
            end = error
        finally:
            connection.close()
        try:
            pipe.put(end)
        except _StoppedError:
            return

    def chunks() -> Iterator[bytes]:
        # Threads start without a context; this one works for the caller's tenant, with the caller's rights.
        thread = threading.Thread(target=context.run, args=(work,), name="copy-csv", daemon=True)
        thread.start()
        try:
            yield header
            while (item := pipe.queue.get(timeout=STALL_SECONDS * 5)) is not None:
                if isinstance(item, BaseException):
                    # Half a file must not look like a whole one: the error breaks the response off.
                    raise item
                yield item
        finally:
            pipe.stopped.set()

    return chunks()


# The statement

_KINDS: "tuple[tuple[type[models.Field[Any, Any]], str], ...]" = (
    (models.BooleanField, "flag"),
    (models.DateTimeField, "moment"),  # before DateField, its parent
    (models.DateField, "date"),
    (models.IntegerField, "number"),
    (models.DecimalField, "number"),
    (models.FloatField, "number"),
)


def _statement(source: Source, columns: Columns) -> str:
    if isinstance(source, tuple):
        (sql, params), kinds = source, [str(kind) for _, kind in columns]
    else:
        # Names of our own: an expression has none, and a field path may clash with an annotation.
        named = {f"csv_{at}": models.F(path) if isinstance(path, str) else path for at, (_, path) in enumerate(columns)}
        rows = source.annotate(**named).values_list(*named)
        kinds = [_kind(rows.query.annotations[alias].output_field) for alias in named]
        sql, params = rows.query.sql_with_params()
    zone = timezone.get_current_timezone_name().replace("'", "")
    cells = ", ".join(_cell(f"c{at}", kind, zone) for at, kind in enumerate(kinds))
    names = ", ".join(f"c{at}" for at in range(len(kinds)))
    with connection.cursor() as cursor:
        # COPY takes no parameters; the driver quotes them here as it does in every other statement.
        bound = cursor.mogrify(sql, tuple(params)).decode()
    return f"COPY (SELECT {cells} FROM ({bound}) AS q({names})) TO STDOUT WITH (FORMAT csv)"  # noqa: S608


def _kind(field: "models.Field[Any, Any]") -> str:
    for base, kind in _KINDS:
        if isinstance(field, base):
            return kind
    return "list" if field.get_internal_type() == "ArrayField" else "text"


def _cell(name: str, kind: str, zone: str) -> str:
    match kind:
        case "number" | "date":
            return name
        case "flag":
            return f"CASE WHEN {name} THEN 'Yes' WHEN NOT {name} THEN 'No' END"
        case "moment":
            return f"to_char({name} AT TIME ZONE '{zone}', 'YYYY-MM-DD HH24:MI')"
        case "list":
            return neutral_sql(f"array_to_string({name}, ', ')")
    return neutral_sql(f"{name}::text")
