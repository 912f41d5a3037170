"""The world itself: one walk through the platform's rows under the web role."""

from django.db import connection

from freelance_hub.models import Membership, Role
from freelance_hub.permissions import SYSTEM_ROLES


def test_each_role_is_there_in_both_companies_and_they_do_not_meet(acme, rival):
    with acme.enter():
        assert set(Role.objects.values_list("key", flat=True)) == set(SYSTEM_ROLES)
        assert Membership.objects.count() == len(acme.people) == len(rival.people)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), current_user FROM hub_membership")
            assert cursor.fetchone() == (len(acme.people), "fh_app")


def test_the_actor_of_a_guest_has_only_guest_capabilities(acme):
    assert acme.actor("freelancer").is_guest
    assert acme.actor("freelancer").capabilities == {str(c) for c in SYSTEM_ROLES["freelancer"].capabilities}
