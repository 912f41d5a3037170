"""What the platform itself listens to."""

from freelance_hub.services import imports  # noqa: F401  registers its kinds of jobs and who may read its files
