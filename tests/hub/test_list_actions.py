import pytest
from django.http import Http404

from freelance_hub.lists import Column, ListPage
from freelance_hub.models import Job, SavedView
from freelance_hub.permissions import Refused
from tests.hub.listing import LIST, Shown, make

# CSV


def test_csv_is_exactly_the_list_in_its_order_without_paging(acme, rival):
    make(rival, "bait")
    make(acme, *"abcde", "=1+1", state="done", total=4)
    make(acme, "other", state="failed")

    lines = Shown(acme, "state=done&sort=title&format=csv&cols=kind").csv

    assert lines[0] == "Title,State,Total,Who,Kind"
    assert lines[1] == "'=1+1,Done,4,Program Manager Acme!,test"
    assert [line.split(",")[0] for line in lines[2:]] == list("abcde")


def test_csv_link_carries_filters_and_sort(acme):
    make(acme, "a", state="done")

    html = Shown(acme, "state=done&sort=title&after=x").html

    assert 'href="?state=done&amp;sort=title&amp;format=csv"' in html


def test_computed_column_without_csv_is_a_mistake_of_the_program(acme):
    page = ListPage(
        key="x",
        title="x",
        noun=("x", "xs"),
        columns=(Column("title", "T"), Column("computed", "C", value=str)),
        sorts=LIST.sorts,
        default_sort="made",
    )

    with pytest.raises(ValueError, match="'computed' needs a csv="):
        Shown(acme, "format=csv", page=page)


# Saved views


def test_view_is_saved_for_oneself_shown_and_deleted(acme):
    make(acme, "a")

    shown = Shown(acme, "state=done&sort=title&after=zzz&unknown=1", post={"view": "save", "name": "Mine"})

    assert shown.response["Location"] == "/t/acme/jobs/?state=done&sort=title"
    assert '<a href="?state=done&amp;sort=title">Mine</a>' in Shown(acme).html
    assert ">Mine<" not in Shown(acme, role="hiring_manager").html
    with acme.enter():
        view = SavedView.objects.get()
    with pytest.raises(Http404):
        Shown(acme, role="hiring_manager", post={"view": "delete", "id": view.public_id})
    Shown(acme, post={"view": "delete", "id": view.public_id})
    assert ">Mine<" not in Shown(acme).html


def test_name_used_again_takes_the_new_filters(acme):
    for query in ("state=done", "state=failed"):
        Shown(acme, query, post={"view": "save", "name": "Mine"})

    with acme.enter():
        assert list(SavedView.objects.values_list("query", flat=True)) == ["state=failed"]


@pytest.mark.parametrize(
    ("post", "message"),
    [
        ({"view": "save", "name": ""}, "Give the view a name."),
        ({"view": "save", "name": "x" * 61}, "up to 60 characters"),
        ({"view": "nonsense"}, "could not be saved"),
    ],
)
def test_view_that_cannot_be_saved_says_why(acme, post, message):
    assert message in Shown(acme, post=post).messages[0]


# Bulk actions


def picks(company, *titles):
    with company.enter():
        return [str(job.public_id) for job in Job.objects.filter(title__in=titles)]


def states(company):
    with company.enter():
        return dict(Job.objects.values_list("title", "state"))


def test_bulk_action_does_each_row_and_tells_each_result(acme):
    make(acme, "a", "b", "stubborn", "secret", "left alone")

    shown = Shown(acme, post={"action": "close", "pick": picks(acme, "a", "b", "stubborn", "secret")})

    assert states(acme) == {"a": "done", "b": "done", "stubborn": "queued", "secret": "queued", "left alone": "queued"}
    assert "2 done, 2 could not be done" in shown.html
    assert "It will not close." in shown.html
    assert "rate.see" in shown.html
    assert "Closed by Program Manager Acme" in shown.html


def test_bulk_action_that_asks_changes_nothing_before_the_answer(acme):
    make(acme, "a", "b")
    chosen = picks(acme, "a", "b")

    assert "Close 2 jobs?" in Shown(acme, post={"action": "ask", "pick": chosen}).html
    assert states(acme) == {"a": "queued", "b": "queued"}
    Shown(acme, post={"action": "ask", "pick": chosen, "confirmed": "1"})
    assert states(acme) == {"a": "done", "b": "done"}


def test_bulk_action_with_a_form_wants_it_filled(acme):
    make(acme, "a")
    chosen = picks(acme, "a")

    asked = Shown(acme, post={"action": "why", "pick": chosen})
    assert (asked.response.status_code, 'name="reason"' in asked.html) == (200, True)
    assert Shown(acme, post={"action": "why", "pick": chosen, "confirmed": "1"}).response.status_code == 422
    assert states(acme) == {"a": "queued"}
    Shown(acme, post={"action": "why", "pick": chosen, "confirmed": "1", "reason": "Enough"})
    with acme.enter():
        assert Job.objects.get().error == "Enough"


def test_bulk_action_reaches_no_row_of_another_company_and_needs_the_capability(acme, rival):
    make(acme, "a")
    make(rival, "bait")

    shown = Shown(acme, post={"action": "close", "pick": [*picks(rival, "bait"), "nonsense"]})
    assert shown.messages == ["Select at least one row first."]
    assert states(rival) == {"bait": "queued"}
    with pytest.raises(Refused):
        Shown(acme, role="viewer", post={"action": "close", "pick": picks(acme, "a")})
    with pytest.raises(Http404):
        Shown(acme, post={"action": "nonsense", "pick": picks(acme, "a")})
