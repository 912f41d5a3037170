"""Tables of figures."""

from analytics.models.facts import KpiFact, KpiRollup
from analytics.models.targets import KpiTarget

__all__ = ["KpiFact", "KpiRollup", "KpiTarget"]
