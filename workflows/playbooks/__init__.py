"""The shipped definitions, as data: one JSON file each. How to write one: docs/workflows.md."""

import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WATCHES_DOCUMENT = "document_renewal"


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """Every shipped playbook by its key."""
    playbooks = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json"))]
    return {playbook["key"]: playbook for playbook in playbooks}
