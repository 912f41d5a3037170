"""Pages of the API: by key, as fast at the end as at the start."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """Newest first; `cursor` is opaque, `limit` at most 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
