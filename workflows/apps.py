"""The workflows app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkflowsConfig(AppConfig):
    name = "workflows"

    def ready(self) -> None:
        from workflows import navigation, receivers, upgrades  # noqa: F401, PLC0415  registration needs loaded models
        from workflows.connectors.shipped import register_shipped  # noqa: PLC0415  the same

        register_shipped()
        post_migrate.connect(upgrades.install_new_playbooks, sender=self)
