"""The talent app."""

from django.apps import AppConfig


class TalentConfig(AppConfig):
    name = "talent"

    def ready(self) -> None:
        from talent import navigation, receivers  # noqa: F401, PLC0415  registration needs loaded models
