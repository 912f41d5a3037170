"""What the lists cost at some thousand rows, as the web role: pages read little and come from an index."""

from functools import partial

import pytest
from django.db import connection

from programs.access import visible_workspaces
from talent.access import visible_assignments, visible_freelancers, visible_requisitions
from talent.models import Assignment
from talent.selectors.directory import with_money, with_rate, with_skills
from talent.selectors.search import matching
from talent.selectors.suggestions import _ranked
from tests import plans, servers
from tests.factories.talent import ask, guest_freelancer, hire
from tests.plans import BLOCKS, cost, pages
from tests.world import find_company

ROWS = 6000
LARGE = {f"talent_{name}" for name in ("freelancer", "freelancerskill", "requisition", "assignment")}

# Copies of the one freelancer, requisition and assignment of each company. As superuser, without triggers. Only the large
# tables are analysed: autovacuum never looks at one of fewer than 50 rows, and no plan may depend on it.
MULTIPLY = """
SET session_replication_role = replica;
INSERT INTO talent_freelancer (tenant_id, public_id, name, email, phone, gender, country, language, headline, currency,
    hourly_rate, rating, state, source, external_id)
SELECT tenant_id, gen_random_uuid(), 'Person ' || n, '', '', '', '', '', 'Engineer of bridges ' || n, 'EUR', 40 + n % 100,
    CASE WHEN n % 3 = 0 THEN NULL ELSE (n % 50) / 10.0 END, 'available', '', ''
FROM talent_freelancer, generate_series(1, {rows}) n;
INSERT INTO talent_freelancerskill (tenant_id, freelancer_id, skill_id, is_primary)
SELECT f.tenant_id, f.id, s.id, false FROM talent_freelancer f JOIN talent_skill s ON s.tenant_id = f.tenant_id
WHERE f.email = '' AND (f.id + s.id) % 3 = 0;
INSERT INTO talent_requisition (tenant_id, number, program_id, title, description, requested_by_id, starts_on, ends_on,
    budget, currency, rate_unit, state, decision_note, created_at)
SELECT tenant_id, n + 1, program_id, 'Work ' || n, '', requested_by_id, starts_on, ends_on, budget, currency, rate_unit,
    CASE WHEN n % 10 = 0 THEN 'open' ELSE 'closed' END, '', created_at - n * interval '1 hour'
FROM talent_requisition, generate_series(1, {rows}) n;
INSERT INTO talent_assignment (tenant_id, number, engagement_id, program_id, freelancer_id, requisition_id, manager_id,
    title, starts_on, ends_on, rate, rate_unit, currency, budget, state, end_reason, created_at, activated_at)
SELECT a.tenant_id, n + 1, engagement_id, program_id, f.id, requisition_id, manager_id, 'Work ' || n,
    a.starts_on - n % 900, a.starts_on - n % 900 + 30, a.rate, a.rate_unit, a.currency, a.budget,
    CASE WHEN n % 10 = 0 THEN 'active' ELSE 'closed' END, '', a.created_at - n * interval '1 hour', a.created_at
FROM talent_assignment a, generate_series(1, {rows}) n, talent_freelancer f
WHERE f.tenant_id = a.tenant_id AND f.name = 'Person ' || n;
ANALYZE talent_freelancer, talent_freelancerskill, talent_requisition, talent_assignment;
"""


@pytest.fixture
def large(transactional_db):
    """Two companies of some thousand freelancers, requests and assignments each."""
    companies = [find_company("acme"), find_company("rival")]
    for company in companies:
        with company.enter("program_manager"):
            hire(company, requisition=ask(company), freelancer=guest_freelancer(company))
    name = connection.settings_dict["NAME"]
    servers.the_servers().postgres.execute(MULTIPLY.format(rows=ROWS), database=name)
    servers.the_servers().postgres.execute(
        "VACUUM", database=name
    )  # what earlier tests deleted is not what is measured
    return companies[0]


assert_cheap = partial(plans.assert_cheap, large=LARGE)


def test_pages_of_every_list_come_from_an_index(large):
    for role in ("program_manager", "hiring_manager"):
        with large.enter(role):
            actor = large.actor(role)
            people = with_skills(visible_freelancers(actor))
            for key, field, down in (
                ("added", "created_at", True),
                ("name", "name", False),
                ("rating", "rating", True),
            ):
                for number, page in enumerate(pages(people, key, field, is_descending=down)):
                    assert_cheap(page, (role, "freelancers", key, number))
            requests = visible_requisitions(actor).select_related("program", "requested_by__user")
            requests = with_money(requests, sees_all=True, membership_id=actor.person_id)
            for filters in ({}, {"state": "open"}):
                for page in pages(requests.filter(**filters), "asked", "created_at", is_descending=True):
                    assert_cheap(page, (role, "requests", filters))
            work = visible_assignments(actor).select_related("freelancer", "program", "manager__user")
            work = with_rate(work, sees_all=True, membership_id=actor.person_id)
            for filters in ({}, {"state": "active"}):
                for page in pages(work.filter(**filters), "made", "created_at", is_descending=True):
                    assert_cheap(page, (role, "assignments", filters))
            for page in pages(work, "ends", "ends_on", is_descending=False):
                assert_cheap(page, (role, "assignments", "ends"))


def test_search_suggestions_and_a_guests_own_are_found_not_scanned(large):
    with large.enter("program_manager"):
        actor = large.actor("program_manager")
        people = visible_freelancers(actor)
        assert_cheap(people.filter(matching("freelancers", "bridges 4711", most=50)), "search of people")
        found = visible_assignments(actor).filter(matching("assignments", "Person 4711", most=50))
        assert_cheap(found, "search of assignments")
        assert found.get().freelancer.name == "Person 4711"
        requisition = visible_requisitions(actor).get(number=1)
        skills = list(requisition.skill_links.values_list("skill_id", flat=True))
        blocks, nodes = cost(_ranked(requisition, skills)[:10])
        # The pool of 400 is looked at one by one: several blocks each, whatever the size of the directory.
        assert blocks < 3 * BLOCKS, (blocks, nodes)
        assert not [node for node in nodes if node.startswith("Seq Scan talent_freelancer ")], nodes
        due = Assignment.objects.filter(state__in=("onboarding", "active", "suspended"), ends_on__lt="2000-01-01")
        assert_cheap(due.order_by("ends_on", "pk")[:500], "due")
    with large.enter("freelancer"):
        guest = large.actor("freelancer")
        assert_cheap(visible_assignments(guest), "a guest's assignments")
        assert_cheap(visible_workspaces(guest), "a guest's rooms")
