"""What a worker process weighs after it has done some work."""

import subprocess
import sys
import time

import psutil

from bench.stand import Sized
from bench.table import Row, judged
from freelance_hub import queue
from freelance_hub.tenancy.context import tenant


def measure(stands: list[Sized]) -> list[Row]:
    """Start a worker as `make up` does, send it work, read the memory of its processes (proportional set size)."""
    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "freelance_hub",
            "worker",
            "-c",
            "1",
            "-l",
            "ERROR",
            "--without-gossip",
            "--without-mingle",
        ]
    )
    try:
        time.sleep(8)
        for stand in stands:
            with tenant(stand.tenant):
                for _ in range(20):
                    queue.send("hub.deliver_events")
                    queue.send("workflows.drain")
        time.sleep(6)
        family = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
        heaviest = max(process.memory_full_info().pss for process in family) / 1e6
        return [
            judged("worker: heaviest process", heaviest, "MB", at_most=150),
            judged("worker: all its processes", sum(p.memory_full_info().pss for p in family) / 1e6, "MB"),
        ]
    finally:
        worker.terminate()
        worker.wait(30)
