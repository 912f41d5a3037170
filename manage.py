#!/usr/bin/env python
"""Django's commands. With no variable set they find the embedded servers of `.local/`, and start them if need be."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "freelance_hub.settings")
    try:
        from django.core.management import execute_from_command_line

        from freelance_hub.embedded import EmbeddedError, stand
    except ImportError as error:
        sys.exit(
            f"{error}\n"
            "  Why:  this Python has not got the project's libraries.\n"
            "  Mend: make setup, then .venv/bin/python manage.py …"
        )
    try:
        stand.prepare(sys.argv)
        execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
