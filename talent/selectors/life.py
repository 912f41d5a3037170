"""The life of an assignment as steps on a page."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from talent.models import Assignment

State = Assignment.State
_AT = {
    State.PLANNED: 0,
    State.ONBOARDING: 1,
    State.ACTIVE: 2,
    State.SUSPENDED: 2,
    State.ENDING: 2,
    State.ENDED: 3,
    State.OFFBOARDING: 3,
    State.CLOSED: 5,
}


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One step: its words, whether it is done, active, waiting or skipped, and a note."""

    label: str
    state: str
    note: str = ""


def life_of(assignment: Assignment) -> list[LifeStep]:
    """Engaged, onboarding, at work, off-boarding, closed: where an assignment stands on its way."""
    at = _AT[State(assignment.state)]
    never_began = assignment.activated_at is None and at > _AT[State.ACTIVE]
    labels = ("Engaged", "Onboarding", "At work", "Off-boarding", "Closed")
    steps = []
    for index, label in enumerate(labels):
        state = "done" if index < at else "active" if index == at else "waiting"
        note = ""
        if never_began and index in {1, 2}:
            state = "skipped"
        if assignment.state == State.SUSPENDED and index == at:
            note = "suspended"
        steps.append(LifeStep(label, state, note))
    return steps


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How much of the time is over."""

    percent: int
    words: str


def elapsed(assignment: Assignment, *, today: date | None = None) -> Elapsed:
    """The share of days that are over, in words: “day 12 of 60”, “starts in 3 days”."""
    today = today or timezone.localdate()
    days = (assignment.ends_on - assignment.starts_on).days + 1
    gone = (today - assignment.starts_on).days + 1
    if gone < 1:
        return Elapsed(0, "starts tomorrow" if gone == 0 else f"starts in {1 - gone} days")
    if gone > days:
        return Elapsed(100, "the last day has passed")
    return Elapsed(round(100 * gone / days), f"day {gone} of {days}")
