"""Somebody who approves what waits, as fast as it comes; what fails is tried again."""

import sys
import time

import django

django.setup()

from django.db import DatabaseError, InterfaceError, connection  # noqa: E402

from freelance_hub.access import actor_for  # noqa: E402
from freelance_hub.errors import Refusal  # noqa: E402
from freelance_hub.models import Membership, Tenant  # noqa: E402
from freelance_hub.tenancy.context import tenant  # noqa: E402
from tests.workflows import engine_room  # noqa: E402, F401  registers the subject
from workflows.models import Step  # noqa: E402
from workflows.services.decisions import decide  # noqa: E402


def main(name: str) -> None:
    while True:
        try:
            for company in Tenant.objects.filter(slug="chaos"):
                with tenant(company):
                    approve_all(f"{name}@engine.example")
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(0.2)


def approve_all(email: str) -> None:
    who = Membership.objects.filter(user__email=email).first()
    for step in Step.objects.filter(state="waiting", kind="approval").order_by("pk") if who else ():
        try:
            decide(step=step, outcome="approved", actor=actor_for(who))
        except Refusal as refusal:  # the other was first
            if refusal.code not in ("state_changed", "second_pair_of_eyes"):
                raise


if __name__ == "__main__":
    main(sys.argv[1])
