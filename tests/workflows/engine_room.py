"""What the tests of the engine share: a stored clock, a bare company, actions that note what they did, short definitions."""

from contextlib import contextmanager
from itertools import count

from django.db import connections

from freelance_hub.access import Actor, actor_for, automation
from freelance_hub.models import LegalEntity, Membership, MembershipRole, Role, Tenant, User
from freelance_hub.tenancy.context import tenant
from programs.models import Program
from tests import servers
from workflows import subjects
from workflows.actions.registry import action
from workflows.engine import claims, runs, work
from workflows.models import Definition, DefinitionVersion, Run, Step

calls: list[tuple[str, int]] = []  # (action, step) of every action performed, in order
facts: dict[str, object] = {}
_numbers = count(1)

subjects.register(
    subjects.SubjectKind(
        model=LegalEntity,
        noun="entity",
        selections={"all": lambda rows: rows, "irish": lambda rows: rows.filter(country="IE")},
        people={"owner": lambda _entity: Membership.objects.select_related("user").order_by("pk").first()},
        facts={
            **{name: (lambda _entity, name=name: facts.get(name)) for name in ("size", "limit", "is_there", "until")},
            **{
                f"named_{number}": (lambda entity, number=number: entity.name == f"named_{number}")
                for number in range(2)
            },
        },
        amount=lambda _entity: facts.get("amount"),
        material={
            "name": subjects.Material("Name", lambda entity: entity.name),
            "country": subjects.Material("Country", lambda entity: entity.country),
            "amount": subjects.Material("Amount", lambda _entity: str(facts.get("amount", "")), is_amount=True),
        },
    )
)


@action("test.note", title="Note it")
def note(work):
    calls.append(("note", work.step.pk))
    return {"noted": True}


@action("test.undo", title="Undo it")
def undo(work):
    calls.append(("undo", work.step.pk))
    return {}


@action("test.break", title="Break", on="hub.legalentity")
def break_down(work, *, times: int = 99):
    calls.append(("break", work.step.pk))
    if work.step.attempt <= times:
        msg = "It broke."
        raise RuntimeError(msg)
    return {"mended": work.step.attempt}


def superuser(sql: str) -> list:
    """SQL past all locks, in the database of this process."""
    return servers.the_servers().postgres.execute(sql, database=connections["default"].settings_dict["NAME"])


@contextmanager
def stored_clock():
    """`wf_now()` tells a stored instant, which only `tick` moves."""
    superuser(
        "CREATE TABLE IF NOT EXISTS wf_clock (at timestamptz NOT NULL); TRUNCATE wf_clock; "
        "INSERT INTO wf_clock VALUES ('2026-01-01 12:00+00'); GRANT SELECT, UPDATE ON wf_clock TO fh_app, fh_owner, fh_platform; "
        "CREATE OR REPLACE FUNCTION wf_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM public.wf_clock'"
    )
    try:
        yield
    finally:
        superuser(
            "CREATE OR REPLACE FUNCTION wf_now() RETURNS timestamptz LANGUAGE sql STABLE "
            "AS 'SELECT pg_catalog.statement_timestamp()'; DROP TABLE wf_clock"
        )


def tick(seconds: float) -> None:
    """Move the stored clock, also backwards."""
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE wf_clock SET at = at + make_interval(secs => %s)", [seconds])


def make_company(slug: str = "engine") -> Tenant:
    """A company with one employee, one legal entity (the subject of runs) and one program."""
    company = Tenant.objects.create(name=slug.title(), slug=slug, staff_second_factor=False)
    user = User.objects.create(email=f"owner@{slug}.example", name="Olga Owner", password="!")
    with tenant(company):
        owner = Membership.objects.create(user=user)
        entity = LegalEntity.objects.create(name=f"{slug} Ltd", country="IE", currency="EUR")
        Program.objects.create(
            number=1, name="Pilot", pack_key="pilot", pack_version=1, owner=owner, legal_entity=entity, currency="EUR"
        )
    return company


def employee(name: str, *capabilities: str) -> Actor:
    """A new employee of the company at hand, with a role of exactly these capabilities."""
    role, _ = Role.objects.get_or_create(
        key="-".join(capabilities)[:40], defaults={"name": capabilities[0], "capabilities": list(capabilities)}
    )
    user = User.objects.create(email=f"{name}@engine.example", name=name.title(), password="!")
    membership = Membership.objects.create(user=user)
    MembershipRole.objects.create(membership=membership, role=role)
    return actor_for(membership)


def version_of(*steps: dict, **options) -> DefinitionVersion:
    """A published definition made of `steps`; give each its key, and what differs from a plain automation."""
    number = next(_numbers)
    definition = Definition.objects.create(
        program=Program.objects.get(), key=f"test-{number}", title="Test", subject_type="hub.legalentity"
    )
    graph = {"steps": [complete_step(step) for step in steps], **options}
    return DefinitionVersion.objects.create(definition=definition, number=1, graph=graph)


def complete_step(step: dict) -> dict:
    kind = step.get("kind", "automation")
    filled = {"title": step["key"].title(), "kind": kind, **step}
    if kind == "automation":
        filled.setdefault("action", "test.note")
    if kind in ("approval", "task"):
        filled.setdefault("who", {"capability": "requisition.approve"})
    return filled


def start(*steps: dict, key: str = "", started_by: Membership | None = None, **options) -> Run:
    """Start a run of these steps about the company's legal entity."""
    entity = LegalEntity.objects.get()
    actor = automation(tenant_id=entity.tenant_id, on_behalf_of=started_by)
    key = key or f"run-{next(_numbers)}"
    return runs.start(version=version_of(*steps, **options), subject=entity, idempotency_key=key, actor=actor)


def drain(limit: int = 100) -> int:
    """Perform everything that is due, as one worker would; returns how many steps."""
    done = 0
    while done < limit and (claim := claims.claim("w")):
        work.perform(claim)
        done += 1
    return done


def states(run: Run) -> dict[str, str]:
    """State of each step by key."""
    return dict(Step.objects.filter(run=run).values_list("key", "state"))


def step_of(run: Run, key: str) -> Step:
    return Step.objects.get(run=run, key=key)
