"""Seeded bugs: each is one textual edit of one module, planted while a test runs."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType


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
