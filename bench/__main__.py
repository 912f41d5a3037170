"""`make bench`: fill a private stand, measure, print a table, write bench/latest.json. A missed target stops nothing."""

import argparse
import logging
import os

from bench import table
from tests import servers

GROUPS = ("pages", "export", "visit", "worker", "workflows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=GROUPS)
    chosen = parser.parse_args().only
    os.environ.pop("PYTEST_XDIST_WORKER", None)
    servers.enter_environment()
    import django  # noqa: PLC0415  the environment above decides what the settings say
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    logging.disable(logging.WARNING)
    from bench import export, pages, stand, visit, worker, workflows  # noqa: PLC0415  they import models

    call_command("collectstatic", interactive=False, verbosity=0)  # pages name their assets by the manifest
    sizes = {"pages": ["1k", "100k", "1M"], "export": ["10k", "1M"]}
    labels = list(stand.SIZES) if chosen is None else sizes.get(chosen, ["1k"])
    stands = stand.fill(labels)
    rows = []
    for name, group in (
        ("pages", pages),
        ("export", export),
        ("visit", visit),
        ("worker", worker),
        ("workflows", workflows),
    ):
        if chosen in {None, name}:
            rows += group.measure([one for one in stands if name not in sizes or one.label in sizes[name]])
    table.show(rows)
    table.write(rows)


if __name__ == "__main__":
    main()
