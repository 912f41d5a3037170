from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freelance_hub.imports import kinds
from freelance_hub.imports.columns import Column, currency_in
from freelance_hub.imports.parsers import Hint, Money

PLAIN = Hint()


def accepted(kind, cell, hint=PLAIN):
    return kind.parse(cell, hint)


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("40", "40", ""),
        ("$40", "40", "USD"),
        ("USD 40", "40", "USD"),
        ("40,50 €", "40.50", "EUR"),
        ("€ 1.234,50", "1234.50", "EUR"),
        ("1,234.50", "1234.50", ""),
        ("1.234", "1234", ""),
        ("1 234,5 kr", "1234.5", ""),
        ("1'234.50 CHF", "1234.50", "CHF"),
        ("1\u202f234,50 EUR", "1234.50", "EUR"),
        ("(40.00)", "-40.00", ""),
        ("-40", "-40", ""),
        ("- $40", "-40", "USD"),
        ("40.00 USD/h", "40.00", "USD"),
        ("£35 per hour", "35", "GBP"),
        ("zł 120", "120", "PLN"),
        ("R$ 99,90", "99.90", "BRL"),
        (".5", "0.5", ""),
        ("1.234.567,89", "1234567.89", ""),
        ("0,999", "0.999", ""),
    ],
)
def test_money(cell, amount, currency):
    assert accepted(kinds.MONEY, cell) == Money(Decimal(amount), currency)


def test_money_takes_the_currency_of_the_header_and_the_marks_of_the_column():
    assert accepted(kinds.MONEY, "40", Hint(currency="USD")) == Money(Decimal(40), "USD")
    assert accepted(kinds.MONEY, "1.234", Hint(decimal=".")).amount == Decimal("1.234")
    assert accepted(kinds.MONEY, "1.234", Hint(decimal=",")).amount == Decimal(1234)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (kinds.WHOLE, "52.0", 52),
        (kinds.WHOLE, "1,000", 1000),
        (kinds.WHOLE, "12 years", 12),
        (kinds.WHOLE, "10+", 10),
        (kinds.NUMBER, "-1.5", Decimal("-1.5")),
        (kinds.NUMBER, "\N{MINUS SIGN}2", Decimal(-2)),
        (kinds.RATING, "4,7", Decimal("4.7")),
        (kinds.RATING, "4.7/5", Decimal("4.7")),
        (kinds.PERCENT, "84%", 84),
        (kinds.PERCENT, "84 %", 84),
        (kinds.PERCENT, "84", 84),
        (kinds.PERCENT, "0.84", 84),
        (kinds.PERCENT, "0,845", 84),
        (kinds.PERCENT, "0.5%", 0),
        (kinds.PERCENT, "100", 100),
        (kinds.TRUTH, "1", True),
        (kinds.TRUTH, "Yes", True),
        (kinds.TRUTH, "Y", True),
        (kinds.TRUTH, "True", True),
        (kinds.TRUTH, "ja", True),
        (kinds.TRUTH, "0", False),
        (kinds.TRUTH, "N", False),
        (kinds.TRUTH, "no", False),
        (kinds.TRUTH, "FALSE", False),
        (kinds.GENDER, "f", "female"),
        (kinds.GENDER, "FEMALE", "female"),
        (kinds.GENDER, "M", "male"),
        (kinds.GENDER, "weiblich", "female"),
        (kinds.GENDER, "divers", "other"),
        (kinds.GENDER, "prefer not to say", ""),
        (kinds.NAME, "Ms. Nicole Kidd", "Nicole Kidd"),
        (kinds.NAME, "Prof. Dr. Ana  Ruiz", "Ana Ruiz"),
        (kinds.NAME, "Lynn Curtis DDS", "Lynn Curtis"),
        (kinds.NAME, "Kidd, Nicole", "Nicole Kidd"),
        (kinds.NAME, "Robert Evans, Jr.", "Robert Evans, Jr."),
        (kinds.NAME, "VANESSA O'NEIL", "Vanessa O'Neil"),
        (kinds.NAME, "Mr Null", "Null"),
        (kinds.NAME, "李小龍", "李小龍"),
        (kinds.EMAIL, "Ann Lee <ANN@Example.org>", "ann@example.org"),
        (kinds.EMAIL, "mailto:a@b.example", "a@b.example"),
        (kinds.PHONE, "+44 (0)20  7946-0018", "+44 (0)20 7946-0018"),
        (kinds.WORDS, "Figma, Sketch; UI/UX Design,Figma", ["Figma", "Sketch", "UI/UX Design"]),
        (kinds.COUNTRY, "United Kingdom", "GB"),
        (kinds.COUNTRY, "UK", "GB"),
        (kinds.COUNTRY, "USA", "US"),
        (kinds.COUNTRY, "Deutschland", "DE"),
        (kinds.COUNTRY, "Österreich", "AT"),
        (kinds.COUNTRY, "South Korea", "KR"),
        (kinds.COUNTRY, "Russia", "RU"),
        (kinds.COUNTRY, "Turkey", "TR"),
        (kinds.COUNTRY, "the Netherlands", "NL"),
        (kinds.COUNTRY, "deu", "DE"),
        (kinds.COUNTRY, "NA", "NA"),
        (kinds.LANGUAGE, "Deutsch", "German"),
        (kinds.LANGUAGE, "en-GB", "English"),
        (kinds.LANGUAGE, "English (native), Spanish", "English"),
        (kinds.LANGUAGE, "Mandarin", "Mandarin"),
        (kinds.CURRENCY, "eur", "EUR"),
        (kinds.CURRENCY, "€", "EUR"),
    ],
)
def test_value(kind, cell, value):
    assert accepted(kind, cell) == value


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        (kinds.MONEY, "forty", "is not an amount"),
        (kinds.MONEY, "40 bananas", "is not an amount with a currency"),
        (kinds.WHOLE, "11.5", "is not a whole number"),
        (kinds.NUMBER, "1.2.3,4,5", "is not a number"),
        (kinds.NUMBER, "9" * 20, "is not a usable number"),
        (kinds.RATING, "5.1", "not between 0 and 5"),
        (kinds.PERCENT, "101%", "not between 0 and 100"),
        (kinds.TRUTH, "maybe", "neither yes nor no"),
        (kinds.GENDER, "q", "Write female, male, other or nothing"),
        (kinds.NAME, "123", "is not a name"),
        (kinds.EMAIL, "x@@y", "Write it like ann@example.org"),
        (kinds.PHONE, "call me", "is not a phone number"),
        (kinds.COUNTRY, "Germny", "Did you mean “Germany”?"),
        (kinds.LANGUAGE, "Germn", "Did you mean"),
        (kinds.DATE, "31.02.2026", "does not exist"),
        (kinds.DATE, "soon", "Write it like 2026-03-31"),
        (kinds.CURRENCY, "kr", "Write the code"),
    ],
)
def test_cell_that_cannot_be_read_says_how_to_mend_it(kind, cell, reason):
    with pytest.raises(ValueError, match=reason.replace("?", r"\?")):
        accepted(kind, cell)


@pytest.mark.parametrize(
    ("cell", "day_first", "expected"),
    [
        ("2026-03-04", None, date(2026, 3, 4)),
        ("2026-03-04T10:00:00Z", None, date(2026, 3, 4)),
        ("24/06/2020", None, date(2020, 6, 24)),
        ("06/24/2020", None, date(2020, 6, 24)),
        ("03/04/2020", None, date(2020, 4, 3)),
        ("03/04/2020", True, date(2020, 4, 3)),
        ("03/04/2020", False, date(2020, 3, 4)),
        ("3.4.20", None, date(2020, 4, 3)),
        ("3 April 2020", None, date(2020, 4, 3)),
        ("Apr 3, 2020", None, date(2020, 4, 3)),
        ("1. März 2026", None, date(2026, 3, 1)),
    ],
)
def test_date(cell, day_first, expected):
    assert accepted(kinds.DATE, cell, Hint(day_first=day_first)) == expected


@pytest.mark.parametrize(
    ("cells", "hint", "asks"),
    [
        (["03/04/2020", "24/06/2020"], Hint(day_first=True), False),
        (["03/04/2020", "06/24/2020"], Hint(day_first=False), False),
        (["03/04/2020", "05/06/2020"], Hint(), True),
        (["2020-03-04"], Hint(), False),
        (["1.234,50", "3,10"], Hint(decimal=","), False),
        (["12.50"], Hint(decimal="."), False),
        (["0.84", "0.2", "1"], Hint(is_fraction=True), False),
        (["0.84", "84"], Hint(), False),
    ],
)
def test_column_as_a_whole_decides_what_a_cell_leaves_open(cells, hint, asks):
    column = Column("x")
    for cell in cells:
        column.see(cell)

    assert Hint(**column.as_json()["hint"]) == column.hint()
    assert (column.hint().day_first, column.hint().is_fraction) == (hint.day_first, hint.is_fraction)
    assert not hint.decimal or column.hint().decimal == hint.decimal
    assert column.as_json()["ask_dates"] == asks


@pytest.mark.parametrize(
    ("header", "currency"),
    [("hourly_rate (USD)", "USD"), ("Satz in €", "EUR"), ("rate", ""), ("All amounts", ""), ("RATE/GBP", "GBP")],
)
def test_currency_in_a_header(header, currency):
    assert currency_in(header) == currency


@pytest.mark.parametrize("cell", ["", " ", "-", "N/A", "null", "nan", "?"])
def test_cells_that_say_nothing_are_empty(cell):
    assert kinds.TEXT.is_empty(cell)


def test_words_that_mean_something_in_their_column_are_not_empty():
    assert not kinds.COUNTRY.is_empty("NA")
    assert not kinds.NAME.is_empty("Null")


KINDS = [value for value in vars(kinds).values() if isinstance(value, kinds.Parser)]


@given(st.sampled_from(KINDS), st.text(min_size=1).map(str.strip).filter(bool))
def test_any_text_is_a_value_or_a_sentence(kind, cell):
    kind.looks(cell)
    try:
        kind.parse(cell, PLAIN)
    except ValueError as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_as_people_write_it_is_read_back(amount):
    for text in (
        f"{amount}",
        f"{amount:,}",
        f"{amount} €",
        f"EUR {amount:,}",
        f"{amount:,}".translate(str.maketrans(",.", ".,")),
    ):
        assert accepted(kinds.MONEY, text).amount == amount
