"""Every list page of the application: each sort, each tab, each column in the CSV is something that Postgres can do."""

import pytest
from django.urls import URLPattern, get_resolver, reverse

from freelance_hub.lists import ListPage

ROLES = ("program_manager", "owner", "freelancer")


def addresses():
    """The pages of a company that need nothing but the company."""
    found = {}

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                walk(pattern.url_patterns, route)
            elif route.startswith("t/<slug:tenant>/") and route.count("<") == 1 and pattern.name:
                found[pattern.name] = reverse(pattern.name, kwargs={"tenant": "acme"})

    walk(get_resolver().url_patterns, "")
    return found


def list_of(response):
    """The ListPage that an answer shows, or None for another kind of page."""
    shown = response.context and response.context.get("list")
    return shown if isinstance(shown, ListPage) else None


@pytest.mark.parametrize("role", ROLES)
def test_every_sort_tab_and_csv_of_every_list_works(acme, role):
    client = acme.client(role)
    lists = {
        url: page
        for name, url in addresses().items()
        if name.endswith(("_list", "inbox")) and (page := list_of(client.get(url)))
    }

    assert lists
    for url, page in lists.items():
        queries = [tab.query for tab in page.tabs]
        queries += [f"sort={sign}{key}" for key in page.sorts for sign in ("", "-")]
        queries += ["q=a", "&".join(f"cols={column.key}" for column in page.columns)]
        for query in queries:
            response = client.get(f"{url}?{query}")
            assert response.status_code == 200, (url, query)
            assert list_of(response).key == page.key, (url, query)
        for query in queries[:2]:
            response = client.get(f"{url}?{query}&format=csv")
            assert response.status_code == 200, (url, query)
            header = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()[0]
            assert header, url
