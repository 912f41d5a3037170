"""What the browser loads beside the page: one style sheet, one script, one icon sprite, one font, HTMX.

Built from static/ and from wheels (lucide, fontpkg-inter, django-htmx), so the repository holds no third-party file.
`BuiltAssetsFinder` hands them to collectstatic and to the development server; they are kept under .local/assets and
made again when something they are made of is newer.
"""

import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SOURCE = Path(settings.BASE_DIR) / "static"
BUILT = Path(settings.LOCAL_DIR) / "assets"
PREFIX = "built/"

IMPORT = re.compile(r'@import url\("(?P<path>[^"]+)"\)(?: layer\((?P<layer>[\w-]+)\))?;')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# How templates and modules name an icon: the tag, `icon=` and `icon: str =`, a mapping's "icon" key, a table called …ICONS.
ICON_USE = re.compile(r"""(?:\{% icon |\bicon(?:: str)? ?= ?|["']icon["']: )["']([a-z0-9-]+)["']""")
ICON_TABLE = re.compile(r"[A-Z_]*ICONS[^=\n]*= \{(?P<entries>[^}]*)\}")
TABLE_ENTRY = re.compile(r""": ["']([a-z0-9-]+)["']""")
ICON_NAME = re.compile(r"[a-z0-9-]+")
DRAWING = re.compile(r"<svg(?P<head>[^>]*)>(?P<body>.*)</svg>", re.DOTALL)
VIEW_BOX = re.compile(r'viewBox="([^"]+)"')

# Names from all of Europe and Vietnam, punctuation, currency signs, arrows and the signs of arithmetic.
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x192, 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x218, 0x219, 0x21A, 0x21B, 0x2BC, 0x2C6, 0x2C7),
    *range(0x2D8, 0x2DE),
    *(
        0x300,
        0x301,
        0x302,
        0x303,
        0x304,
        0x306,
        0x307,
        0x308,
        0x309,
        0x30A,
        0x30B,
        0x30C,
        0x31B,
        0x323,
        0x326,
        0x327,
        0x328,
    ),
    *range(0x1E80, 0x1E86),
    *(0x1E9E, 0x2009, 0x200A),
    *range(0x1EA0, 0x1EFA),
    *range(0x2010, 0x2016),
    *range(0x2018, 0x201F),
    *(0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A),
    *(0x20A6, 0x20A9, 0x20AA, 0x20AB, 0x20AC, 0x20B9, 0x20BA, 0x20BD, 0x2116, 0x2122),
    *range(0x2190, 0x2196),
    *(0x21B5, 0x2212, 0x2215, 0x2248, 0x2260, 0x2264, 0x2265),
]
FEATURES = ["calt", "case", "ccmp", "cv11", "kern", "locl", "mark", "mkmk", "ss03", "tnum"]


# Style sheets


def style_sheet(entry: str) -> str:
    """An entry of static/css with its imports put into their layers."""
    folder = SOURCE / "css"

    def inlined(match: re.Match[str]) -> str:
        parts = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob(match["path"])))
        if not parts:
            msg = f"static/css/{entry} imports {match['path']}, which does not exist."
            raise FileNotFoundError(msg)
        return f"@layer {match['layer']} {{\n{parts}\n}}" if match["layer"] else parts

    text = IMPORT.sub(inlined, (folder / entry).read_text(encoding="utf-8"))
    lines = (line.strip() for line in COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


# Scripts


def script() -> str:
    """All of static/js in one module; each file is a block of its own, so names never meet."""
    parts = (f"{{\n{path.read_text(encoding='utf-8')}\n}}" for path in sorted((SOURCE / "js").glob("*.js")))
    return '"use strict";\n' + "\n".join(parts) + "\n"


def htmx() -> str:
    """HTMX 2 as it comes in the django-htmx wheel."""
    return files("django_htmx").joinpath("static/django_htmx/htmx-2.min.js").read_text(encoding="utf-8")


# Icons


def places_of_icons() -> Iterator[Path]:
    """Every template and every module that may name an icon."""
    root = Path(settings.BASE_DIR)
    for folder in ("templates", "freelance_hub", "programs", "talent", "workflows", "analytics"):
        yield from (path for path in (root / folder).rglob("*") if path.suffix in {".html", ".py", ".json", ".toml"})


def icons_in_use() -> set[str]:
    """The names of icons that templates and modules ask for, without duplicates."""
    names: set[str] = set()
    for path in places_of_icons():
        text = path.read_text(encoding="utf-8")
        names.update(ICON_USE.findall(text))
        for table in ICON_TABLE.finditer(text):
            names.update(TABLE_ENTRY.findall(table["entries"]))
    return names


@cache
def _lucide() -> dict[str, str]:
    with files("lucide").joinpath("lucide.zip").open("rb") as stream, zipfile.ZipFile(stream) as archive:
        return {
            name.removesuffix(".svg"): archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith(".svg")
        }


def drawing(name: str) -> str | None:
    """The SVG of an icon: one of ours (static/icons) or one of Lucide."""
    own = SOURCE / "icons" / f"{name}.svg"
    return own.read_text(encoding="utf-8") if own.exists() else _lucide().get(name)


@cache
def require_icon(name: str) -> None:
    """Raise LookupError with near names when there is no such icon."""
    if ICON_NAME.fullmatch(name) and drawing(name) is None:
        near = get_close_matches(name, _lucide(), n=6, cutoff=0.5)
        msg = f"There is no icon {name!r}. Near: {', '.join(near) or 'none'}; see https://lucide.dev/icons."
        raise LookupError(msg)


def sprite() -> str:
    """One SVG with a symbol for each icon in use; a test finds names that do not exist."""
    drawings = {name: drawing(name) for name in sorted(icons_in_use())}
    symbols = [symbol(name, svg) for name, svg in drawings.items() if svg]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def symbol(name: str, svg: str) -> str:
    match = DRAWING.search(svg)
    if match is None:
        msg = f"The icon {name} is not an SVG drawing."
        raise ValueError(msg)
    box = VIEW_BOX.search(match["head"])
    body = " ".join(match["body"].split())
    return f'<symbol id="{name}" viewBox="{box[1] if box else "0 0 24 24"}">{body}</symbol>'


# The typeface


def typeface() -> bytes:
    """Inter as a variable woff2: weights 400 to 700, optical sizes kept, Latin only."""
    from fontTools import subset  # noqa: PLC0415  heavy, and only needed when the font is made
    from fontTools.ttLib import TTFont  # noqa: PLC0415
    from fontTools.varLib import instancer  # noqa: PLC0415

    path = next(Path(str(files("fontpkg_inter"))).joinpath("files").glob("Inter[[]*.ttf"))
    font = TTFont(path)
    options = subset.Options(
        layout_features=FEATURES, flavor="woff2", hinting=False, notdef_outline=True, name_IDs=[1, 2]
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": (400, 400, 700)})
    with tempfile.TemporaryDirectory() as folder:
        subset.save_font(font, f"{folder}/inter.woff2", options)
        return Path(folder, "inter.woff2").read_bytes()


# Making and serving them

BUILDERS: dict[str, Callable[[], str | bytes]] = {
    "app.css": lambda: style_sheet("index.css"),
    "admin.css": lambda: style_sheet("admin.css"),
    "app.js": script,
    "htmx.js": htmx,
    "icons.svg": sprite,
    "inter.woff2": typeface,
}


def _sources(name: str) -> Iterable[Path]:
    match name:
        case "app.css" | "admin.css":
            return (SOURCE / "css").rglob("*.css")
        case "app.js":
            return (SOURCE / "js").glob("*.js")
        case "icons.svg":
            return (*places_of_icons(), *(SOURCE / "icons").glob("*.svg"))
        case _:
            return ()


def _fingerprint(name: str) -> str:
    """Changes when a source was edited, came or went, or when a builder (this file) changed."""
    paths = [Path(__file__), *_sources(name)]
    return json.dumps([max(path.stat().st_mtime_ns for path in paths), len(paths)])


def build(name: str) -> Path:
    """The path of a built asset, made anew if it is missing or older than what it is made of."""
    target, mark = BUILT / PREFIX / name, BUILT / "marks" / name
    fingerprint = _fingerprint(name)
    if target.exists() and mark.exists() and mark.read_text(encoding="utf-8") == fingerprint:
        return target
    made = BUILDERS[name]()
    _write(target, made.encode() if isinstance(made, str) else made)
    _write(mark, fingerprint.encode())
    return target


def _write(path: Path, data: bytes) -> None:
    """All or nothing: two processes may build at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(data)
    Path(stream.name).chmod(0o644)
    os.replace(stream.name, path)  # noqa: PTH105  atomic, also over an existing file


class BuiltAssetsFinder(BaseFinder):
    """Finds `built/<name>`, building it first."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  Django's signature
        name = path.removeprefix(PREFIX)
        if not path.startswith(PREFIX) or name not in BUILDERS:
            return []
        built = str(build(name))
        return [built] if find_all else built

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = FileSystemStorage(location=BUILT)
        for name in BUILDERS:
            build(name)
            yield PREFIX + name, storage
