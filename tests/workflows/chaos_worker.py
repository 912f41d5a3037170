"""What the worker processes of the chaos stand load besides the product: a subject, and an action that calls a fake provider."""

import os
import time
from pathlib import Path

from celery import current_app, shared_task

from tests.workflows import engine_room  # noqa: F401  registers the subject
from workflows.actions.registry import action


class Provider:
    """Keeps one file a key: a repeated call with the same key has no second effect and gets the first answer."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def call(self, key: str) -> dict:
        with (self.place / "calls").open("a") as log:
            log.write(f"{key}\n")
        answer = self.place / key.replace(":", "-")
        try:
            with answer.open("x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            pass
        return {"answer": answer.read_text()}


current_app.conf.result_backend = os.environ["BROKER_URL"]  # the product asks for no answers; `chaos.answer` gives one


@shared_task(name="chaos.nothing")
def nothing_to_do():
    """What a bare message costs, for comparison."""


@shared_task(name="chaos.answer", ignore_result=False)
def nothing_to_say():
    """What a bare message and its answer cost."""


@action("chaos.nothing", title="Do nothing")
def nothing(work):
    return {}


@action("chaos.call", title="Call the provider", outside=True)
def call(work):
    """A few milliseconds before the effect and a few after it, so that a kill hits either side."""
    provider = Provider(Path(os.environ["CHAOS_PROVIDER"]))

    def slowly(key):
        time.sleep(0.01)
        answer = provider.call(key)
        time.sleep(0.01)
        return answer

    return work.once("chaos", slowly)
