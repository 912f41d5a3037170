"""The pages of a change of terms: written and sent by the manager, read as a comparison by both sides, answered in the portal."""

from decimal import Decimal

import pytest

from freelance_hub.links import tenant_url
from freelance_hub.tenancy.context import tenant
from talent.models import Amendment
from talent.services import amendments as services
from tests.factories.work import make_assignment


@pytest.fixture
def at_work(acme):
    with acme.enter("hiring_manager"):
        return make_assignment(acme)


@pytest.fixture
def amendment(acme, at_work):
    with acme.enter("hiring_manager"):
        return services.create_amendment(
            assignment=at_work,
            budget=Decimal(11800),
            scope="Milestone 4\nin French",
            reason="The market opens.",
            actor=acme.actor("hiring_manager"),
        )


@pytest.fixture
def offered(acme, amendment):
    with acme.enter("hiring_manager"):
        services.submit_amendment(amendment=amendment, actor=acme.actor("hiring_manager"))
        return services.offer_amendment(amendment=amendment, actor=acme.automation())


def url(company, name, number=1):
    return tenant_url(name, tenant=company.slug, number=number)


def fresh(thing):
    with tenant(thing.tenant_id):
        return type(thing).objects.get(pk=thing.pk)


def test_the_manager_writes_a_change_from_the_assignments_page(acme, at_work):
    client = acme.client("hiring_manager")
    assert url(acme, "amendment_create").encode() in client.get(url(acme, "assignment_detail")).content

    page = client.post(
        url(acme, "amendment_create"), {"budget": "11800", "scope": "Milestone 4", "reason": "More."}, follow=True
    )

    assert "+18 %" in page.content.decode()
    with acme.enter():
        made = Amendment.objects.get()
    assert (made.state, made.kind, made.budget, made.ends_on) == ("draft", "amendment", Decimal(11800), None)
    assert url(acme, "amendment_create").encode() not in client.get(url(acme, "assignment_detail")).content


def test_nothing_changed_is_said_and_what_was_typed_is_kept(acme, at_work):
    page = acme.client("hiring_manager").post(url(acme, "amendment_create"), {"reason": "Just because."})

    assert page.status_code == 422
    assert "Nothing changes." in page.content.decode()
    assert "Just because." in page.content.decode()


def test_a_draft_is_edited_sent_and_taken_back(acme, amendment):
    client = acme.client("hiring_manager")

    client.post(url(acme, "amendment_edit"), {"budget": "12000", "scope": "", "reason": "More."})
    assert (fresh(amendment).budget, fresh(amendment).scope) == (Decimal(12000), "")
    client.post(url(acme, "amendment_submit"))
    assert fresh(amendment).state == "in_approval"
    again = client.post(url(acme, "amendment_submit"), follow=True)
    assert "by now, so this is no longer possible" in again.content.decode()
    client.post(url(acme, "amendment_withdraw"))
    assert fresh(amendment).state == "withdrawn"
    assert client.post(url(acme, "amendment_withdraw")).status_code == 409


def test_an_edit_in_approval_warns_that_people_are_asked_again(acme, amendment):
    client = acme.client("hiring_manager")
    assert b"This is in approval" not in client.get(url(acme, "amendment_edit")).content

    client.post(url(acme, "amendment_submit"))

    assert b"This is in approval" in client.get(url(acme, "amendment_edit")).content


def test_the_money_is_shown_to_who_may_see_it(acme, amendment):
    seen = {
        role: "11,800" in acme.client(role).get(url(acme, "amendment_detail")).content.decode()
        for role in ("hiring_manager", "finance", "compliance", "owner")
    }

    assert seen == {"hiring_manager": True, "finance": True, "compliance": False, "owner": False}


def test_the_freelancer_reads_the_difference_and_accepts(acme, at_work, offered):
    client = acme.client("freelancer")
    page = client.get(url(acme, "portal_amendment_detail")).content.decode()
    assert "€10,000.00" in page
    assert "€11,800.00" in page
    assert "Milestone 4<br>in French" in page
    assert "Your answer is needed" in page

    client.post(url(acme, "portal_amendment_accept"))
    again = client.post(url(acme, "portal_amendment_accept"), follow=True)

    assert fresh(offered).state == "agreed"
    assert fresh(at_work).budget == Decimal(11800)
    assert "by now, so this is no longer possible" in again.content.decode()
    assert "v2" in client.get(url(acme, "portal_assignment_detail")).content.decode()


def test_the_freelancer_declines_with_a_reason(acme, offered):
    client = acme.client("freelancer")
    assert client.post(url(acme, "portal_amendment_decline"), {"reason": ""}).status_code == 422

    client.post(url(acme, "portal_amendment_decline"), {"reason": "Too little."})

    assert (fresh(offered).state, fresh(offered).decision_note) == ("declined", "Too little.")
    assert "Too little." in acme.client("hiring_manager").get(url(acme, "amendment_detail")).content.decode()


@pytest.mark.parametrize("name", ["portal_amendment_detail", "portal_amendment_decline"])
def test_what_was_not_offered_to_one_is_not_there(acme, rival, amendment, name):
    assert acme.client("freelancer").get(url(acme, name)).status_code == 404

    with acme.enter("hiring_manager"):
        services.submit_amendment(amendment=amendment, actor=acme.actor("hiring_manager"))
        services.offer_amendment(amendment=amendment, actor=acme.automation())

    answers = [
        acme.client("freelancer").get(url(acme, name)).status_code,
        acme.client("other_freelancer").get(url(acme, name)).status_code,
        rival.client("freelancer").get(url(acme, name)).status_code,
        rival.client("freelancer").get(url(rival, name)).status_code,
    ]
    assert answers == [200, 404, 404, 404]


@pytest.mark.parametrize("count", [1, 3])
def test_versions_cost_no_query_each(acme, at_work, django_assert_num_queries, count):
    with acme.enter("hiring_manager"):
        boss, guest = acme.actor("hiring_manager"), acme.actor("freelancer")
        for one in range(count):
            made = services.create_amendment(
                assignment=fresh(at_work), budget=Decimal(11000 + one), reason="More.", actor=boss
            )
            services.submit_amendment(amendment=made, actor=boss)
            services.offer_amendment(amendment=made, actor=acme.automation())
            services.accept_amendment(amendment=made, actor=guest)
    client = acme.client("hiring_manager")
    client.get(url(acme, "assignment_detail"))

    with django_assert_num_queries(10):
        client.get(url(acme, "assignment_detail"))
