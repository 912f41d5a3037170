"""CSV in and out. Read: `sniff`, `read`. Write: `copy_csv` (made by Postgres), `write` (made in Python), `csv_response`."""

from freelance_hub.csvs.copying import copy_csv
from freelance_hub.csvs.reading import Dialect, Row, read, sniff
from freelance_hub.csvs.writing import (
    csv_response,
    neutral_sql,
    neutralise,
    restore,
    write,
)

__all__ = [
    "Dialect",
    "Row",
    "copy_csv",
    "csv_response",
    "neutral_sql",
    "neutralise",
    "read",
    "restore",
    "sniff",
    "write",
]
