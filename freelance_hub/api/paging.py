"""Pages of the API: by key, as fast at the end as at the start."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class KeysetPagination(CursorPagination):
    """Newest first; `cursor` is opaque, `limit` at most 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        """DRF takes any text for a position; ours are keys, and a key that is none is a page that is not there."""
        cursor: Any = super().decode_cursor(request)
        if cursor and cursor.position and not (cursor.position.isdecimal() and len(cursor.position) < 19):
            raise NotFound(self.invalid_cursor_message)
        return cursor
