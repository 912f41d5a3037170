"""Pages by key: each row once, whatever happens in between."""

import pytest

from tests.factories.talent import add_freelancer


@pytest.fixture
def people(acme):
    with acme.enter():
        return [add_freelancer(acme, f"Person {n}").public_id for n in range(5)]


def names(answer):
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_newest_first_and_linked(acme, people, fh):
    first = fh.read("freelancers/?limit=2")

    assert names(first) == ["Person 4", "Person 3"]
    assert first.json()["previous"] is None
    second = fh.get(first.json()["next"])
    assert names(second) == ["Person 2", "Person 1"]
    last = fh.get(second.json()["next"])
    assert names(last) == ["Person 0"]
    assert last.json()["next"] is None
    assert names(fh.get(last.json()["previous"])) == ["Person 2", "Person 1"]


def test_rows_that_come_in_meanwhile_move_nothing(acme, people, fh):
    first = fh.read("freelancers/?limit=2")
    with acme.enter():
        add_freelancer(acme, "Newcomer")

    assert names(fh.get(first.json()["next"])) == ["Person 2", "Person 1"]


@pytest.mark.parametrize("cursor", ["", "x", "cD0x", "cD1hYmM=", "%00", "🦊"])
def test_a_cursor_that_is_none_is_refused_politely(acme, people, fh, cursor):
    assert fh.read(f"freelancers/?cursor={cursor}").status_code in {200, 404}


@pytest.mark.parametrize(("limit", "rows"), [("2", 2), ("0", 5), ("-1", 5), ("many", 5), ("100000", 5)])
def test_limit_is_bounded(acme, people, fh, limit, rows):
    assert len(names(fh.read(f"freelancers/?limit={limit}"))) == rows


def test_queries_of_a_page_do_not_grow(acme, people, fh, django_assert_max_num_queries):
    fh.read("freelancers/")

    with django_assert_max_num_queries(8):
        assert len(names(fh.read("freelancers/?limit=5"))) == 5
