"""Text search through functions that can use an index under row-level security (migration 0002)."""

import re
from typing import Literal

from django.db.models import Q
from django.db.models.expressions import RawSQL

MOST = 1000  # hits of one search; whoever finds more has to say more
_QUERIES = {
    "freelancers": "SELECT talent_search_freelancers(%s, %s)",
    "requisitions": "SELECT talent_search_requisitions(%s, %s)",
    "assignments": "SELECT talent_search_assignments(%s, %s)",
}
_NUMBER = re.compile(r"(?:[A-Za-z]{3}-)?(\d{1,9})")


def matching(things: Literal["freelancers", "requisitions", "assignments"], text: str, *, most: int = MOST) -> Q:
    """The rows in whose words every word of `text` occurs; a number (318, REQ-318) finds what carries it as well.

    Freelancers are found by name and headline, requisitions by title, assignments by title or person.
    """
    found = Q(pk__in=RawSQL(_QUERIES[things], [text, most]))  # noqa: S611  the text is a parameter
    number = _NUMBER.fullmatch(text.strip())
    if number and things != "freelancers":
        return Q(number=int(number[1]))
    return found
