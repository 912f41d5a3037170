"""What `manage.py` needs around it on a development machine: servers, secrets and plain logs, with no variable set."""

import os
import secrets
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from freelance_hub.embedded.servers import Servers

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LOCAL_DIR = BASE_DIR / ".local"

# These change tables, so they run as the owner of the tables.
OWNER_COMMANDS = {
    "migrate",
    "makemigrations",
    "sqlmigrate",
    "showmigrations",
    "squashmigrations",
    "createcachetable",
    "flush",
}
# These never ask the database for anything.
OFFLINE_COMMANDS = {"help", "--help", "-h", "version", "--version", "check", "down", "startapp", "makemessages"}


def prepare(arguments: Sequence[str], environment: MutableMapping[str, str] = os.environ) -> None:
    """Fill in what the command in `arguments` (`sys.argv`) needs and nobody has set.

    Starts the embedded servers unless the command needs none. Variables that are set win, one by one.
    """
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in OWNER_COMMANDS:
        environment.setdefault("FH_DATABASE_ROLE", "owner")
    needs = {"postgres": not is_set("DATABASE_URL", environment), "valkey": not is_set("BROKER_URL", environment)}
    if not (needs["postgres"] or command == "up" or secret_file().exists()):
        return  # a production stand: nothing is assumed
    _set_defaults(environment)
    if any(needs.values()) and command not in OFFLINE_COMMANDS and not {"--help", "-h"} & set(arguments):
        environment.update(Servers(LOCAL_DIR).ensure_running(**needs))


def is_set(name: str, environment: MutableMapping[str, str]) -> bool:
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def secret_file() -> Path:
    return LOCAL_DIR / "secret_key"


def _set_defaults(environment: MutableMapping[str, str]) -> None:
    if not is_set("SECRET_KEY", environment):
        environment["SECRET_KEY"] = _local_secret()
    environment.setdefault("PUBLIC_URL", f"http://localhost:{environment.get('PORT', '8000')}")
    environment.setdefault("ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]")
    environment.setdefault("LOG_JSON", "0")


def _local_secret() -> str:
    """A key of this checkout, made once, so that sign-ins outlive a restart."""
    path = secret_file()
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
    except FileExistsError:  # another command was first
        return path.read_text(encoding="ascii")
    return key
