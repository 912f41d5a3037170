"""Postgres refuses to run as root. Where we are root (CI, containers), an unprivileged account of the machine runs it."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freelance_hub.embedded.errors import EmbeddedError

# Accounts that are there already: nothing is added to the machine. Debian's own Postgres brings the first, all have the second.
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The account that runs Postgres and owns its files."""

    name: str
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """Arguments for `subprocess.run` that drop root's rights for the child."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def can(self, test: str, path: Path) -> bool:
        """Whether this account passes `test -r|-w|-x path`; also false when a directory above is closed to it."""
        answer = subprocess.run(["test", test, str(path)], check=False, cwd="/", **self.options())  # noqa: S603, S607
        return answer.returncode == 0


def unprivileged() -> Account | None:
    """The account to run Postgres as; None where we are not root and simply run it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "Postgres cannot be started as root.",
        why=f"Postgres refuses root, and this machine has none of the accounts {', '.join(CANDIDATES)} to run it as.",
        mend="Run as an ordinary user, or add the account: useradd --system nobody",
    )
