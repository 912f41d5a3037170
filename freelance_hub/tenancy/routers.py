"""Which of the two database roles serves a query."""

from typing import Any

from django.db.models import Model

from freelance_hub.tenancy.context import current


class PlatformRouter:
    """A platform context works as `fh_platform`, everything else as `fh_app`: two doors to one database."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "platform" if current().platform else None

    db_for_write = db_for_read

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"
