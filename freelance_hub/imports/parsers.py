"""Dirty cells into values: money, numbers, dates, truth, shares, genders, names, addresses.

A parser gets the cell (stripped, not empty) and what the whole column showed (`Hint`), and returns a value or raises
ValueError with a sentence for the person who sent the file.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import pycountry
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@dataclass(frozen=True)
class Hint:
    """What a column as a whole says about its cells."""

    currency: str = ""  # from the header: "rate (USD)"
    decimal: str = ""  # "." or ","; empty when no cell decides it
    day_first: bool | None = None  # None when no cell decides it
    is_fraction: bool = False  # shares are written 0.84, not 84

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if value not in {"", False} and value is not None} | (
            {} if self.day_first is None else {"day_first": self.day_first}
        )


class Money(NamedTuple):
    """An amount and its currency, "" when neither cell nor header tells."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Parser:
    """`parse` makes the value. `looks` tells a typical cell, for guessing what a column holds; `weight` 0 to 1 says how
    much such a look proves: an e-mail address proves itself, a number could be anything."""

    key: str
    parse: Callable[[str, Hint], Any]
    looks: Callable[[str], bool] = lambda _: False
    weight: float = 0.0
    keeps: frozenset[str] = frozenset()  # words that mean nothing elsewhere and something here

    def is_empty(self, cell: str) -> bool:
        word = cell.strip().lower()
        return not word or (word in NOTHING and word not in self.keeps)


NOTHING = {"-", "--", "–", "—", "n/a", "#n/a", "na", "null", "nan", "none", "nil", "(blank)", "?", "not available"}

# Numbers and money

SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "us$": "USD", "¥": "JPY", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW"}
SIGNS |= {"zł": "PLN", "kč": "CZK", "r$": "BRL", "a$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "₪": "ILS"}
SIGNS |= {"euro": "EUR", "euros": "EUR", "dollars": "USD", "pounds": "GBP", "fr.": "CHF", "sfr": "CHF", "kr": ""}
CODES = frozenset(currency.alpha_3 for currency in pycountry.currencies)
_NUMBER = re.compile(r"[+-]?(?:\d[\d.,' \u00a0\u202f]*\d|\d)|[+-]?[.,]\d+")
_THREE = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")


def number_of(text: str, *, decimal: str = "", is_money: bool = False) -> Decimal:
    """The number in "1.234,50", "1,234.5", "1 234", "52.0". The last of two kinds of separators is the decimal one;
    a single one is, unless `decimal` says otherwise or it cuts groups of three. Raises ValueError."""
    bare = re.sub(r"[' \u00a0\u202f]", "", text.replace("\N{MINUS SIGN}", "-"))
    dots, commas = bare.count("."), bare.count(",")
    if dots and commas:
        mark = "." if bare.rindex(".") > bare.rindex(",") else ","
    elif dots > 1 or commas > 1:
        mark = ""
    elif dots or commas:
        mark = "." if dots else ","
        is_group = bool(_THREE.fullmatch(bare)) and not bare.lstrip("+-").startswith("0")
        if is_group and (decimal == {".": ",", ",": "."}[mark] or (not decimal and (is_money or mark == ","))):
            mark = ""
    else:
        mark = ""
    for group in {".", ","} - {mark}:
        bare = bare.replace(group, "")
    try:
        value = Decimal(bare.replace(mark, ".") if mark else bare)
    except InvalidOperation:
        raise ValueError(f"“{text}” is not a number.") from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise ValueError(f"“{text}” is not a usable number.")
    return value


def parse_number(text: str, hint: Hint) -> Decimal:
    return number_of(text, decimal=hint.decimal)


def parse_whole(text: str, hint: Hint) -> int:
    value = number_of(re.sub(r"(?i)\s*(years?|yrs?|jahre?|ans?|\+)\s*$", "", text), decimal=hint.decimal)
    if value != value.to_integral_value():
        raise ValueError(f"“{text}” is not a whole number.")
    return int(value)


def parse_rating(text: str, hint: Hint) -> Decimal:
    """A rating of 0 to 5: "4.7", "4,7", "4.7/5"."""
    value = number_of(
        re.sub(r"\s*(/|of|out of)\s*5(\.0)?\s*$|\s*(★|stars?)\s*$", "", text), decimal=hint.decimal or "."
    )
    if not 0 <= value <= 5:
        raise ValueError(f"“{text}” is not between 0 and 5.")
    return value


def parse_money(text: str, hint: Hint) -> Money:
    """`$40`, `USD 40`, `40,50 €`, `1.234,50`, `(40.00)`, `40/h`."""
    body = re.sub(r"(?i)\s*(/|per)\s*(h|hr|hour|std|stunde|day|tag)\.?\s*$", "", text.strip())
    negative = body.startswith("(") and body.endswith(")")
    found = _NUMBER.search(body)
    if found is None:
        raise ValueError(f"“{text}” is not an amount. Write it like 40.00 or EUR 40.")
    rest = (body[: found.start()] + " " + body[found.end() :]).strip(" ()").lower()
    currency = _currency(rest.removesuffix("-").strip()) if rest else ""
    if currency is None:
        raise ValueError(f"“{text}” is not an amount with a currency. Write it like EUR 40.")
    amount = number_of(found[0], decimal=hint.decimal, is_money=True)
    return Money(-amount if negative or rest.startswith("-") else amount, currency or hint.currency)


def _currency(text: str) -> str | None:
    """The code for a sign, a word or a code; "" for an ambiguous one, None for anything else."""
    text = text.strip(" .-")
    if text in SIGNS or not text:
        return SIGNS.get(text, "")
    return text.upper() if text.upper() in CODES else SIGNS.get(f"{text}.")


def parse_currency(text: str, _hint: Hint) -> str:
    code = _currency(text.lower())
    if not code:
        raise ValueError(f"“{text}” is not a currency. Write the code, like EUR.")
    return code


def parse_percent(text: str, hint: Hint) -> int:
    """`84%`, `84`, `0.84`: per cent from 0 to 100, rounded."""
    bare = text.rstrip("% \u00a0")
    value = number_of(bare, decimal=hint.decimal or ("," if "," in bare else "."))
    if bare == text.strip() and (hint.is_fraction or (0 < value < 1)):
        value *= 100
    if not 0 <= value <= 100:
        raise ValueError(f"“{text}” is not between 0 and 100 %.")
    return round(value)


# Words

TRUE = {"1", "1.0", "yes", "y", "true", "t", "x", "✓", "✔", "ja", "j", "oui", "si", "sí", "sim", "active", "on", "wahr"}
FALSE = {"0", "0.0", "no", "n", "false", "f", "nein", "non", "não", "inactive", "off", "falsch", "✗", "✘"}


def parse_truth(text: str, _hint: Hint) -> bool:
    word = text.strip().lower().rstrip(".")
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise ValueError(f"“{text}” is neither yes nor no.")


GENDERS = {
    "female": {"f", "female", "fem", "woman", "w", "weiblich", "frau", "femme", "femenino", "mujer", "feminin", "girl"},
    "male": {"m", "male", "man", "männlich", "mann", "homme", "masculino", "hombre", "masculin", "boy"},
    "other": {"d", "x", "nb", "nonbinary", "non-binary", "other", "divers", "diverse", "enby", "o"},
    "": {"u", "unknown", "undisclosed", "prefer not to say", "not told", "not stated", "unspecified"},
}


def parse_gender(text: str, _hint: Hint) -> str:
    word = text.strip().lower().rstrip(".")
    for gender, words in GENDERS.items():
        if word in words:
            return gender
    raise ValueError(f"“{text}” is no gender we know. Write female, male, other or nothing.")


TITLES = re.compile(
    r"(?i)^(?:(?:mrs?|ms|miss|mx|dr|prof|professor|sir|dame|herr|frau|hr|fr|mme|mlle|sra?|srta|ing|mag|dipl\.?-ing)\b\.?\s+)+"
)
DEGREES = re.compile(r"(?i)(?:,?\s+(?:dds|dvm|md|phd|ph\.d\.?|mba|msc|bsc|esq|cpa|rn|dmd|jd|m\.d\.?)\.?)+$")


def parse_name(text: str, _hint: Hint) -> str:
    """`Ms. Nicole Kidd` → Nicole Kidd; `Kidd, Nicole` → Nicole Kidd; `LYNN CURTIS DDS` → Lynn Curtis."""
    name = DEGREES.sub("", TITLES.sub("", " ".join(text.split())))
    if name.count(",") == 1:
        last, first = (part.strip() for part in name.split(","))
        if first and last and first.lower().rstrip(".") not in {"jr", "sr", "ii", "iii", "iv"}:
            name = f"{first} {last}"
    if not any(char.isalpha() for char in name):
        raise ValueError(f"“{text}” is not a name.")
    if len(name) > 3 and name.isupper():
        name = name.title()
    if len(name) > 200:
        raise ValueError("The name is longer than 200 characters.")
    return name


def parse_email(text: str, _hint: Hint) -> str:
    found = re.search(r"<([^<>]+)>", text)
    address = (found[1] if found else text).strip().removeprefix("mailto:").lower()
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError(f"“{text}” is not an e-mail address. Write it like ann@example.org.") from None
    return address


def parse_phone(text: str, _hint: Hint) -> str:
    if not 5 <= sum(char.isdigit() for char in text) <= 17 or re.search(r"[^\d\s()+./x-]", text):
        raise ValueError(f"“{text}” is not a phone number. Write it like +44 20 7946 0018.")
    return " ".join(text.split())


def parse_text(text: str, _hint: Hint) -> str:
    return " ".join(text.split())


def parse_words(text: str, _hint: Hint) -> list[str]:
    """A list in one cell: "Figma, Sketch; UI/UX Design"."""
    return list(dict.fromkeys(word for part in re.split(r"[,;|\n]", text) if (word := " ".join(part.split()))))


# Dates

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LOCAL_MONTHS = {"mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "aoû": 8, "déc": 12, "ene": 1, "dic": 12}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_PARTS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T ].*)?")


def parse_date(text: str, hint: Hint) -> date:
    """ISO, 24/06/2020 or 06/24/2020 as the column shows (day first when nothing tells), "3 April 2020", "Apr 3, 2020"."""
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _PARTS.fullmatch(text):
            first, second, year = int(found[1]), int(found[2]), int(found[3])
            year += 2000 if year < 70 else 1900 if year < 100 else 0
            day_first = hint.day_first is not False
            # A cell that can only be read one way is read that way.
            if first > 12 or second > 12:
                day_first = first > 12
            return date(year, second, first) if day_first else date(year, first, second)
        words = re.findall(r"[^\W\d_]+|\d+", text)
        numbers, months = [int(w) for w in words if w.isdigit()], [m for w in words if (m := _month(w))]
        if len(numbers) == 2 and len(months) == 1:
            year, day = max(numbers), min(numbers)
            return date(year, months[0], day)
    except ValueError:
        raise ValueError(f"“{text}” is a date that does not exist.") from None
    raise ValueError(f"“{text}” is not a date. Write it like 2026-03-31.")


def _month(word: str) -> int:
    key = word.lower()[:3]
    return MONTHS.index(key) + 1 if key in MONTHS else LOCAL_MONTHS.get(key, 0)
