"""PDF from a Typst template and data. The data goes in as JSON, so what people wrote stays text and is never run."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "documents"
# For archives and for screen readers.
STANDARDS: Any = ["a-2a", "ua-1"]


@cache
def _fonts() -> typst.Fonts:
    """Inter as on screen; fonts of the machine stand in for scripts that Inter lacks."""
    inter = Path(str(files("fontpkg_inter"))) / "files"
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[str(inter)])


def render(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """The PDF of templates/documents/<template>.typ with `data` (what JSON can hold); `at` is its date.

    PDF/A-2a and PDF/UA-1. A name in letters that no font of this machine has is no reason to make no document: then it is a
    plain PDF, in which they are boxes. Raises typst.TypstError for a template that is wrong.
    """
    try:
        return _compile(template, data, at, STANDARDS)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _compile(template, data, at, [])


def _compile(template: str, data: Mapping[str, Any], at: datetime, standards: Any) -> bytes:
    made = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(),  # type: ignore[arg-type]  # the stub forgets that Fonts is taken
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=standards,
        timestamp=at.replace(microsecond=0),
    )
    return bytes(made)  # type: ignore[arg-type]  # one file, as a PDF always is
