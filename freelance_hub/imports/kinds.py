"""The kinds of columns that an import knows: each a parser with the look that gives a column away."""

import re

from freelance_hub.imports import parsers as p
from freelance_hub.imports.parsers import Parser
from freelance_hub.imports.places import looks_like_country, looks_like_language, parse_country, parse_language

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+>?").fullmatch
_AMOUNT = re.compile(r"(?i)(?:[$€£¥₹]|[a-z]{3}\s)\s*\d[\d.,]*|\d[\d.,]*\s*(?:[$€£¥₹]|[a-z]{3})").fullmatch
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?").fullmatch
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s*%").fullmatch
_PHONE = re.compile(r"\+?[\d\s()./-]{7,}").fullmatch
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}").fullmatch
_PERSON = re.compile(r"[A-ZÀ-Ž][\w.'’-]*(?: [\w.'’-]+){1,3}").fullmatch
_REFERENCE = re.compile(r"[A-Za-z]{1,6}[-_]?\d{3,}|\d{5,}").fullmatch

TEXT = Parser("text", p.parse_text)
WORDS = Parser("words", p.parse_words)
REFERENCE = Parser("reference", p.parse_text, lambda cell: bool(_REFERENCE(cell)), 0.5)
NAME = Parser(
    "name", p.parse_name, lambda cell: bool(_PERSON(cell)), 0.4, keeps=frozenset({"null", "none", "na", "nil"})
)
EMAIL = Parser("email", p.parse_email, lambda cell: bool(_EMAIL(cell)), 1.0)
PHONE = Parser("phone", p.parse_phone, lambda cell: bool(_PHONE(cell)), 0.5)
COUNTRY = Parser("country", parse_country, looks_like_country, 0.9, keeps=frozenset({"na"}))
LANGUAGE = Parser("language", parse_language, looks_like_language, 0.8)
MONEY = Parser("money", p.parse_money, lambda cell: bool(_AMOUNT(cell)), 0.6)
CURRENCY = Parser("currency", p.parse_currency, lambda cell: cell.upper() in p.CODES, 0.9)
NUMBER = Parser("number", p.parse_number, lambda cell: bool(_NUMBER(cell)), 0.2)
WHOLE = Parser("whole number", p.parse_whole, lambda cell: bool(_NUMBER(cell)), 0.2)
RATING = Parser("rating", p.parse_rating, lambda cell: bool(_NUMBER(cell)), 0.2)
PERCENT = Parser("percent", p.parse_percent, lambda cell: bool(_PERCENT(cell)), 0.5)
TRUTH = Parser("yes or no", p.parse_truth, lambda cell: cell.lower() in p.TRUE | p.FALSE, 0.5)
GENDER = Parser(
    "gender",
    p.parse_gender,
    lambda cell: cell.lower() in p.GENDERS["female"] | p.GENDERS["male"] | p.GENDERS["other"],
    0.7,
)
DATE = Parser("date", p.parse_date, lambda cell: bool(_DATE(cell)), 0.6)
