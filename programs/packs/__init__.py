"""Launch packs as data: what appears when a program is launched. A wrong pack fails when the code is loaded.

How to write one: docs/packs.md.
"""

from programs.packs.pilot import PACK as PILOT
from programs.packs.schema import ChecklistSpec, KpiTarget, LaunchItemSpec, Pack, PageSpec

PACKS: dict[str, Pack] = {pack.key: pack for pack in (PILOT,)}

__all__ = ["PACKS", "ChecklistSpec", "KpiTarget", "LaunchItemSpec", "Pack", "PageSpec"]
