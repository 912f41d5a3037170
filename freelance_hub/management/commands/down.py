"""Stops the embedded servers that a `manage.py` command has left running."""

from typing import Any

from django.core.management.base import BaseCommand

from freelance_hub.embedded.servers import Servers
from freelance_hub.embedded.stand import LOCAL_DIR


class Command(BaseCommand):
    help = "Stops the embedded Postgres and Valkey of this checkout. Their data stays."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        Servers(LOCAL_DIR).stop()
