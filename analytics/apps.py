"""The analytics app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        from analytics import navigation, receivers  # noqa: F401, PLC0415  registration needs loaded models
