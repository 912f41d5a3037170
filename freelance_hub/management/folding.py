"""Migrations that are quick to apply: a new table's indexes and constraints go into its CreateModel.

Django leaves each as an operation of its own, and each makes `migrate` build all related models anew: with every table
related to the tenant that is a minute instead of seconds, for every new database and every test run.
"""

from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations.base import Operation


class FoldingAutodetector(MigrationAutodetector):
    def _optimize_migrations(self) -> None:
        super()._optimize_migrations()  # type: ignore[misc]  # the stubs leave it out
        for migrations in self.migrations.values():  # type: ignore[attr-defined]  # likewise
            for migration in migrations:
                fold(migration)


def fold(migration: Migration) -> None:
    """Move indexes and constraints into the CreateModel of the same migration, where all their fields are there already."""
    completed_later = {
        operation.model_name.lower() for operation in migration.operations if isinstance(operation, AddField)
    }
    created: dict[str, CreateModel] = {}
    kept: list[Operation] = []
    for operation in migration.operations:
        if isinstance(operation, CreateModel) and operation.name.lower() not in completed_later:
            created[operation.name.lower()] = operation
        elif isinstance(operation, AddIndex | AddConstraint) and operation.model_name.lower() in created:
            options = created[operation.model_name.lower()].options
            if isinstance(operation, AddIndex):
                options["indexes"] = [*options.get("indexes", []), operation.index]
            else:
                options["constraints"] = [*options.get("constraints", []), operation.constraint]
            continue
        kept.append(operation)
    migration.operations = kept  # type: ignore[misc]  # an instance has its own
