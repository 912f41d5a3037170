"""Journeys: people at browsers of their own, and a company in which the test does what the workers would."""

import pytest
from allauth.account.models import EmailAddress

from tests.browser import watch
from tests.journeys.people import Person
from tests.world import find_company


@pytest.fixture
def acme(transactional_db, live_server, settings):
    """The company under test, its people with proven addresses; links in its mails lead to the live server."""
    settings.PUBLIC_URL = live_server.url
    company = find_company("acme")
    users = [member.user for member in company.people.values()]
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return company


@pytest.fixture
def person(new_context, live_server):
    """`person("finance")` sits down at a browser of their own. No page may complain, or the test fails at the end."""
    complaints = []

    def sit_down(name, *, kind=Person, **options):
        context = new_context(reduced_motion="reduce", **options)
        watch(context, complaints)
        return kind(name, context, live_server.url)

    yield sit_down
    assert not complaints, "The browser complained:\n" + "\n".join(complaints)
