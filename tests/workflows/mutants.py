"""Seeded bugs of the engine: each is one textual edit of one module. The state machine must go red for every one of them."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType

from workflows.engine import activation, attention, claims, compensation, effects, finish, runs, sweeper, transitions


@dataclass(frozen=True)
class Mutant:
    name: str
    module: ModuleType
    old: str
    new: str
    also: tuple[str, str] = ("", "")  # a second guard against the same bug, taken away too

    def of(self, source: str) -> str:
        """The edited source."""
        for old, new in filter(any, [(self.old, self.new), self.also]):
            assert source.count(old) == 1, (
                f"{self.name}: “{old}” stands {source.count(old)} times in {self.module.__name__}"
            )
            source = source.replace(old, new)
        return source


MUTANTS = [
    Mutant(
        "no fencing token",
        claims,
        "step.state == Step.State.RUNNING and step.lease_token == self.token",
        "True",
        also=("return Q(state=Step.State.RUNNING, lease_token=self.token)", "return Q()"),
    ),
    Mutant("attempt limit ignored on lease expiry", transitions, "if step.attempt < step.max_attempts and", "if"),
    Mutant(
        "attempt limit ignored on failure",
        transitions,
        "if is_final or step.attempt >= step.max_attempts or",
        "if is_final or",
    ),
    Mutant("child begins when any parent has ended", activation, " if deps_left == 0}", "}"),
    Mutant(
        "outcome of a parent ignored",
        activation,
        "(%s AND edge.outcome IN ('', %s))",
        "(%s OR edge.outcome IN ('', %s))",
    ),
    Mutant(
        "a step that is passed over leads on", activation, "release(run, child, is_taken=False)", "release(run, child)"
    ),
    Mutant("expired leases never reclaimed", sweeper, "_in_run(transitions.expire_lease)", "lambda _step: None"),
    Mutant(
        "a retry behind the clock stays hidden", sweeper, '"hidden": transitions.unhide', '"hidden": lambda _step: None'
    ),
    Mutant("a lease ahead of the clock is kept", transitions, " | Q(lease_until__gt=Now() + timedelta(hours=1))", ""),
    Mutant(
        "undo order not reversed",
        compensation,
        "parent=undo_of[child.pk], child=undo_of[step.pk]",
        "parent=undo_of[step.pk], child=undo_of[child.pk]",
    ),
    Mutant("late sibling not undone", transitions, "ready += compensation.undo(run)", "ready += 0"),
    Mutant(
        "undo does not wait for siblings",
        compensation,
        "(State.RUNNING, State.READY, State.WAITING, State.ATTENTION)",
        "()",
    ),
    Mutant("undo that fails for good ends as failed", transitions, "if is_undo or (", "if not is_undo and ("),
    Mutant("timers ignore their time", transitions, "DUE = Q(run_at__lte=Now())", "DUE = Q()"),
    Mutant(
        "new key per attempt", effects, "{provider}:{step.public_id}", "{provider}:{step.public_id}:{claim.attempt}"
    ),
    Mutant("ledger not consulted", effects, "if known.state == Effect.State.DONE:", "if False:"),
    Mutant("lost-lease check before the call dropped", effects, "if not is_mine:", "if False:"),
    Mutant("start is not idempotent", runs, "if not is_new:", "if False:"),
    Mutant(
        "cancelling leaves running steps",
        runs,
        "OPEN_STEPS, by=",
        'tuple(s for s in OPEN_STEPS if s != "running"), by=',
    ),
    Mutant("run ends while steps are open", finish, ".exclude(state__in=Step.ENDED)", '.filter(state="running")'),
    Mutant(
        "double approval accepted",
        transitions,
        "if step.state != State.WAITING or not step.is_for_people",
        "if not step.is_for_people",
    ),
    Mutant("failure does not start compensation", transitions, "return compensation.begin(run, by=by)", "return 0"),
    Mutant(
        "pending steps survive a failure",
        compensation,
        "(State.PENDING, State.READY, State.HELD, State.WAITING)",
        "(State.READY, State.HELD, State.WAITING)",
    ),
    Mutant("attempts not extended for a person's retry", attention, 'F("attempt") + EXTRA_ATTEMPTS', 'F("attempt")'),
]


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Let the functions and constants of the mutant's module be those of its edited source, in every place that holds them."""
    module, source = mutant.module, inspect.getsource(mutant.module)
    edited = ModuleType(module.__name__)
    edited.__file__ = module.__file__
    exec(compile(mutant.of(source), module.__file__, "exec"), edited.__dict__)
    functions = {name: function for name, function in functions_of(module).items() if name in functions_of(edited)}
    codes = {name: function.__code__ for name, function in functions.items()}
    constants = {name: value for name, value in vars(module).items() if name.isupper()}
    try:
        for name, function in functions.items():
            function.__code__ = functions_of(edited)[name].__code__
        vars(module).update({name: vars(edited)[name] for name in constants})
        yield
    finally:
        for name, function in functions.items():
            function.__code__ = codes[name]
        vars(module).update(constants)


def functions_of(module: ModuleType) -> dict[str, FunctionType]:
    """The module's own functions, below their decorators."""
    own = {name: inspect.unwrap(value) for name, value in vars(module).items() if callable(value)}
    for name, value in [item for item in own.items() if isinstance(item[1], type)]:
        own |= {f"{name}.{method}": getattr(thing, "fget", thing) for method, thing in vars(value).items()}
    return {name: f for name, f in own.items() if isinstance(f, FunctionType) and f.__module__ == module.__name__}
