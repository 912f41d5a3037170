"""The platform app; its label is `hub`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class HubConfig(AppConfig):
    name = "freelance_hub"
    label = "hub"
    verbose_name = "Platform"

    def ready(self) -> None:
        from freelance_hub import celery, checks, looks, places, receivers, upgrades  # noqa: F401, PLC0415  they need models
        from freelance_hub.tenancy import audit_triggers  # noqa: PLC0415  needs loaded models

        post_migrate.connect(audit_triggers.refresh, sender=self)  # first: what follows is audited
        post_migrate.connect(upgrades.bring_roles_up_to_date, sender=self)
