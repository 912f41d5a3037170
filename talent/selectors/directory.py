"""Lists of talent with what their rows show. Callers narrow the rows through `talent.access` first."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When

from talent.models import Assignment, Freelancer, FreelancerSkill, Requisition


def with_skills(people: QuerySet[Freelancer]) -> QuerySet[Freelancer]:
    """Freelancers with `skill_names`: “Python, Django”, the primary one first; null without any."""
    links = FreelancerSkill.objects.filter(freelancer=OuterRef("pk")).order_by().values("freelancer")
    words = links.annotate(words=StringAgg("skill__name", delimiter=", ", order_by=("-is_primary", "skill__name")))
    return people.annotate(skill_names=Subquery(words.values("words")))


def with_money(rows: QuerySet[Requisition], *, sees_all: bool, membership_id: int | None) -> QuerySet[Requisition]:
    """Requisitions with `shown_budget`: null where the budget is not for the person to see."""
    own = Case(When(requested_by=membership_id or 0, then=F("budget")), default=Value(None))
    return rows.annotate(shown_budget=F("budget") if sees_all else own)


def with_rate(rows: QuerySet[Assignment], *, sees_all: bool, membership_id: int | None) -> QuerySet[Assignment]:
    """Assignments with `shown_rate`: null where the rate is not for the person to see."""
    own = Case(When(manager=membership_id or 0, then=F("rate")), default=Value(None))
    return rows.annotate(shown_rate=F("rate") if sees_all else own)
