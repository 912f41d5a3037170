"""Starts runs one after the other, as requests would; a request that fails is sent again with its key."""

import os
import sys
import time

import django

django.setup()

from django.db import DatabaseError, InterfaceError, connection  # noqa: E402

from freelance_hub.access import automation  # noqa: E402
from freelance_hub.models import LegalEntity  # noqa: E402
from freelance_hub.tenancy.context import tenant  # noqa: E402
from tests.workflows import chaos_worker  # noqa: E402, F401  registers the subject and the action
from tests.workflows.engine_room import employee, make_company, version_of  # noqa: E402
from workflows.engine import runs  # noqa: E402
from workflows.models import Definition, Run  # noqa: E402

ACTION = os.environ.get("CHAOS_ACTION", "chaos.call")
PLAIN = [
    {"key": "workspace"},
    {"key": "invite", "after": ["workspace"]},
    {"key": "directory", "after": ["workspace"]},
    {"key": "access", "after": ["invite", "directory"]},
    {"key": "laptop", "after": ["workspace"]},
    {"key": "badge", "after": ["access"]},
    {"key": "activate", "after": ["access", "laptop"]},
    {"key": "welcome", "after": ["activate"]},
    {"key": "payroll", "after": ["activate", "badge"]},
    {"key": "end", "after": ["welcome", "payroll"]},
]
MIXED = [
    {"key": "workspace"},
    {"key": "invite", "after": ["workspace"]},
    {"key": "directory", "after": ["workspace"]},
    {"key": "access", "after": ["invite", "directory"]},
    {"key": "pause", "kind": "wait", "delay_hours": 2 / 3600, "after": ["workspace"]},
    {
        "key": "choose",
        "kind": "decision",
        "condition": {"fact": "named_0", "is": "equal_to", "than": True},
        "after": ["access"],
    },
    {"key": "laptop", "after": ["choose:no"]},
    {"key": "part", "kind": "workflow", "workflow": "inner", "after": ["laptop"]},
    {"key": "ask", "kind": "approval", "after": ["invite"]},
    {"key": "end", "after": ["part", "pause", "ask:approved"]},
]
INNER = [{"key": "one"}, {"key": "two", "after": ["one"]}]


def timer(seconds: float) -> list[dict]:
    return [{"key": "wait", "kind": "wait", "delay_hours": seconds / 3600}, {"key": "then", "after": ["wait"]}]


GRAPHS = {"plain": [PLAIN], "mixed": [MIXED], "timers": [timer(seconds / 5) for seconds in range(25, 75)]}


def main(graph: str, count: int, per_second: float) -> None:
    company = make_company("chaos")
    with tenant(company):
        for name in ("ann", "bob"):
            employee(name, "requisition.approve", "task.see")
        Definition.objects.filter(pk=made(INNER).definition_id).update(key="inner", program=None)
        if graph == "timers":
            prove_that_timers_end(company)
        versions = [made(steps) for steps in GRAPHS[graph]]
        for number in range(count):
            start_until_it_works(company, versions[number % len(versions)], f"run-{number}")
            time.sleep(1 / per_second)


def made(steps: list[dict]):
    automation_details = {"action": ACTION, "max_attempts": 20}
    return version_of(*[{**(automation_details if "kind" not in step else {}), **step} for step in steps])


def prove_that_timers_end(company) -> None:
    """Wait until workers and sweeper are up."""
    start_until_it_works(company, made(timer(0.1)), "first")
    while not Run.objects.filter(state="done").exists():
        time.sleep(0.2)


def start_until_it_works(company, version, key: str) -> None:
    actor = automation(tenant_id=company.pk)
    while True:
        try:
            runs.start(version=version, subject=LegalEntity.objects.get(), idempotency_key=key, actor=actor)
            return
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
