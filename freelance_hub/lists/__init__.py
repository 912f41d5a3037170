"""The one list page of every list (design/interface.md): declare a `ListPage`, answer with `list_page`."""

from freelance_hub.lists.declare import BulkAction, Column, Empty, ListPage, PageAction, Tab
from freelance_hub.lists.filters import ListFilters
from freelance_hub.lists.page import list_methods, list_page

__all__ = [
    "BulkAction",
    "Column",
    "Empty",
    "ListFilters",
    "ListPage",
    "PageAction",
    "Tab",
    "list_methods",
    "list_page",
]
