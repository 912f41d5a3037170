import codecs
import csv
import io
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from freelance_hub import csvs
from freelance_hub.csvs import copying
from freelance_hub.csvs.reading import MAX_CELL, MAX_LINE
from freelance_hub.csvs.writing import FORMULA_STARTS
from freelance_hub.errors import Refusal


def rows_of(data):
    file = io.BytesIO(data)
    dialect = csvs.sniff(file)
    return dialect, list(csvs.read(file, dialect))


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("cp1252", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
    ],
)
def test_encodings_are_recognised(encoding, mark):
    data = mark + "Name;Rate\r\nJosé Müller;40 €\r\n".encode(encoding)

    dialect, rows = rows_of(data)

    assert dialect.headers == ("Name", "Rate")
    assert rows[0].cells == ("José Müller", "40 €")


def test_broken_byte_late_in_the_file_does_not_stop_it():
    data = b"name,city\n" + b"a,b\n" * 40_000 + "José,Málaga\n".encode("cp1252")

    dialect, rows = rows_of(data)

    assert dialect.encoding == "cp1252"
    assert rows[-1].cells == ("José", "Málaga")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_recognised_by_equal_widths(delimiter):
    lines = ["name", "rate", "note"], ["Ann", "40,50", "a, b; c | d"], ["Bob", "60", ""]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(lines)

    dialect, rows = rows_of(buffer.getvalue().encode())

    assert dialect.delimiter == delimiter
    assert [list(row.cells) for row in rows] == [list(line) for line in lines[1:]]


def test_excels_own_first_line_names_the_delimiter():
    dialect, rows = rows_of(b"sep=;\r\nname;rate\r\nAnn;40,50\r\n")

    assert dialect.headers == ("name", "rate")
    assert [(row.number, row.cells) for row in rows] == [(3, ("Ann", "40,50"))]


def test_quoted_line_ends_stay_in_their_cell():
    _, rows = rows_of(b'name,note\r\nAnn,"first\r\nsecond ""quoted"""\r\n')

    assert rows[0].cells == ("Ann", 'first\r\nsecond "quoted"')


def test_blank_rows_are_left_out_but_counted():
    _, rows = rows_of(b"\n,\nname,rate\nAnn,1\n\n,\nBob,2\n")

    assert [(row.number, row.cells[0]) for row in rows] == [(4, "Ann"), (7, "Bob")]


def test_ragged_row_is_told_by_number_and_the_rest_goes_through():
    _, rows = rows_of(b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n")

    assert [row.problem for row in rows] == [
        "Row 2 has 2 cells, the header has 3. Is a delimiter missing?",
        "",
        "Row 4 has 4 cells, the header has 3. Is a text with a delimiter not in quotation marks?",
        "",
    ]


def test_unreadable_character_and_long_cell_are_told_by_row_and_column():
    _, rows = rows_of(b"name,note\nA\x00nn,x\nBob," + b"x" * (MAX_CELL + 1) + b"\nCleo,ok\n")

    assert rows[0].problem == "Row 2, column “name” holds an unreadable character (NUL). Type the cell again."
    assert rows[1].problem == "Row 3, column “note”: the text is longer than 10,000 characters."
    assert not rows[2].problem


def test_quotation_mark_that_is_never_closed_is_told():
    _, rows = rows_of(b'name,note\nAnn,"open\n' + b"Bob,2\n" * 40_000)

    assert rows[0].problem.startswith("Row 2: a cell is longer than 131,072 characters.")


def test_line_without_end_is_refused_before_it_fills_memory():
    with pytest.raises(Refusal, match="does not look like a CSV file"):
        rows_of(b"x" * (MAX_LINE * 3))


def test_equal_and_empty_headers_get_names_and_a_note():
    dialect, rows = rows_of(b"Name,name,,Rate\nA,B,C,D\n")

    assert dialect.headers == ("Name", "name (2)", "Column 3", "Rate")
    assert dialect.notes == ("More than one column is called “name”; column 2 is shown as “name (2)”.",)
    assert rows[0].as_dict(dialect.headers) == {"Name": "A", "name (2)": "B", "Column 3": "C", "Rate": "D"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf\r\n  \n", "The file is empty"),
        (b"PK\x03\x04rest", "This is a workbook"),
        (b"%PDF-1.7", "This is a PDF"),
        (b",,,\n,,\n", "no header row"),
        (b",".join(b"h%d" % n for n in range(400)), "400 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, message):
    with pytest.raises(Refusal, match=message):
        rows_of(data)


def test_dialect_survives_storage():
    dialect, _ = rows_of(b"Name;Name\nA;B\n")

    assert csvs.Dialect.from_json(dialect.as_json()) == dialect


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    try:
        rows_of(data)
    except Refusal:
        pass


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_read_back(table):
    data = b"".join(csvs.write(["a", "b", "c"], table))

    _, rows = rows_of(data)

    kept = [row for row in table if any(csvs.neutralise(cell).strip() for cell in row)]
    assert [[csvs.restore(cell) for cell in row.cells] for row in rows] == [
        [csvs.restore(csvs.neutralise(cell)) for cell in row] for row in kept
    ]


# Formulas


@pytest.mark.parametrize(
    "text", ["=1+1", "+SUM(A1)", "-2+3", "@x", "\tx", "\r=x", "\n=x", "＝x", "＋1", "－1", "＠x", "=", "-", "+1-1"]
)
def test_formula_gets_a_quote(text):
    assert csvs.neutralise(text) == "'" + text
    assert csvs.restore("'" + text) == text


@pytest.mark.parametrize("text", ["-1", "+40", "-40.50", "+1,5", "", "a=b", "Ann", "'=x", " =x", "0"])
def test_number_and_plain_text_stay(text):
    assert csvs.neutralise(text) == text


@given(st.text())
def test_no_cell_begins_a_formula(text):
    out = csvs.neutralise(text)

    assert not out or out[0] not in FORMULA_STARTS or out.lstrip("+-").replace(".", "").replace(",", "").isdecimal()


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
            st.from_regex(r"[=+\-@\t\r\n＝＋－＠][0-9.,+]{0,4}", fullmatch=True),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_postgres_and_python_hold_one_rule(texts):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {csvs.neutral_sql('t')} FROM unnest(%s::text[]) WITH ORDINALITY AS q(t, n) ORDER BY n", [texts]
        )
        rows = [row[0] for row in cursor]

    assert rows == [csvs.neutralise(text) for text in texts]


# COPY

NUMBERS = ("SELECT n, 'row ' || n FROM generate_series(1, %s) AS n", [50_000])
COLUMNS = [("No", "number"), ("=Name", "text")]


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "copy-csv"]


def all_gone():
    for thread in threads():
        thread.join(timeout=30)
    return not threads()


@pytest.mark.django_db(transaction=True)
def test_copy_streams_every_row_from_a_thread_with_its_own_connection():
    chunks = csvs.copy_csv(NUMBERS, COLUMNS)

    first = next(chunks)
    lines = (first + b"".join(chunks)).decode().splitlines()

    assert first == b"No,'=Name\n"
    assert len(lines) == 50_001
    assert lines[-1] == "50000,row 50000"


@pytest.mark.django_db(transaction=True)
def test_copy_kinds_are_written_for_people():
    source = (
        "SELECT true, TIMESTAMPTZ '2026-03-29 01:30+00', ARRAY['=a', 'b'], NULL::text, -1.50, '=1+1', E'a\"b\\nc'",
        [],
    )
    kinds = ["flag", "moment", "list", "text", "number", "text", "text"]

    with timezone.override("UTC"):
        data = b"".join(csvs.copy_csv(source, [(kind, kind) for kind in kinds])).decode()

    assert list(csv.reader(io.StringIO(data)))[1] == [
        "Yes",
        "2026-03-29 01:30",
        "'=a, b",
        "",
        "-1.50",
        "'=1+1",
        'a"b\nc',
    ]


@pytest.mark.django_db(transaction=True)
def test_copy_stops_when_the_reader_leaves():
    chunks = csvs.copy_csv(("SELECT n, repeat('x', 200) FROM generate_series(1, %s) AS n", [5_000_000]), COLUMNS)
    next(chunks), next(chunks)

    chunks.close()

    assert all_gone()


@pytest.mark.django_db(transaction=True)
def test_copy_that_fails_midway_breaks_the_download_off():
    chunks = csvs.copy_csv(("SELECT n, (1 / (40000 - n))::text FROM generate_series(1, 50000) AS n", []), COLUMNS)

    with pytest.raises(Exception, match="division by zero"):
        b"".join(chunks)


@pytest.mark.django_db(transaction=True)
def test_copy_inside_a_transaction_sees_its_own_rows():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT 7 AS n, 'x' AS t")
        chunks = csvs.copy_csv(("SELECT n, t FROM mine", []), COLUMNS)

    assert b"".join(chunks) == b"No,'=Name\n7,x\n"
    assert threads() == []


@pytest.mark.django_db(transaction=True)
def test_reader_that_stalls_loses_the_connection(monkeypatch):
    monkeypatch.setattr(copying, "STALL_SECONDS", 0.1)
    chunks = csvs.copy_csv(("SELECT n, repeat('x', 200) FROM generate_series(1, %s) AS n", [1_000_000]), COLUMNS)

    next(chunks), next(chunks)

    assert all_gone()


def test_download_is_an_attachment_that_excel_reads():
    response = csvs.csv_response("Freelancers 2026/Q1", [b"a,b\n"])

    assert response["Content-Disposition"] == 'attachment; filename="Freelancers-2026-Q1.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == codecs.BOM_UTF8 + b"a,b\n"
