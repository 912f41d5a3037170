"""How a grant is shown: its state in one word, and why it opens nothing, in one sentence."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from freelance_hub.access import Actor
from freelance_hub.formats import day_text
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.templatetags.hub import chip, when
from talent.models import Assignment
from workflows.access import valid_grants
from workflows.models import AccessGrant

State, System = AccessGrant.State, AccessGrant.System
LATE = timedelta(hours=1)


def with_validity(grants: QuerySet[AccessGrant], actor: Actor) -> QuerySet[AccessGrant]:
    """Each row knows `is_valid`: whether it opens something now."""
    return grants.annotate(is_valid=Exists(valid_grants(actor).filter(pk=OuterRef("pk"))))


def shown_state(grant: AccessGrant) -> str:
    """The key of its look: a state, "closing" or "late"; what only the facts hold back is "suspended"."""
    if grant.state not in AccessGrant.OPEN:
        return grant.state
    if grant.close_by is not None:
        return "late" if grant.close_by <= timezone.now() - LATE else "closing"
    if grant.state == State.ACTIVE and not vars(grant).get("is_valid", True):
        return State.SUSPENDED
    return grant.state


def grant_chip(grant: AccessGrant) -> str:
    """The state as tint, icon and word."""
    return chip(shown_state(grant), "grant")


def person_cell(grant: AccessGrant) -> SafeString:
    """Who, and for which work."""
    assignment = grant.assignment
    return format_html(
        "{}<br><span class='soft'>{}</span>", grant.membership.user, f"{assignment.ref} {assignment.title}"
    )


def why_not_open(grant: AccessGrant) -> str:
    """Why an open grant opens nothing now, for people; empty when it does, or when it is closed for good.

    Needs assignment, sponsor, manager and resource loaded.
    """
    if grant.state not in AccessGrant.OPEN:
        return ""
    if grant.close_by is not None:
        return _why_still_open(grant)
    if grant.hold_reason:
        return f"Held back: {grant.hold_reason}"
    return _missing_fact(grant) or (_what_is_awaited(grant) if grant.state != State.ACTIVE else "")


def _missing_fact(grant: AccessGrant) -> str:
    assignment, answers = grant.assignment, grant.sponsor or grant.assignment.manager
    opens = Assignment.OPENS_PORTAL if grant.system == System.PORTAL else Assignment.OPENS_WORKSPACE
    if grant.starts_at > timezone.now():
        return f"It begins on {day_text(timezone.localtime(grant.starts_at).date(), today=timezone.localdate())}."
    if assignment.state not in opens:
        return f"The assignment is {assignment.get_state_display().lower()}: it opens when the work goes on."
    if answers.state != Membership.State.ACTIVE:
        return f"{answers.user}, who answers for it, is not active. Let somebody else answer for it."
    if grant.membership.state != Membership.State.ACTIVE:
        return f"{grant.membership.user} cannot sign in at present."
    return ""


def _what_is_awaited(grant: AccessGrant) -> str:
    if grant.awaits == "open":
        return _receiver_works(grant)
    if grant.last_error:
        return f"It could not be opened yet, and is tried again: {grant.last_error}"
    resource = grant.resource
    if resource is None:
        return ""
    if resource.connection is None:
        return f"It waits for {resource.keeper.user if resource.keeper else 'the program team'} to open it."
    if not resource.connection.is_active:
        return f"{resource.connection} is switched off."
    return f"{resource.connection} opens it within minutes."


def _receiver_works(grant: AccessGrant) -> str:
    who = grant.resource.connection if grant.resource else None
    return f"It waits for the receiver: {who or 'it'} has accepted to {grant.awaits} it, and says when it is done."


def _why_still_open(grant: AccessGrant) -> str:
    if grant.awaits == "close":
        return _receiver_works(grant)
    if grant.last_error:
        return f"It could not be closed yet, and is tried again: {grant.last_error}"
    resource = grant.resource
    if resource is not None and resource.connection is None:
        return f"It waits for {resource.keeper.user if resource.keeper else 'the program team'} to close it."
    return "It is being closed."


def delay_text(grant: AccessGrant) -> str:
    """How long after it was due it was closed: "0 minutes late", "3 h 5 min"; empty where nothing was due or is open."""
    if grant.close_by is None or grant.revoked_at is None:
        return ""
    minutes = max(0, int((grant.revoked_at - grant.close_by).total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


def usage_text(grant: AccessGrant) -> str:
    """When it was last used, as its connection says: a time, "Never", or "–" where nobody knows."""
    if grant.last_used_at is not None:
        return when(grant.last_used_at)
    return "Never" if grant.usage_read_at else "–"


def rows_of(grants: Iterable[AccessGrant], *, route: str = "") -> list[tuple[AccessGrant, str, str, str]]:
    """(grant, look, why it opens nothing, address of its page) for the rows template; `route` is the page's URL name."""
    return [
        (grant, shown_state(grant), why_not_open(grant), tenant_url(route, public_id=grant.public_id) if route else "")
        for grant in grants
    ]


def guest_rows(grants: Iterable[AccessGrant]) -> list[tuple[AccessGrant, str, str]]:
    """(grant, look, sentence) as its own guest reads it: without names of systems, errors or what people decided about them."""
    found = []
    for grant in grants:
        look = shown_state(grant)
        found.append((grant, "closing" if look == "late" else look, GUEST_WORDS.get(look, "")))
    return found


GUEST_WORDS = {
    State.PENDING: "It is being prepared.",
    State.SUSPENDED: "It is held back at present. Ask your manager if you need it.",
    "closing": "It is being closed.",
    "late": "It is being closed.",
}
