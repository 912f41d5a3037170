"""What a launch pack is made of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

from freelance_hub.permissions import SYSTEM_ROLES

_KEY = re.compile(r"[a-z][a-z0-9_-]*")
MOST_WORDS = 600  # longer pages are not read


class BadPack(ValueError):  # noqa: N818  read aloud: a bad pack
    """A pack contradicts itself or names what is not there."""


@dataclass(frozen=True)
class PageSpec:
    """One knowledge page. Its text is `<slug>.md` beside the pack, without a top heading.

    `required_for` are keys of roles whose people must say they have read it; `review_months` is when it is looked at again.
    """

    slug: str
    title: str
    required_for: tuple[str, ...] = ()
    review_months: int = 12


@dataclass(frozen=True)
class LaunchItemSpec:
    """One line of the launch checklist. `check` names a launch check that ticks it; empty: a person ticks it.

    `route` is the name of the page where it is done; `required`: the program cannot go live without it.
    """

    key: str
    title: str
    help: str
    check: str = ""
    route: str = ""
    required: bool = True


@dataclass(frozen=True)
class ChecklistSpec:
    """A checklist that workflows makes from its playbook of the same key."""

    key: str
    title: str


@dataclass(frozen=True)
class KpiTarget:
    """A target and the band beside it that is still amber, in the KPI's own unit (rates as shares: 0.9 is 90 %)."""

    key: str
    label: str
    target: Decimal
    band: Decimal
    unit: Literal["days", "share"]
    better: Literal["low", "high"]

    def as_payload(self) -> dict[str, str]:
        """For the event: numbers as text, so that they stay exact."""
        return {"key": self.key, "target": str(self.target), "band": str(self.band)}

    @property
    def in_words(self) -> str:
        """ "at most 21 days", "at least 90 %"."""
        side = "at most" if self.better == "low" else "at least"
        if self.unit == "share":
            return f"{side} {self.target * 100:.0f} %"
        return f"{side} {self.target.normalize():f} days"


@dataclass(frozen=True)
class Pack:
    """A versioned bundle from which a program is launched. `folder` holds the texts of its pages."""

    key: str
    version: int
    name: str
    summary: str
    good_for: str
    folder: Path
    pages: tuple[PageSpec, ...]
    roles: tuple[str, ...]
    budget: Decimal
    budget_months: int
    approval_limit: Decimal
    checklists: tuple[ChecklistSpec, ...]
    kpis: tuple[KpiTarget, ...]
    launch_items: tuple[LaunchItemSpec, ...]

    def __post_init__(self) -> None:
        self._need_keys("page", [page.slug for page in self.pages])
        self._need_keys("checklist", [checklist.key for checklist in self.checklists])
        self._need_keys("KPI", [kpi.key for kpi in self.kpis])
        self._need_keys("launch item", [item.key for item in self.launch_items])
        named = {*self.roles, *(role for page in self.pages for role in page.required_for)}
        if unknown := named - set(SYSTEM_ROLES):
            raise BadPack(f"Pack {self.key} names roles that are not shipped: {', '.join(sorted(unknown))}.")
        if self.budget <= 0 or self.budget_months < 1 or self.approval_limit < 0:
            raise BadPack(f"Pack {self.key} proposes a budget, a period or a limit that makes no sense.")
        for page in self.pages:
            words = len(self.bodies[page.slug].split())
            if not 0 < words <= MOST_WORDS:
                raise BadPack(f"Pack {self.key}: page {page.slug} has {words} words; 1 to {MOST_WORDS} are read.")

    def _need_keys(self, noun: str, keys: Iterable[str]) -> None:
        keys = list(keys)
        if wrong := [key for key in keys if not _KEY.fullmatch(key)]:
            raise BadPack(f"Pack {self.key} has a {noun} with a key that is no key: {', '.join(wrong)}.")
        if len(set(keys)) != len(keys):
            raise BadPack(f"Pack {self.key} has a {noun} twice.")

    @cached_property
    def bodies(self) -> dict[str, str]:
        """Markdown of each page by slug. Raises BadPack when a text is missing."""
        try:
            return {page.slug: (self.folder / f"{page.slug}.md").read_text(encoding="utf-8") for page in self.pages}
        except FileNotFoundError as error:
            raise BadPack(f"Pack {self.key} has no text {error.filename}.") from error

    @property
    def playbooks(self) -> list[str]:
        """Keys of the playbooks that workflows turns into checklists."""
        return [checklist.key for checklist in self.checklists]

    @property
    def role_names(self) -> list[str]:
        """Names of the roles it counts on."""
        return [SYSTEM_ROLES[role].name for role in self.roles]
