"""The platform app; its label is `hub`."""

from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "freelance_hub"
    label = "hub"
    verbose_name = "Platform"

    def ready(self) -> None:
        from freelance_hub import celery, checks, receivers  # noqa: F401, PLC0415  registration needs loaded models
