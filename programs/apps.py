"""The programs app."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from programs import navigation, receivers  # noqa: F401, PLC0415  registration needs loaded models
