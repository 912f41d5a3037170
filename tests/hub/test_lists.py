import base64
import json
from uuid import UUID

import pytest
from django.urls import NoReverseMatch, reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from freelance_hub.links import tenant_url
from freelance_hub.lists import keyset
from freelance_hub.models import Job
from tests.hub.listing import START, Shown, make


def walk(company, query="", step="next", **kwargs):
    """The titles of every page, following the links."""
    pages = [Shown(company, query, **kwargs)]
    while link := pages[-1].link(step):
        pages.append(Shown(company, link, **kwargs))
        assert len(pages) < 20
    return pages


def test_newest_rows_come_first_and_pages_follow_without_gap_or_repeat(acme, rival):
    make(rival, "bait")
    make(acme, *"abcdefg")

    pages = walk(acme)

    assert [page.titles for page in pages] == [["g", "f", "e"], ["d", "c", "b"], ["a"]]
    assert [page.titles for page in walk(acme, pages[-1].link("prev"), step="prev")] == [
        ["d", "c", "b"],
        ["g", "f", "e"],
    ]
    assert "7 jobs" in pages[0].html
    assert "First" not in pages[0].html.split("pager")[1]


@pytest.mark.parametrize("sort", ["title", "-title", "total", "-total", "ended", "-ended", "who", "-who", "made"])
def test_every_sort_walks_every_row_once_with_equal_keys_and_nulls(acme, sort):
    make(
        acme,
        *"abcdefghij",
        total=[5, None, 5, 1, None, 5, 2, None, 5, 0],
        finished_at=[None, START, START, None, START, None, None, START, START, None],
    )

    forwards = [title for page in walk(acme, f"sort={sort}") for title in page.titles]
    last = walk(acme, f"sort={sort}")[-1]
    backwards = [title for page in reversed(walk(acme, last.link("prev"), step="prev")) for title in page.titles]

    assert sorted(forwards) == list("abcdefghij")
    assert backwards + last.titles == forwards
    if sort.endswith("total"):
        assert set(forwards[-3:]) == set("beh")  # nulls last, whichever way
        assert forwards[0] == ("j" if sort == "total" else "i")


def test_row_that_was_added_meanwhile_neither_hides_nor_repeats_one(acme):
    make(acme, *"abcde")
    first = Shown(acme, "sort=title")
    make(acme, "aa")

    assert Shown(acme, first.link("next")).titles == ["d", "e"]


def astray(company, cursor, **kwargs):
    shown = Shown(company, f"after={cursor}", **kwargs)
    return shown.response.status_code == 200 and "no longer there" in shown.html and shown.titles == ["c", "b", "a"]


def written(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "A" * 3000,
        written("-made", "2026-01-01T00:00:00+00:00"),
        written("-made", "2026-01-01T00:00:00+00:00", "1"),
        written("-made", "2026-01-01T00:00:00+00:00", True),
        written("-made", "2026-01-01T00:00:00+00:00", 2**70),
        written("-made", "2026-01-01T00:00:00+00:00", -1),
        written("-made", "2026-01-01", 1),
        written("-made", "nonsense", 1),
        written("-made", {"a": 1}, 1),
        written("made", "2026-01-01T00:00:00+00:00", 1),
        written("title", "a", 1),
        base64.urlsafe_b64encode(b"[" * 5000).decode()[:1900],
    ],
)
def test_bad_cursor_gives_the_first_page_with_a_notice(acme, cursor):
    make(acme, *"abc")

    assert astray(acme, cursor)


@pytest.mark.parametrize(
    ("sort", "value"), [("title", "a\x00b"), ("total", 10**30), ("total", "1e9999"), ("total", 1.5)]
)
def test_cursor_beyond_the_column_is_no_error_of_the_database(acme, sort, value):
    make(acme, *"abc")

    shown = Shown(acme, f"sort={sort}&after={written(sort, value, 1)}")

    assert "no longer there" in shown.html


@pytest.mark.django_db
@settings(max_examples=80, deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_no_cursor_is_an_error(text):
    for field in ("created_at", "title", "total"):
        sort = keyset.Sort("made", field, is_descending=True)
        assert keyset._decode(text, Job._base_manager.all(), sort) is None


def test_filters_search_and_the_chips_that_take_them_away(acme):
    make(acme, "red one", "red two", "blue one", state=["done", "queued", "done"])

    shown = Shown(acme, "q=RED+one&state=done")

    assert shown.titles == ["red one"]
    assert 'href="?state=done" aria-label="Remove the filter Search: RED one"' in shown.html
    assert 'href="?q=RED+one" aria-label="Remove the filter State: Done"' in shown.html
    assert Shown(acme, "q=program+manager").titles == ["blue one", "red two", "red one"]


def test_value_that_is_not_allowed_is_told_and_filters_nothing(acme):
    make(acme, "a", "b", attempts=[0, 1])

    shown = Shown(acme, "attempts=1&state=nonsense&cols=nonsense&sort=nonsense&unknown=1")

    assert shown.titles == ["b"]
    assert "Select a valid choice" in shown.html


def test_empty_list_teaches_and_filtered_list_offers_the_way_out(acme):
    assert "No jobs yet" in Shown(acme).html
    make(acme, "a")
    shown = Shown(acme, "q=zzz")
    assert "Nothing matches these filters" in shown.html
    assert "No jobs yet" not in shown.html


def test_current_tab_is_marked(acme):
    make(acme, "a")

    html = Shown(acme, "state=done").html

    assert 'href="?state=done" aria-current="page"' in html.replace('class="tab" ', "")


def test_fragment_is_the_list_alone_and_no_cache_mixes_them(acme):
    make(acme, "a")

    fragment, page = Shown(acme, htmx=True), Shown(acme)

    assert fragment.titles == page.titles == ["a"]
    assert "<html" not in fragment.html
    assert "list-filters" in page.html
    assert "HX-Request" in fragment.response["Vary"]
    assert "HX-Request" in page.response["Vary"]


def test_fragment_tells_the_address_that_one_can_send_on(acme):
    make(acme, *"abcde")
    place = Shown(acme).link("next")

    fragment = Shown(acme, f"q=&state=&sort=-made&{place}", htmx=True)
    assert fragment.response["HX-Push-Url"] == f"/t/acme/jobs/?{place}"
    assert Shown(acme, "q=&after=nonsense", htmx=True).response["HX-Push-Url"] == "/t/acme/jobs/"


def test_values_are_escaped_and_labelled_for_phones(acme):
    make(acme, "<script>alert(1)</script>", total=7)

    html = Shown(acme).html

    assert "<script>alert" not in html.split("<main")[-1]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</a></th>" in html
    assert '<td data-cell="figure" data-label="Total" class="number">7</td>' in html
    assert '<td data-cell="meta" data-label="Who"><b>Program Manager Acme</b></td>' in html
    assert '<td data-cell="state">Waiting to start</td>' in html


def test_column_with_a_capability_is_hidden_on_the_page_in_the_csv_and_as_a_sort(acme):
    make(acme, *"abc", total=[1, 3, 2])

    seen, hidden = Shown(acme, "sort=total"), Shown(acme, "sort=total", role="hiring_manager")

    assert seen.titles == ["a", "c", "b"]
    assert hidden.titles == ["c", "b", "a"]
    assert 'data-label="Total"' not in hidden.html
    assert "Total" not in Shown(acme, "format=csv", role="hiring_manager").csv[0]


def test_actions_are_offered_to_those_who_may(acme):
    make(acme, "a")

    assert "Look" in Shown(acme).html
    assert "Hidden" not in Shown(acme).html
    assert "bulk-bar" in Shown(acme).html
    assert "bulk-bar" not in Shown(acme, role="viewer").html


# Totals and cost


def test_total_counts_no_further_than_ten_thousand(acme, monkeypatch):
    monkeypatch.setattr(keyset, "COUNT_LIMIT", 4)
    make(acme, *"abcdefgh")

    assert "4+ jobs" in Shown(acme).html


@pytest.mark.parametrize("count", [1, 3, 9])
def test_queries_are_constant(acme, count, django_assert_num_queries):
    make(acme, *"abcdefghi"[:count])
    Shown(acme)
    expected = 1 + (count > 3) + 1  # rows, the count when there are more pages, saved views
    actor_queries = 3

    with django_assert_num_queries(expected + actor_queries):
        Shown(acme, htmx=True)


@pytest.mark.parametrize(
    "value", [UUID("9e7a974f-8e00-4b20-84e3-2fd2972323da"), "9e7a974f-8e00-4b20-84e3-2fd2972323da"]
)
def test_address_of_a_row_is_what_reverse_says(value):
    expected = reverse("job_detail", kwargs={"tenant": "acme", "public_id": value})

    assert [tenant_url("job_detail", tenant=slug, public_id=value) for slug in ("acme", "rival", "acme")] == [
        expected,
        expected.replace("acme", "rival"),
        expected,
    ]
    with pytest.raises(NoReverseMatch):
        tenant_url("nonsense", tenant="acme", public_id=value)
