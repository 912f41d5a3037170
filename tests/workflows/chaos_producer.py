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
from tests.workflows import chaos_worker  # noqa: E402, F401  registers the subject
from tests.workflows.engine_room import make_company, version_of  # noqa: E402
from workflows.engine import runs  # noqa: E402

STEPS = [
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
ACTION = os.environ.get("CHAOS_ACTION", "chaos.call")


def main(count: int, per_second: float) -> None:
    company = make_company("chaos")
    with tenant(company):
        version = version_of(*[{"action": ACTION, "max_attempts": 20, **step} for step in STEPS])
        subject, actor = LegalEntity.objects.get(), automation(tenant_id=company.pk)
        for number in range(count):
            start_until_it_works(version=version, subject=subject, idempotency_key=f"run-{number}", actor=actor)
            time.sleep(1 / per_second)


def start_until_it_works(**run) -> None:
    while True:
        try:
            runs.start(**run)
            return
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.2)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
