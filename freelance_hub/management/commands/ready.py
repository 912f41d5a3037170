"""/readyz for a terminal, and for the health checks of containers that serve no pages."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from freelance_hub.views.health import PROCESSES, check_broker, check_database


class Command(BaseCommand):
    help = "Tells what works. Fails when the database or a migration is missing, or a process named here is silent."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", nargs="*", help=f"what must be alive: {', '.join(PROCESSES)}")

    def handle(self, *_args: Any, **options: Any) -> None:
        if unknown := sorted(set(options["process"]) - set(PROCESSES)):
            msg = f"There is no process {unknown[0]}. Name: {', '.join(PROCESSES)}."
            raise CommandError(msg)
        checks = {**check_database(), "broker": check_broker()}
        for name, check in checks.items():
            self.stdout.write(f"{name:<12}{'ok' if check.ok else 'NOT OK':<8}{check.detail}".rstrip())
        bad = [name for name, check in checks.items() if not check.ok and (check.vital or name in options["process"])]
        if bad:
            msg = f"Not ready: {', '.join(bad)}."
            raise CommandError(msg)
