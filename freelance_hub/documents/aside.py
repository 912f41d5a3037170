"""Calls of pyhanko in a thread of their own: it starts an event loop inside, which a thread that has one already refuses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def aside(call: Callable[[], T]) -> T:
    """The result of the call, or what it raises. The call must not touch the database: its connection stays behind."""
    with ThreadPoolExecutor(1, "documents") as thread:
        return thread.submit(call).result()
