"""A slow page and a slow task, for test_drain.py."""

import time
from pathlib import Path

from freelance_hub.celery import app


def application(_environ, start_response):
    """Takes a second and a half to answer."""
    time.sleep(1.5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"finished"]


@app.task(name="tests.slow")
def slow(directory):
    """Takes a second and a half between its beginning and its end."""
    (Path(directory) / "begun").touch()
    time.sleep(1.5)
    (Path(directory) / "ended").touch()
