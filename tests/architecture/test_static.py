"""Collecting the static files as production does; other tests take them straight from their finders."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from freelance_hub.management.commands import up

ROOT = Path(settings.BASE_DIR)


def test_every_file_that_a_page_names_is_collected_under_a_name_that_lasts(tmp_path):
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, "STATIC_ROOT": str(tmp_path)},
        check=True,
    )
    collected = json.loads((tmp_path / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    named = set(re.findall(r"{% static [\"']([^\"']+)", pages))

    assert sorted(named - set(collected)) == []
    assert [name for name in named if re.search(r"\.[0-9a-f]{12}\.", collected[name]) is None] == []
    assert not (tmp_path / "css").exists()  # the sources of the style sheet stay at home


def test_collecting_is_due_after_a_change(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path / "static")
    assert up.static_is_stale()

    up.stamp().touch()
    assert not up.static_is_stale()

    os.utime(up.stamp(), (0, 0))
    assert up.static_is_stale()
