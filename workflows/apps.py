"""The workflows app."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflows"

    def ready(self) -> None:
        from workflows import navigation, receivers  # noqa: F401, PLC0415  registration needs loaded models
        from workflows.connectors.shipped import register_shipped  # noqa: PLC0415  the same

        register_shipped()
