"""What a step asks, as whoever is asked sees it: on its page, in the mail and behind the link in it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from freelance_hub.formats import moment_text, money_text
from freelance_hub.models import Membership
from freelance_hub.worktime import zone_of
from workflows import people
from workflows.materials import Change, changes, content_of, difference, hash_of
from workflows.models import Decision, Run, Step
from workflows.selectors import budget_left_of
from workflows.subjects import kind_of, subject_of

MOST_SUBJECTS = 1000


@dataclass(frozen=True)
class Question:
    """`content`: (label, value) of the material fields. `last`: the approval before this one, `changes` what is different
    since. `digest`: of what is shown, so that nobody decides about something else."""

    step: Step
    run: Run
    subject: Any
    amount: tuple[Decimal, str] | None
    left: Decimal | None
    content: list[tuple[str, str]]
    digest: str
    last: Decision | None
    changes: list[Change]

    @property
    def over(self) -> Decimal | None:
        """By how much the program's budget is overdrawn; nothing when it is not."""
        return -self.left if self.left is not None and self.left < 0 else None

    def facts(self, reader: Membership) -> list[tuple[str, str]]:
        """What matters in a few lines of text, for mails."""
        lines = [("Asked by", str(self.run.requested_by.user) if self.run.requested_by else "")]
        if self.amount:
            lines.append(("Amount", money_text(*self.amount)))
            if self.left is not None and self.run.program:
                lines.append(("Left in the program", money_text(self.left, self.run.program.currency)))
        lines += [
            (f"Changed: {change.label}", f"{change.old or 'nothing'} → {change.new or 'nothing'}")
            for change in self.changes
        ]
        if self.step.due_at:
            zone = ZoneInfo(zone_of(reader, self.run.tenant))
            lines.append(("Answer by", moment_text(self.step.due_at.astimezone(zone))))
        return [(label, value) for label, value in lines if value]


def question_of(step: Step, *, run: Run) -> Question:
    """Everything that a decision needs. About five queries."""
    subject = subject_of(run)
    kind = kind_of(run.subject_type)
    content = content_of(step, subject, run=run)
    last, changed = difference(step, subject, run=run) if step.kind == Step.Kind.APPROVAL else (None, [])
    return Question(
        step=step,
        run=run,
        subject=subject,
        amount=kind.amount(subject),
        left=budget_left_of(run.program) if run.program else None,
        content=[(kind.material[name].label, value) for name, value in content.items() if value],
        digest=hash_of(content),
        last=last,
        changes=changed,
    )


class Subjects:
    """What the steps of a list are about: loaded together by kind when the first cell asks, and what was approved last."""

    def __init__(self, rows: QuerySet[Step]) -> None:
        self.rows = rows.order_by()
        self._subjects: dict[str, dict[int, Any]] = {}
        self._last: dict[tuple[str, int, str], Decision] | None = None

    def of(self, step: Step) -> Any:
        """The subject of a step; None when it is gone."""
        label = step.run.subject_type
        if label not in self._subjects:
            ids = self.rows.filter(run__subject_type=label).values("run__subject_id")[:MOST_SUBJECTS]
            self._subjects[label] = kind_of(label).load(ids)
        return self._subjects[label].get(step.run.subject_id)

    def amount(self, step: Step) -> tuple[Decimal, str] | None:
        subject = self.of(step)
        return kind_of(step.run.subject_type).amount(subject) if subject else None

    def changes(self, step: Step) -> list[Change]:
        """What is different from what was approved last for the same question; one query for the whole list."""
        if step.kind != Step.Kind.APPROVAL:
            return []
        if self._last is None:
            self._last = self._approved()
        last = self._last.get((step.run.subject_type, step.run.subject_id, step.key))
        subject = self.of(step) if last else None
        if last is None or subject is None:
            return []
        return changes(kind_of(step.run.subject_type), last.content, content_of(step, subject, run=step.run))

    def _approved(self) -> dict[tuple[str, int, str], Decision]:
        ids = self.rows.filter(kind=Step.Kind.APPROVAL).values("run__subject_id")[:MOST_SUBJECTS]
        rows = Decision.objects.filter(outcome="approved", step__run__subject_id__in=ids).select_related("step__run")
        return {
            (one.step.run.subject_type, one.step.run.subject_id, one.step.key): one
            for one in rows.order_by("decided_at", "pk")
        }


def in_whose_place(step: Step, *, run: Run, person_id: int | None) -> list[Membership]:
    """In whose place somebody would answer; empty when it is their own."""
    places = {one.place for one in people.stand_ins_of(run, step) if one.person == person_id}
    if person_id in places:
        return []
    return list(Membership.objects.select_related("user").filter(pk__in=places).order_by("pk"))


def decisions_of(step: Step) -> list[Decision]:
    """The answers that were given, the newest first; those that are void too."""
    rows = Decision.objects.filter(step=step).select_related("decided_by__user", "in_place_of__user")
    return list(rows.order_by("-decided_at", "-pk"))
