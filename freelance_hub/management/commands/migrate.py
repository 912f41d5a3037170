"""Django's `migrate` with the folding of `management/folding.py`; both commands must use the same."""

from django.core.management.commands.migrate import Command as DjangoCommand

from freelance_hub.management.folding import FoldingAutodetector


class Command(DjangoCommand):
    autodetector = FoldingAutodetector
