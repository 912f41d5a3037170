"""What is measured: a private Postgres with one company of each size, filled past the triggers so that a run takes minutes."""

import os
from dataclasses import dataclass

from django.db import connection

from freelance_hub.models import Membership, Tenant
from tests import servers
from tests.world import make_company

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}

# Written as superuser with triggers and foreign keys off; every reference points at a row of the same company.
FILL = """
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO programs_program (tenant_id, number, name, purpose, pack_key, pack_version, state, owner_id, legal_entity_id,
    currency, settings, created_at, live_at)
SELECT {tenant}, n, 'Program ' || n, '', 'pilot', 1, 'live', {manager}, {entity}, 'EUR', '{{}}', now(), now()
FROM generate_series(1, 5) n;
INSERT INTO programs_budget (tenant_id, program_id, starts_on, ends_on, amount, currency)
SELECT tenant_id, id, date_trunc('year', now())::date, (date_trunc('year', now()) + '1 year - 1 day')::date, 1e6, 'EUR'
FROM programs_program WHERE tenant_id = {tenant};
INSERT INTO talent_freelancer (tenant_id, public_id, name, email, phone, gender, country, language, headline, hourly_rate,
    currency, rating, state, source, external_id, created_at, updated_at)
SELECT {tenant}, gen_random_uuid(), 'Freelancer ' || n, 'f' || n || '@t{tenant}.example', '', '', 'DE', 'German',
    'Designer and developer', 40 + n % 60, 'EUR', (n % 50) / 10.0, 'available', 'bench', 'B' || n,
    now() - n * interval '1 minute', now()
FROM generate_series(1, greatest({size} / 10, 100)) n;
INSERT INTO talent_engagement (tenant_id, freelancer_id, legal_entity_id, program_id, purpose, created_at)
SELECT f.tenant_id, f.id, {entity}, (SELECT min(id) FROM programs_program WHERE tenant_id = {tenant}), 'Work', now()
FROM talent_freelancer f WHERE f.tenant_id = {tenant};
INSERT INTO talent_requisition (tenant_id, number, program_id, title, description, requested_by_id, starts_on, ends_on,
    budget, currency, rate_unit, state, decision_note, created_at)
SELECT {tenant}, n, p.first + n % 5, 'Request number ' || n, '', {manager}, now()::date, now()::date + 90, 10000, 'EUR',
    'hour', (ARRAY['draft', 'in_approval', 'open', 'filled', 'closed'])[1 + n % 5], '', now() - n * interval '1 minute'
FROM generate_series(1, {size}) n, (SELECT min(id) AS first FROM programs_program WHERE tenant_id = {tenant}) p;
INSERT INTO talent_assignment (tenant_id, number, engagement_id, program_id, freelancer_id, requisition_id, manager_id, title,
    starts_on, ends_on, rate, rate_unit, currency, budget, state, end_reason, created_at, activated_at)
SELECT {tenant}, n, e.first + n % e.many, p.first + n % 5, f.first + n % f.many, r.first + n - 1, {manager},
    'Assignment number ' || n, now()::date - 30, now()::date + n % 200, 40 + n % 60, 'hour', 'EUR', 10000,
    (ARRAY['planned', 'onboarding', 'active', 'ending', 'closed', 'active'])[1 + n % 6], '',
    now() - n * interval '1 minute', now()
FROM generate_series(1, {size}) n,
    (SELECT min(id) AS first FROM programs_program WHERE tenant_id = {tenant}) p,
    (SELECT min(id) AS first, count(*) AS many FROM talent_freelancer WHERE tenant_id = {tenant}) f,
    (SELECT min(id) AS first, count(*) AS many FROM talent_engagement WHERE tenant_id = {tenant}) e,
    (SELECT min(id) AS first FROM talent_requisition WHERE tenant_id = {tenant}) r;
INSERT INTO talent_invoice (tenant_id, number, assignment_id, freelancer_id, legal_entity_id, state, currency, total, issued_on,
    due_on, created_by_id, rejection_reason, returned_count, created_at, submitted_at)
SELECT a.tenant_id, a.number, a.id, a.freelancer_id, {entity},
    (ARRAY['submitted', 'in_approval', 'approved', 'exported', 'paid'])[1 + a.number % 5], 'EUR', 100 + a.number % 900,
    now()::date, now()::date + 30, {manager}, '', 0, a.created_at, a.created_at
FROM talent_assignment a WHERE a.tenant_id = {tenant} AND a.number % 2 = 0;
INSERT INTO analytics_kpirollup (tenant_id, kpi, program_id, period, starts_on, n, total, median, p90)
SELECT {tenant}, kpi, program, 'month', (date_trunc('month', now()) - m * interval '1 month')::date, 40, 30, 4.2, 9.1
FROM generate_series(0, 11) m,
    unnest(ARRAY['time_to_fill', 'time_to_onboard', 'on_time_delivery', 'first_pass_acceptance', 'budget_burn',
        'invoice_cycle_time']) kpi,
    (SELECT id AS program FROM programs_program WHERE tenant_id = {tenant} UNION ALL SELECT NULL) p;
"""


@dataclass
class Sized:
    """One company of the stand."""

    label: str
    size: int
    tenant: Tenant
    manager: Membership


def environment() -> dict[str, str]:
    """What a process of the product needs to work on the same database as this one."""
    name = connection.settings_dict["NAME"]
    urls = ("DATABASE_URL", "OWNER_DATABASE_URL", "PLATFORM_DATABASE_URL", "EMBEDDED_DATABASE_URL")
    return {**os.environ, **{url: os.environ[url].replace("/hub?", f"/{name}?") for url in urls if url in os.environ}}


def fill(labels: list[str]) -> list[Sized]:
    """The companies of those sizes, filled and analysed."""
    servers.use_database(servers.make_database())
    name = connection.settings_dict["NAME"]
    postgres = servers.the_servers().postgres
    made = []
    for label in labels:
        company = make_company(f"Bench {label}", f"bench-{label.lower()}")
        manager = company.people["program_manager"]
        assert company.entity is not None
        sql = FILL.format(tenant=company.tenant.pk, manager=manager.pk, entity=company.entity.pk, size=SIZES[label])
        postgres.execute(sql, database=name)
        made.append(Sized(label, SIZES[label], company.tenant, manager))
    postgres.execute("VACUUM ANALYZE", database=name)
    return made
