"""Who answers in the place of somebody who is away: the first active employee up the line of managers."""

from itertools import pairwise

from freelance_hub.models import Membership
from workflows.people import successor_of


def line(company, *keys):
    """Each of `keys` reports to the next one."""
    for below, above in pairwise(keys):
        Membership.objects.filter(pk=company.people[below].pk).update(manager=company.people[above])
    return Membership.objects.get(pk=company.people[keys[0]].pk)


def test_the_manager_follows(acme):
    with acme.enter():
        assert successor_of(line(acme, "hiring_manager", "finance")) == acme.people["finance"]


def test_a_manager_who_is_away_too_is_passed_over(acme):
    with acme.enter():
        leaver = line(acme, "hiring_manager", "finance", "teammate")
        Membership.objects.filter(pk=acme.people["finance"].pk).update(state="suspended")

        assert successor_of(leaver) == acme.people["teammate"]


def test_without_a_manager_nobody_follows(acme):
    with acme.enter():
        assert successor_of(acme.people["hiring_manager"]) is None


def test_a_line_that_leads_back_ends(acme):
    with acme.enter():
        leaver = line(acme, "hiring_manager", "finance", "hiring_manager")
        Membership.objects.filter(pk=acme.people["finance"].pk).update(state="ended")

        assert successor_of(leaver) is None
