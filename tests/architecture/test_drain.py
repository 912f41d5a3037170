"""SIGTERM, as a deployment sends it: what has begun is finished, nothing new begins. With the commands of `make up`."""

import signal
import socket
import subprocess
import threading
import time
import urllib.request

import pytest
from celery import current_app
from django.conf import settings

from freelance_hub.management.commands.up import children


def command(name, port=0):
    (found,) = [child.command for child in children("127.0.0.1", port) if child.name == name]
    slow = {
        "freelance_hub.wsgi:application": "tests.architecture.slow:application",
        "freelance_hub": "tests.architecture.slow",
    }
    return [slow.get(word, word) for word in found]


@pytest.fixture
def run():
    """Start a process in the checkout; it is gone after the test."""
    started = []

    def run(arguments):
        process = subprocess.Popen(
            arguments, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        print(process.communicate()[0].decode())  # pytest shows it when the test fails


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.05)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_web_finishes_the_request_it_has_begun(run):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = run(command("web", port))
    wait_for(lambda: is_open(port))
    answers = []
    asking = threading.Thread(target=lambda: answers.append(urllib.request.urlopen(f"http://127.0.0.1:{port}/").read()))

    asking.start()
    time.sleep(0.5)
    web.send_signal(signal.SIGTERM)
    asking.join(timeout=10)

    assert answers == [b"finished"]
    assert web.wait(timeout=10) == 0
    assert not is_open(port)


def test_worker_finishes_the_task_it_has_begun(run, tmp_path):
    queue = f"slow-{tmp_path.name}"
    words = [queue if word == "celery,default" else word for word in command("worker")]
    worker = run(words)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    current_app.send_task("tests.slow", args=[str(tmp_path / "first")], queue=queue)
    wait_for((tmp_path / "first" / "begun").exists)

    worker.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    current_app.send_task("tests.slow", args=[str(tmp_path / "second")], queue=queue)
    worker.wait(timeout=20)

    assert (tmp_path / "first" / "ended").exists()
    assert not (tmp_path / "second" / "begun").exists()
