"""Typed readers of environment variables; each variable may also come from a file named in NAME_FILE."""

import os
from pathlib import Path
from typing import overload

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


@overload
def text(name: str, default: str) -> str: ...
@overload
def text(name: str, default: None = None) -> str | None: ...
def text(name: str, default: str | None = None) -> str | None:
    """The value of NAME, or the stripped content of the file that NAME_FILE points to, or the default.

    Raises ImproperlyConfigured when NAME_FILE points to a file that cannot be read.
    """
    if name in os.environ:
        return os.environ[name]
    file = os.environ.get(f"{name}_FILE")
    if file is None:
        return default
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"{name}_FILE points to {file}, which cannot be read ({error.strerror}). Mend the path or its rights."
        raise ImproperlyConfigured(msg) from error


def required(name: str, *, why: str) -> str:
    """The value of NAME; raises ImproperlyConfigured with the reason it is needed when there is none."""
    value = text(name)
    if not value:
        msg = f"Set {name} (or {name}_FILE): {why}"
        raise ImproperlyConfigured(msg)
    return value


def flag(name: str, *, default: bool) -> bool:
    """NAME as a yes or no; raises ImproperlyConfigured when it is neither."""
    value = text(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    msg = f"{name} is {value!r}; write 1 or 0."
    raise ImproperlyConfigured(msg)


def number(name: str, default: int) -> int:
    """NAME as a whole number; raises ImproperlyConfigured when it is none."""
    value = text(name)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError as error:
        msg = f"{name} is {value!r}; write a whole number."
        raise ImproperlyConfigured(msg) from error


def words(name: str, default: str = "") -> list[str]:
    """NAME as a list, separated by commas or spaces."""
    return [word for word in text(name, default).replace(",", " ").split() if word]
