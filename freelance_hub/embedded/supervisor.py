"""Runs several processes as one: prefixes their lines, restarts what crashes, drains them in order at the end."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

HEALTHY_SECONDS = 20  # a child that lived this long starts its next back-off from the beginning
LONGEST_PAUSE = 30


@dataclass
class Child:
    """One process to keep running. `drain_seconds`: how long it may finish its work after SIGTERM."""

    name: str
    command: Sequence[str]
    drain_seconds: float = 20
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    due: float = 0  # when to start it (again)
    crashes: int = 0
    rest: bytes = field(default=b"", repr=False)  # a line whose end has not come yet

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Single-threaded: one loop reads output, notices ends and signals."""

    def __init__(self, children: Sequence[Child], *, out: IO[str] = sys.stdout) -> None:
        self.children, self.out = children, out
        self.width = max(len(child.name) for child in children)
        self.selector = selectors.DefaultSelector()
        self.stopping = False

    def run(self, each_turn: Callable[[], None] = lambda: None) -> None:
        """Start all and watch them until SIGINT or SIGTERM; then stop each in turn, in the order given.

        `each_turn` is called a few times a second meanwhile.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        while not self.stopping:
            for child in self.children:
                self._tend(child)
            self._read(timeout=0.2)
            each_turn()
        for child in self.children:
            self._drain(child)

    def _on_signal(self, _number: int, _frame: object) -> None:
        if self.stopping:  # asked twice: in a hurry
            for child in self.children:
                child.drain_seconds = 0
        self.stopping = True

    def _tend(self, child: Child) -> None:
        if child.is_alive:
            if child.crashes and time.monotonic() - child.started > HEALTHY_SECONDS:
                child.crashes = 0
            return
        if child.process is not None:
            self._close(child)
            pause = min(LONGEST_PAUSE, 2**child.crashes)
            child.crashes += 1
            self._say(child.name, f"ended with {_reason(child.process.returncode)}; starts again in {pause} s")
            child.process, child.due = None, time.monotonic() + pause
        if time.monotonic() >= child.due:
            self._start(child)

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        # A session of its own: Ctrl-C in the terminal reaches only us, and we decide who ends when.
        child.process = subprocess.Popen(  # noqa: S603
            list(child.command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _read(self, timeout: float) -> None:
        if not self.selector.get_map():
            time.sleep(timeout)
        for key, _ in self.selector.select(timeout):
            self._pass_on(key.data)

    def _pass_on(self, child: Child) -> None:
        """Print the whole lines that a child has written."""
        assert child.process is not None
        assert child.process.stdout is not None
        data = child.process.stdout.read()
        if data == b"":  # closed
            self._close(child)
            return
        *lines, child.rest = (child.rest + (data or b"")).split(b"\n")
        for line in filter(bytes.strip, lines):
            self._say(child.name, line.decode(errors="replace").rstrip())

    def _close(self, child: Child) -> None:
        assert child.process is not None
        stream = child.process.stdout
        if stream is None or stream.closed:
            return
        last = (stream.read() or b"") + b"\n"
        for line in (child.rest + last).decode(errors="replace").splitlines():
            if line.strip():
                self._say(child.name, line.rstrip())
        child.rest = b""
        self.selector.unregister(stream)
        stream.close()

    def _drain(self, child: Child) -> None:
        """SIGTERM, and after `drain_seconds` SIGKILL to the child and its children."""
        if child.process is None or not child.is_alive:
            return
        child.process.terminate()
        end = time.monotonic() + child.drain_seconds
        while child.is_alive and time.monotonic() < min(end, time.monotonic() + child.drain_seconds):
            self._read(timeout=0.05)
        if child.is_alive:
            self._say(child.name, "did not finish in time and is killed")
        try:
            os.killpg(child.process.pid, signal.SIGKILL)  # also what a crashed parent left behind
        except (ProcessLookupError, PermissionError):
            pass
        child.process.wait()
        self._close(child)
        self._say(child.name, "stopped")

    def _say(self, name: str, line: str) -> None:
        print(f"{name:<{self.width}} | {line}", file=self.out, flush=True)


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
