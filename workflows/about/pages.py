"""Knowledge pages as subjects of runs: looked at again before they grow old."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from programs.access import visible_pages
from programs.models import KnowledgePage
from workflows.about import moments
from workflows.about.common import without_open_run
from workflows.facts import DATE, YES_NO, Fact
from workflows.subjects import SubjectKind, register

AHEAD = timedelta(days=14)  # so long before its date a page is looked at
REVIEW = "knowledge_review"


def is_reviewed(page: KnowledgePage) -> bool:
    """Whether nobody has to look at it soon: its date was moved, or taken away."""
    return page.review_on is None or page.review_on > _today(page.tenant.time_zone) + AHEAD


def due_for_review(pages: QuerySet[KnowledgePage]) -> QuerySet[KnowledgePage]:
    """Pages whose date is near or past, and that nobody has been asked about yet."""
    first = pages.select_related("tenant").first()
    if first is None:
        return pages
    near = pages.filter(review_on__lte=_today(first.tenant.time_zone) + AHEAD)
    return without_open_run(near, REVIEW)


def _today(zone: str) -> date:
    return timezone.localdate(timezone=ZoneInfo(zone))


def load() -> None:
    """Register it."""
    register(
        SubjectKind(
            model=KnowledgePage,
            noun="page",
            program=lambda page: page.program,
            program_lookup="program",
            searched=("title",),
            people={"owner": lambda page: page.owner},
            facts={
                "review_on": Fact(DATE, lambda page: page.review_on, "Look at it again on"),
                "is_reviewed": Fact(YES_NO, is_reviewed, "It was looked at"),
            },
            selections={"due_for_review": due_for_review},
            events=moments.PAGE,
            visible=visible_pages,
            named_by="slug",
            route=("page_detail", lambda page: {"slug": page.slug}),
            related=("program", "owner__user", "tenant"),
        )
    )
