"""What an automation can do: functions under a name, with typed parameters.

    @action("activate", on="talent.assignment", title="Activate the assignment")
    def activate(work: Work) -> dict[str, Any]: …

An action changes our own rows in one transaction with the completion of its step: both happen, or neither. One that touches the
outside world says `outside=True`: it runs without a transaction and does its calls through `work.once(…)`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from freelance_hub.access import Actor
from workflows.models import Run, Step

if TYPE_CHECKING:
    from workflows.engine.claims import Claim

Result = dict[str, Any]
TYPES = {str: "a text", int: "a whole number", float: "a number", bool: "yes or no", list: "a list", dict: "an object"}


class ActionError(ValueError):
    """A definition names an action that does not exist, or gives it parameters that it does not take."""


@dataclass(frozen=True)
class Work:
    """One attempt of one step: on what, for whom. `actor` is the automation on behalf of whoever started the run."""

    step: Step
    run: Run
    subject: Any
    actor: Actor
    claim: "Claim"

    def once(
        self,
        provider: str,
        call: Callable[[str], Result],
        *,
        look_up: Callable[[str], Result | None] | None = None,
        if_unknown: str = "again",
    ) -> Result:
        """Do `call(key)` through the effect ledger; see `workflows.engine.effects.once`."""
        from workflows.engine import effects  # noqa: PLC0415  the engine imports the registry

        return effects.once(self.claim, self.step, provider, call, look_up=look_up, if_unknown=if_unknown)


@dataclass(frozen=True)
class Action:
    """A registered action. `longest`: after this long a worker counts as hanging and its lease runs out."""

    name: str
    title: str
    run: Callable[..., Result | None]
    on: str
    outside: bool
    longest: timedelta


_actions: dict[str, Action] = {}


def action(
    name: str, *, title: str, on: str = "", outside: bool = False, longest: timedelta = timedelta(minutes=15)
) -> Callable[[Callable[..., Result | None]], Callable[..., Result | None]]:
    """Register a function as an action. `on`: the model label of the subjects it works on; empty: any."""

    def register(function: Callable[..., Result | None]) -> Callable[..., Result | None]:
        _actions[name] = Action(name, title, function, on, outside, longest)
        return function

    return register


def find(name: str) -> Action:
    """The action of that name; raises ActionError."""
    if name not in _actions:
        raise ActionError(f"There is no action “{name}”.")
    return _actions[name]


def registered() -> list[Action]:
    """All actions, by name."""
    return [_actions[name] for name in sorted(_actions)]


def check_params(name: str, params: Mapping[str, Any], *, subject_type: str) -> None:
    """Raises ActionError when the action does not take these parameters, lacks one, or works on something else."""
    found = find(name)
    if found.on and found.on != subject_type:
        raise ActionError(f"“{name}” works on {found.on}, not on {subject_type}.")
    wanted = {p.name: p for p in inspect.signature(found.run).parameters.values() if p.kind is p.KEYWORD_ONLY}
    for extra in set(params) - set(wanted):
        raise ActionError(f"“{name}” takes no parameter “{extra}”.")
    for parameter in wanted.values():
        if parameter.name not in params:
            if parameter.default is parameter.empty:
                raise ActionError(f"“{name}” needs the parameter “{parameter.name}”.")
            continue
        if isinstance(parameter.annotation, type) and not isinstance(params[parameter.name], parameter.annotation):
            wanted_type = TYPES.get(parameter.annotation, "of another type")
            raise ActionError(f"The {parameter.name.replace('_', ' ')} must be {wanted_type}.")


def perform(name: str, work: Work, params: Mapping[str, Any]) -> Result:
    """Run the action."""
    return find(name).run(work, **params) or {}


__all__ = ["Action", "ActionError", "Result", "Work", "action", "check_params", "find", "perform", "registered"]
