"""Canaries: words in what belongs to somebody else never reach a person, on no page, list, export, search, API or mail."""

import re

import pytest

from tests.access import matrix
from tests.access.browsing import LETTERS, whole
from tests.access.routes import all_routes
from tests.access.world_objects import ENGAGED

CANARY = re.compile(rb"([a-z_]+?)canary(acme|rival)")
DIRECTORY = ("freelancer", "api_freelancer", "search", "submission", "requisition_detail", "assignment_create")
QUERIES = ("", "?q=canary", "?format=csv", "?format=csv&q=canary")
ENGAGEMENTS = set(ENGAGED)


def foreign(who, route):
    """Whose words this person must not read at this address, besides those of the other company."""
    if who == "freelancer":
        return ENGAGEMENTS - {"mine"} | {"teammate"}
    if who == "other_freelancer":
        return ENGAGEMENTS - {"other"} | {"teammate"}
    if who == "agency":
        return ENGAGEMENTS | {"teammate"}
    if route.startswith(DIRECTORY):  # the directory and whoever is put forward are for all who look for people
        return set()
    if who == "teammate":
        return ENGAGEMENTS - {"other"}
    return {"other", "teammate"} if who == "hiring_manager" else set()


def leaks(who, route, content):
    """Words on a page that belong to others."""
    found = {(whose.decode(), company.decode()) for whose, company in CANARY.findall(content)}
    news = {whose for whose, _ in found if whose.endswith("news")}
    return (
        {f"{whose} of {company}" for whose, company in found if company == "rival"}
        | {whose for whose, _ in found if whose in foreign(who, route)}
        | (news - {f"{who}news"})
    )


@pytest.mark.parametrize("letter", LETTERS)
def test_nobody_reads_what_belongs_to_others(stand, letter):
    who, found, words = LETTERS[letter], {}, 0
    for route in all_routes():
        if route.zone not in {"console", "portal", "api"} or "GET" not in matrix.ROWS[route.name].verbs:
            continue
        row = matrix.ROWS[route.name]
        if (
            matrix.wanted(route.zone, row, "GET", letter) not in {"shown", "done"}
            or route.name in matrix.NOT_IN_THE_DOCUMENT
        ):
            continue
        client = stand.program(who) if route.zone == "api" else stand.browser(who)
        for query in QUERIES if not route.arguments else QUERIES[:1]:
            url = route.url("acme", stand.refs(), row.at)
            with stand.rolled_back():
                content = whole(client.get(url + query))
            words += len(CANARY.findall(content))
            if bad := leaks(who, route.name, content):
                found[url + query] = bad

    assert found == {}
    assert words or who == "agency"  # the bait is there to be found


@pytest.mark.parametrize("letter", LETTERS)
def test_the_palette_finds_only_ones_own(stand, letter):
    who = LETTERS[letter]
    portal = "portal/" if letter.islower() else ""
    for text in ("canary", "canaryrival", "othercanary", "minecanary", "REQ-501", "ASN-501", "Rival"):
        answer = stand.browser(who).get(f"/t/acme/{portal}search/?q={text}", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert leaks(who, "search", answer.content) == set(), text


def test_no_mail_tells_of_others(stand):
    people = {
        member.user.email: (who, slug)
        for slug, company in stand.companies.items()
        for who, member in company.people.items()
    }
    mails = stand.addresses["acme"]["mails"] + stand.addresses["rival"]["mails"]
    told = 0
    for address, words in mails:
        if address not in people:
            continue
        who, slug = people[address]
        for whose, company in CANARY.findall(words.encode()):
            told += 1
            assert company.decode() == slug, (address, words)
            assert whose.decode() not in foreign(who, "mail"), (address, words)
    assert told


def test_requests_with_a_neighbours_key_fill_no_choice(stand):
    """What a form offers to choose from (programs, people, freelancers) is of one's own company."""
    for route in ("requisition_create", "page_create", "program_launch_pack", "workspace_people", "dashboard"):
        found = next(one for one in all_routes() if one.name == route)
        url = found.url("acme", stand.refs(), matrix.ROWS[route].at)
        assert b"rival" not in stand.browser("program_manager").get(url).content.lower(), route
