"""Facts: what conditions may ask about a subject, each with the type of its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NUMBER, TEXT, DATE, YES_NO, LIST = "number", "text", "date", "yes/no", "list"
TYPES = (NUMBER, TEXT, DATE, YES_NO, LIST)
ANY = ""  # a fact that does not declare its type fits everywhere


@dataclass(frozen=True)
class Fact:
    """One fact. `read` gets the subject; None is "not known". `label` is what the builder shows."""

    type: str
    read: Callable[[Any], Any]
    label: str = ""

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            msg = f"A fact is of one of {', '.join(TYPES)}, not “{self.type}”."
            raise ValueError(msg)

    def __call__(self, subject: Any) -> Any:
        return self.read(subject)


def types_of(facts: Mapping[str, Callable[[Any], Any]]) -> dict[str, str]:
    """The type of each fact by its name."""
    return {name: getattr(fact, "type", ANY) for name, fact in facts.items()}
