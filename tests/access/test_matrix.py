"""Every address × every verb × everybody: what they get is what `matrix.py` says. A difference is shown as a table.

The routes come from the URL configuration and from the OpenAPI document, never from the matrix: a route without a row
fails, and so does a row without a route. Each request is rolled back.
"""

import pytest
from drf_spectacular.generators import SchemaGenerator

from freelance_hub.admin_base import owners
from freelance_hub.models import User
from tests.access import matrix, outside
from tests.access.bodies import sent
from tests.access.browsing import EMPLOYEES, GUESTS, LETTERS, call, outcome
from tests.access.routes import VERBS, all_routes, crawl

ROUTES = {route.key: route for route in all_routes()}
OURS = {name: route for name, route in ROUTES.items() if route.zone in {"console", "portal", "api"}}
GONE = ("suspended", "suspended_guest", "former")  # their sessions and tokens are from before
STRANGERS = ("owner", "program_manager", "freelancer")  # of the other company
IN = {"shown", "done", "rule"}


def table(differences):
    """Lines for people: who did what, what they got, what they should get."""
    lines = [f"{who:22} {verb:6} {name:34} got {got:6} should get {want}" for who, verb, name, got, want in differences]
    return "\n" + "\n".join(lines)


def test_every_route_has_a_row_and_every_row_a_route():
    declared = set(matrix.ROWS) | set(outside.PUBLIC) | outside.FOR_EVERYBODY | outside.FOR_ONESELF
    declared |= outside.ADMIN | outside.OWNERS_ADMIN

    assert sorted(set(ROUTES) - declared) == []
    assert sorted(declared - set(ROUTES)) == []


def test_every_operation_of_the_api_is_a_route_of_the_matrix():
    document = SchemaGenerator().get_schema(request=None, public=True)
    said = {
        (verb.upper(), path)
        for path, operations in document["paths"].items()
        for verb in operations
        if verb.upper() in VERBS
    }
    walked = set()
    for name, route in OURS.items():
        if route.zone == "api" and name not in matrix.NOT_IN_THE_DOCUMENT:
            path = "/" + route.path
            for argument in route.arguments:
                path = path.replace(f"<int:{argument}>", f"<{argument}>").replace(f"<uuid:{argument}>", f"<{argument}>")
                path = path.replace(f"<slug:{argument}>", f"<{argument}>").replace(f"<{argument}>", f"{{{argument}}}")
            walked |= {(verb, path) for verb in matrix.ROWS[name].verbs}

    assert said == walked


@pytest.mark.parametrize("name", OURS)
def test_everybody_gets_what_the_matrix_says(stand, name):
    route, row = OURS[name], matrix.ROWS[name]
    differences = []
    for verb in row.verbs:
        for who, client, refs, want in requests_for(stand, route, row, verb):
            url = route.url("acme", refs, row.at)
            got = answer_of(stand, client, verb, url, sent(name, stand.refs()), is_api=route.zone == "api")
            if got not in want:
                differences.append((who, verb, name, got, "/".join(sorted(want))))

    assert not differences, table(differences)


def requests_for(stand, route, row, verb):
    """(who, their client, whose objects, the outcomes that are right) of every request of a route and verb."""
    is_api = route.zone == "api"
    own, bait = stand.refs("acme"), stand.refs("rival")
    enter = stand.program if is_api else stand.browser
    for letter, who in LETTERS.items():
        want = matrix.wanted(route.zone, row, verb, letter)
        yield who, enter(who), own, {want}
        if row.names_objects and want in IN:
            yield f"{who}, foreign object", enter(who), bait, {"404"}
    is_open = row.is_open
    yield "nobody", enter(None), own, {row.open_outcome} if is_open else {"401" if is_api else "login"}
    for who in GONE:
        yield f"{who}", enter(who), own, {row.open_outcome} if is_open else {"401" if is_api else "404"}
    for who in STRANGERS:
        # A stranger's token opens the stranger's own company: only the objects of ours are not there.
        if not is_api:
            yield f"{who} of Rival", enter(who, "rival"), own, {"404"}
        elif row.names_objects:
            yield f"{who} of Rival", enter(who, "rival"), own, {"403", "404"}


def answer_of(stand, client, verb, url, body, *, is_api):
    with stand.rolled_back() as wrote:
        return outcome(call(client, verb, url, {} if verb == "GET" else body, is_api=is_api), wrote())


@pytest.mark.parametrize("name", OURS)
def test_undeclared_verbs_are_405(stand, name):
    """Asked by somebody whom the row lets in, so that nothing else can be the reason."""
    route, row = OURS[name], matrix.ROWS[name]
    is_api = route.zone == "api"
    enter = stand.program if is_api else stand.browser
    url = route.url("acme", stand.refs(), row.at)
    letter = next(
        letter for letter in LETTERS for verb in row.verbs if matrix.wanted(route.zone, row, verb, letter) in IN
    )
    client = enter(LETTERS[letter])

    wrong = {verb: answer_of(stand, client, verb, url, {}, is_api=is_api) for verb in VERBS if verb not in row.verbs}

    assert {verb: got for verb, got in wrong.items() if got != "405"} == {}


@pytest.mark.parametrize("name", outside.PUBLIC)
def test_public_pages(stand, name):
    route, said = ROUTES[name], outside.PUBLIC[name]
    differences = []
    for verb, (nobody, somebody) in said.verbs.items():
        for who, want in ((None, nobody), ("owner", somebody), ("freelancer", somebody), ("former", somebody)):
            url = route.url("acme", stand.refs(), said.at)
            got = answer_of(stand, stand.browser(who), verb, url, {}, is_api=False)
            if got != want:
                differences.append((who or "nobody", verb, name, got, want))

    assert not differences, table(differences)


@pytest.mark.parametrize("name", sorted(outside.FOR_EVERYBODY | outside.FOR_ONESELF))
def test_pages_of_ones_account(stand, name):
    """Signed out, only those for everybody; signed in, no error whatever the verb."""
    url = "/" + matrix.example(ROUTES[name].path)
    for verb in ("GET", "POST"):
        nobody = answer_of(stand, stand.browser(None), verb, url, {}, is_api=False)
        somebody = answer_of(stand, stand.browser("owner"), verb, url, {}, is_api=False)
        assert (nobody == "login") == (name in outside.FOR_ONESELF), (verb, nobody)
        assert somebody in {"shown", "rule", "done", "login", "401", "404", "405"}, (verb, somebody)


@pytest.mark.parametrize("name", sorted(outside.ADMIN))
def test_operators_pages_are_closed_to_everybody_else(stand, name):
    """Nobody signs in; people of companies learn nothing; an operator without a second factor is sent to set one up."""
    url = "/" + matrix.example(ROUTES[name].path)
    operator = stand.browser(None)
    operator.force_login(User.objects.create_superuser("operator@platform.example", "x", name="Operator"))
    for verb in ("GET", "POST"):
        answer = operator.get(url) if verb == "GET" else operator.post(url)
        assert answer.status_code == 404 or answer["Location"].startswith("/accounts/2fa/"), (verb, answer.status_code)
        for who, want in ((None, {"login", "404"}), ("owner", {"404"}), ("finance", {"404"}), ("freelancer", {"404"})):
            assert answer_of(stand, stand.browser(who), verb, url, {}, is_api=False) in want, (verb, who)


def test_an_operator_is_nobody_in_a_company(stand):
    operator = stand.browser(None)
    operator.force_login(User.objects.create_superuser("operator@platform.example", "x", name="Operator"))
    for name, route in OURS.items():
        if route.zone != "api":
            url = route.url("acme", stand.refs(), matrix.ROWS[name].at)
            assert operator.get(url).status_code == 404, url


def owners_pages():
    """Every page of the owners' admin, whose routes stand behind one catch-all."""
    return [route.path for route in crawl(owners.get_urls())]


@pytest.mark.parametrize("path", owners_pages())
def test_tables_are_for_owners_of_the_company(stand, path):
    url = "/t/acme/admin/" + matrix.example(path)
    for verb in ("GET", "POST"):
        got = {
            who: answer_of(stand, stand.browser(who), verb, url, {}, is_api=False)
            for who in (None, "owner", "program_manager", "compliance", "viewer", "freelancer", "former", "suspended")
        }
        assert got.pop("owner") in {"shown", "403", "404", "405"}, (verb, got)
        assert got.pop(None) == "login"
        assert {got.pop(who) for who in ("freelancer", "former", "suspended")} == {"404"}
        assert set(got.values()) == {"403"}, (verb, got)
        assert answer_of(stand, stand.browser("owner", "rival"), verb, url, {}, is_api=False) == "404"


def test_the_matrix_speaks_of_everybody():
    assert set(EMPLOYEES + GUESTS) == set(LETTERS)
