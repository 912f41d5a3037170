"""The Postgres and Valkey that `make up`, `manage.py` and the tests start for themselves, and the process supervisor."""

from freelance_hub.embedded import stand
from freelance_hub.embedded.errors import EmbeddedError
from freelance_hub.embedded.servers import Servers

__all__ = ["EmbeddedError", "Servers", "stand"]
