"""Countries and languages as people write them."""

import unicodedata
from functools import lru_cache

import pycountry
from rapidfuzz import process

from freelance_hub.imports.parsers import Hint

COUNTRY_WORDS = {
    "GB": "uk, u.k., great britain, britain, england, scotland, wales, northern ireland, vereinigtes konigreich, royaume-uni",
    "US": "usa, u.s., u.s.a., america, united states of america, the united states, vereinigte staaten, etats-unis",
    "DE": "deutschland, allemagne, alemania, germania, brd",
    "ES": "espana, spanien, espagne",
    "FR": "frankreich, francia",
    "IT": "italia, italien, italie",
    "NL": "holland, the netherlands, nederland, niederlande, pays-bas",
    "AT": "osterreich, autriche",
    "CH": "schweiz, suisse, svizzera",
    "BE": "belgie, belgique, belgien",
    "PL": "polska, polen",
    "CZ": "czech republic, cesko, tschechien",
    "GR": "hellas, griechenland",
    "HU": "magyarorszag, ungarn",
    "SE": "sverige, schweden",
    "NO": "norge, norwegen",
    "DK": "danmark, danemark",
    "FI": "suomi, finnland",
    "PT": "portugal",
    "IE": "eire, republic of ireland, irland",
    "BR": "brasil, brasilien",
    "MX": "mejico, mexiko",
    "JP": "nippon",
    "CN": "china, prc, people's republic of china, mainland china",
    "KR": "south korea, korea, republic of korea, s. korea, sudkorea",
    "KP": "north korea",
    "RU": "russia, russland, russie",
    "TR": "turkey, turkei, turkiye",
    "VN": "vietnam, viet nam",
    "IR": "iran",
    "SY": "syria",
    "LA": "laos",
    "MD": "moldova",
    "BO": "bolivia",
    "VE": "venezuela",
    "TZ": "tanzania",
    "TW": "taiwan",
    "PS": "palestine",
    "CI": "ivory coast, cote d'ivoire",
    "CD": "drc, dr congo, congo-kinshasa",
    "CG": "congo-brazzaville",
    "CV": "cape verde",
    "SZ": "swaziland",
    "MK": "macedonia",
    "MM": "burma",
    "BN": "brunei",
    "VA": "vatican",
    "AE": "uae, u.a.e., emirates",
    "ZA": "sudafrika, rsa",
    "IN": "indien, bharat",
    "UA": "ukraine",
    "XK": "kosovo",
}
LANGUAGE_WORDS = {
    "German": "deutsch, allemand, aleman",
    "English": "englisch, anglais, ingles",
    "Spanish": "espanol, castellano, castilian, spanisch",
    "French": "francais, franzosisch",
    "Italian": "italiano, italienisch",
    "Portuguese": "portugues, brazilian portuguese, portugiesisch",
    "Dutch": "nederlands, flemish, hollandisch",
    "Mandarin": "chinese (mandarin), mandarin chinese, putonghua",
    "Chinese": "zhongwen",
    "Greek": "greek, modern greek",
    "Persian": "farsi",
    "Polish": "polski, polnisch",
    "Turkish": "turkce, turkisch",
    "Swahili": "kiswahili",
    "Punjabi": "panjabi",
    "Nepali": "nepali",
    "Malay": "malay, bahasa melayu",
    "Indonesian": "bahasa, bahasa indonesia",
    "Tagalog": "filipino",
    "Norwegian": "norsk",
    "Swedish": "svenska",
    "Danish": "dansk",
    "Finnish": "suomi",
    "Hebrew": "ivrit",
    "Cantonese": "cantonese",
}


def plain(text: str) -> str:
    """Lower case, no accents, single blanks: how names are compared."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(bare.lower().replace("_", " ").split())


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """{a way to write it: ISO 3166-1 alpha-2}."""
    known: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name", "alpha_3", "alpha_2"):
            if word := getattr(country, attribute, ""):
                known.setdefault(plain(word), country.alpha_2)
    for code, words in COUNTRY_WORDS.items():
        known.update(dict.fromkeys(words.split(", "), code))
    return known


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """{a way to write it: English name}."""
    known: dict[str, str] = {}
    for language in pycountry.languages:
        # Only languages of everyday life by their two letters; the 7,000 others by name.
        known.setdefault(plain(language.name), language.name)
        if code := getattr(language, "alpha_2", ""):
            known[code] = language.name
            known[language.alpha_3] = language.name
    for name, words in LANGUAGE_WORDS.items():
        known[plain(name)] = name
        known.update(dict.fromkeys(words.split(", "), name))
    return known


def parse_country(text: str, _hint: Hint) -> str:
    """ISO 3166-1 alpha-2 of "Germany", "Deutschland", "DEU", "de"."""
    word = plain(text)
    code = _countries().get(word) or _countries().get(word.removeprefix("the ").rstrip("."))
    if code is None:
        raise ValueError(f"“{text}” is not a country we know.{_near(word, _countries())}")
    return code


def parse_language(text: str, _hint: Hint) -> str:
    """English name of "Deutsch", "en-GB", "English (native)"; the first of several."""
    first = plain(text.split("(", maxsplit=1)[0].replace(";", ",").replace("/", ",").split(",")[0]) or plain(text)
    name = _languages().get(plain(text)) or _languages().get(first) or _languages().get(first.split("-")[0].strip())
    if name is None:
        raise ValueError(f"“{text}” is not a language we know.{_near(first, _languages())}")
    return name


def looks_like_country(text: str) -> bool:
    return plain(text) in _countries()


def looks_like_language(text: str) -> bool:
    return len(text) > 2 and plain(text) in _everyday()


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    names = {plain(one.name) for one in pycountry.languages if getattr(one, "alpha_2", "")}
    return frozenset(names | {plain(name) for name in LANGUAGE_WORDS})


def _near(word: str, known: dict[str, str]) -> str:
    found = process.extractOne(word, [one for one in known if len(one) > 3], score_cutoff=75)
    return f" Did you mean “{found[0].title()}”?" if found else ""
