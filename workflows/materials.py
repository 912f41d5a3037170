"""What a decision is about: the material fields of a subject as text, their hash, and what changed between two of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows.models import Decision, Run, Step
from workflows.subjects import SubjectKind, kind_of

Content = dict[str, str]


@dataclass(frozen=True)
class Change:
    """One field that is no longer as it was decided about."""

    name: str
    label: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.label}: {self.old or 'nothing'} → {self.new or 'nothing'}"


def content_of(step: Step, subject: Any, *, run: Run) -> Content:
    """The fields that the step's decision is about (all of the kind's when it names none), as people read them."""
    material = kind_of(run.subject_type).material
    names = [name for name in step.params.get("material", ()) if name in material] or list(material)
    return {name: material[name].text(subject)[:4000] for name in names}


def hash_of(content: Mapping[str, str]) -> str:
    """SHA-256 of the fields, keys sorted."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def changes(kind: SubjectKind, old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """The fields of `new` that differ from `old`, in the kind's order; a field that was not decided about is none."""
    return [
        Change(name, kind.material[name].label, old[name], new[name])
        for name in kind.material
        if name in old and name in new and old[name] != new[name]
    ]


def voiding(step: Step, decision: Decision, subject: Any, *, run: Run) -> list[Change]:
    """The changes for which a decision no longer holds. An amount that grew by no more than the step tolerates, since the
    decision and not since the last edit, is none."""
    kind = kind_of(run.subject_type)
    found = changes(kind, decision.content, content_of(step, subject, run=run))
    if is_tolerated(step, decision, kind.amount(subject)):
        found = [change for change in found if not kind.material[change.name].is_amount]
    return found


def is_tolerated(step: Step, decision: Decision, amount: tuple[Decimal, str] | None) -> bool:
    """Whether the amount is within the step's tolerance of what was decided about; never in another currency."""
    percent = step.params.get("tolerance_percent")
    if percent is None or amount is None or decision.amount is None or amount[1] != decision.currency:
        return False
    return amount[0] <= decision.amount * (1 + Decimal(str(percent)) / 100)


def last_approved(step: Step, *, run: Run) -> Decision | None:
    """The last approval of the same question about the same subject, also in an earlier run, also one that was voided since."""
    return (
        Decision.objects.filter(
            outcome="approved",
            step__key=step.key,
            step__run__subject_type=run.subject_type,
            step__run__subject_id=run.subject_id,
        )
        .select_related("decided_by__user")
        .order_by("-decided_at", "-pk")
        .first()
    )


def difference(step: Step, subject: Any, *, run: Run) -> tuple[Decision | None, list[Change]]:
    """The last approval and what has changed since; no approval, no difference."""
    last = last_approved(step, run=run)
    if last is None:
        return None, []
    return last, changes(kind_of(run.subject_type), last.content, content_of(step, subject, run=run))
