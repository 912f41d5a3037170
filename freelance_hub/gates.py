"""Gates: a lower app names a moment, higher apps register checks for it, the service asks them in its transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal


@dataclass(frozen=True)
class Stop:
    """Why a moment may not come yet."""

    reason: str
    rule: str
    remedy: str = ""


Check = Callable[[models.Model, Actor], list[Stop]]
_checks: dict[str, list[Check]] = {}


def register(moment: str, check: Check) -> None:
    """Let `check` be asked at `moment` (`assignment.start`, `invoice.pay` …). Called in `apps.ready()`."""
    _checks.setdefault(moment, []).append(check)


def ask(moment: str, subject: models.Model, *, actor: Actor) -> list[Stop]:
    """All reasons why the moment may not come; empty when it may."""
    return [stop for check in _checks.get(moment, ()) for stop in check(subject, actor)]


def pass_or_refuse(moment: str, subject: models.Model, *, actor: Actor) -> None:
    """Nothing when every check agrees; raises Refusal with all reasons and remedies otherwise."""
    stops = ask(moment, subject, actor=actor)
    if stops:
        raise Refusal(
            " ".join(stop.reason for stop in stops),
            remedy=" ".join(stop.remedy for stop in stops if stop.remedy),
            code=stops[0].rule,
        )
