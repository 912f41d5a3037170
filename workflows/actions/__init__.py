"""What automations can do. Each module registers its actions; `load()` imports them all."""


def load() -> None:
    """Register every shipped action. Called in `apps.ready()`."""
    from workflows.actions import (  # noqa: F401, PLC0415  they need loaded models
        amendments,
        documents,
        invoices,
        knowledge,
        offboarding,
        onboarding,
        requisitions,
        reviews,
    )
