"""How a state looks: one word, one tone, one icon. Apps add the states of their nouns in `apps.ready()`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    NEUTRAL = "neutral"  # nothing has begun, or it is over without a verdict
    BUSY = "busy"  # somebody or something is at work
    GOOD = "good"  # as wished
    WARN = "warn"  # waits for a person
    BAD = "bad"  # went wrong, or was refused


@dataclass(frozen=True, slots=True)
class Look:
    word: str
    tone: Tone
    icon: str


def _looks(tone: Tone, *, icon: str, **words: str) -> dict[str, Look]:
    return {state: Look(word, tone, icon) for state, word in words.items()}


# States that mean the same wherever they occur. A noun whose word differs registers its own.
COMMON: dict[str, Look] = {
    **_looks(
        Tone.NEUTRAL, icon="circle-dashed", draft="Draft", planned="Planned", new="New", not_started="Not started"
    ),
    **_looks(
        Tone.NEUTRAL,
        icon="minus",
        waiting="Waiting",
        voided="Void",
        void="Void",
        skipped="Skipped",
        stale="Out of date",
    ),
    **_looks(Tone.NEUTRAL, icon="archive", closed="Closed", ended="Ended", archived="Archived", replaced="Replaced"),
    **_looks(
        Tone.NEUTRAL,
        icon="ban",
        cancelled="Cancelled",
        withdrawn="Withdrawn",
        revoked="Revoked",
        superseded="Superseded",
    ),
    **_looks(Tone.BUSY, icon="circle-dot", active="Active", open="Open", running="Running", onboarding="Onboarding"),
    **_looks(
        Tone.BUSY, icon="send", submitted="Submitted", invited="Invited", offered="Offered", exported="Sent to payment"
    ),
    **_looks(Tone.BUSY, icon="users", shortlisted="Shortlisted", interview="Interview", delegated="Delegated"),
    **_looks(Tone.BUSY, icon="clock", queued="Queued", scheduled="Scheduled", negotiation="In negotiation"),
    **_looks(Tone.BUSY, icon="log-out", ending="Ending", offboarding="Offboarding", off_boarding="Offboarding"),
    **_looks(Tone.WARN, icon="hourglass", in_approval="In approval", pending="Pending", in_review="In review"),
    **_looks(Tone.WARN, icon="hourglass", pending_po="Waiting for a PO", answers_pending="Waiting for answers"),
    **_looks(Tone.WARN, icon="pen-line", out_for_signature="Out for signature"),
    **_looks(Tone.WARN, icon="pause", on_hold="On hold", suspended="Suspended", paused="Paused"),
    **_looks(Tone.WARN, icon="undo-2", returned="Returned", changes_requested="Changes requested"),
    **_looks(
        Tone.WARN, icon="clock-alert", escalated="Escalated", expired="Expired", at_risk="At risk", overdue="Overdue"
    ),
    **_looks(
        Tone.GOOD, icon="circle-check", done="Done", accepted="Accepted", approved="Approved", completed="Completed"
    ),
    **_looks(
        Tone.GOOD, icon="circle-check", succeeded="Succeeded", decided="Decided", published="Published", filled="Filled"
    ),
    **_looks(Tone.GOOD, icon="badge-check", hired="Hired", signed="Signed", verified="Verified"),
    **_looks(Tone.GOOD, icon="wallet", invoiced="Invoiced", paid="Paid", credited="Credited"),
    **_looks(Tone.BAD, icon="circle-x", rejected="Rejected", declined="Declined", failed="Failed", refused="Refused"),
    **_looks(Tone.BAD, icon="triangle-alert", disputed="Disputed", blocked="Blocked", error="Error", dead="Stopped"),
}

_by_noun: dict[tuple[str, str], Look] = {}


def register(noun: str, looks: Mapping[str, Look]) -> None:
    """Give the states of one noun ("invoice") their own words; states not named keep the common look."""
    _by_noun.update({(noun, str(state)): look for state, look in looks.items()})


def look(state: str, noun: str = "") -> Look:
    """The look of a state; an unknown one is shown plainly, never hidden."""
    state = str(state)
    found = _by_noun.get((noun, state)) or COMMON.get(state)
    return found or Look(state.replace("_", " ").capitalize() or "Unknown", Tone.NEUTRAL, "circle-dashed")
