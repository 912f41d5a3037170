"""What `manage.py migrate` brings up to date beside the tables."""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from freelance_hub.services.tenants import sync_every_company
from freelance_hub.tenancy import audit_triggers


def bring_roles_up_to_date(using: str, **_signal: Any) -> None:
    """The shipped roles of companies that exist already get what this version ships, when run by the owner of the tables.

    Does nothing after migrating in part, or back: models and tables then differ.
    """
    connection = connections[using]
    if audit_triggers.is_owner(connection) and _is_whole(connection):
        sync_every_company(actor="Upgrade")


def _is_whole(connection: BaseDatabaseWrapper) -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes("hub"))
