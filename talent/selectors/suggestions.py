"""Who of the directory fits a requisition, best first, with the reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce

from freelance_hub.formats import money_text
from talent.models import Assignment, Freelancer, FreelancerSkill, Requisition, RequisitionSkill, Submission

POOL = 400  # best by skills (or by rating); only these are ranked, so the cost does not grow with the directory
HOURS_A_DAY = 8  # to compare an hourly rate with a range per day

# Points of 100. Skills first: without them nothing else counts.
SKILLS, RATE, RATING, AVAILABLE, WORKED_BEFORE = 50.0, 20.0, 10.0, 10.0, 10.0
RATE_UNKNOWN = RATE / 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One person with points of 100 and what speaks for and against them."""

    freelancer: Freelancer
    score: int
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def words(self) -> str:
        """ "3 of 3 skills, €45.00 within range, worked here before"."""
        return ", ".join(self.reasons + self.cautions)


def suggest(
    requisition: Requisition, *, limit: int = 10, with_rates: bool = False, wanted: Sequence[int] | None = None
) -> list[Suggestion]:
    """The people who fit best, at most `limit`. One query, and one for the skills asked for (`wanted`) when not given.

    Not suggested: who is blocked, should not return, is a declined candidate, or is engaged for it already.
    `with_rates` puts their rates into the words; otherwise these say only whether they are within the range.
    """
    if wanted is None:
        wanted = list(RequisitionSkill.objects.filter(requisition=requisition).values_list("skill_id", flat=True))
    ranked = _ranked(requisition, wanted)[:limit]
    return [_explained(freelancer, requisition, len(wanted), with_rates=with_rates) for freelancer in ranked]


def _ranked(requisition: Requisition, wanted: Sequence[int]) -> QuerySet[Freelancer]:
    earlier = Assignment.objects.filter(freelancer=OuterRef("pk"))
    taken = Submission.objects.filter(requisition=requisition, freelancer=OuterRef("pk"))
    taken = taken.filter(state__in=(Submission.State.HIRED, Submission.State.DECLINED))
    people = (
        Freelancer.objects.filter(_pool(wanted))
        .exclude(state=Freelancer.State.BLOCKED)
        .filter(~Exists(taken), ~Exists(earlier.filter(rehire=False)))
        .annotate(
            matched=Count("skill_links", filter=Q(skill_links__skill__in=wanted)) if wanted else Value(0),
            worked_here=Exists(earlier.filter(activated_at__isnull=False)),
            fits=_fits(requisition),
        )
    )
    points = (
        F("matched") * Value(SKILLS / max(len(wanted), 1))
        + Case(When(fits=True, then=Value(RATE)), When(fits=None, then=Value(RATE_UNKNOWN)), default=Value(0.0))
        + Coalesce(Cast("rating", FloatField()), Value(0.0)) * Value(RATING / 5)
        + Case(When(state=Freelancer.State.AVAILABLE, then=Value(AVAILABLE)), default=Value(0.0))
        + Case(When(worked_here=True, then=Value(WORKED_BEFORE)), default=Value(0.0))
    )
    return people.annotate(points=Cast(points, FloatField())).order_by("-points", "pk")


def _pool(wanted: Sequence[int]) -> Q:
    """At most POOL people: those with most of the skills, or the best rated when no skill is asked for."""
    if not wanted:
        best = Freelancer.objects.filter(rating__isnull=False).order_by(F("rating").desc(nulls_last=True), "-pk")
        return Q(pk__in=best.values("pk")[:POOL])
    links = FreelancerSkill.objects.filter(skill__in=wanted).values("freelancer")
    most = links.annotate(count=Count("pk")).order_by("-count", "-freelancer").values("freelancer")
    return Q(pk__in=most[:POOL])


def _fits(requisition: Requisition) -> Case:
    """True within the range, False above it, null when nobody can say: no range, no rate, another currency."""
    hours = HOURS_A_DAY if requisition.rate_unit == Requisition.RateUnit.DAY else 1
    low, high = requisition.rate_min, requisition.rate_max
    unknown = Q(hourly_rate=None) | ~Q(currency=requisition.currency)
    if low is None and high is None:
        unknown |= Q(pk__isnull=False)
    # Who asks for less than the range can be paid its lower end.
    within = Q(hourly_rate__isnull=False) if high is None else Q(hourly_rate__lte=high / hours)
    return Case(When(unknown, then=None), When(within, then=Value(True)), default=Value(False))


def _explained(freelancer: Freelancer, requisition: Requisition, wanted: int, *, with_rates: bool) -> Suggestion:
    reasons, cautions = [], []
    if wanted:
        reasons.append(f"{freelancer.matched} of {wanted} skill{'s' if wanted > 1 else ''}")  # type: ignore[attr-defined]
    rate = freelancer.hourly_rate
    named = f"{money_text(rate, freelancer.currency)} an hour" if with_rates and rate is not None else "rate"
    fits = freelancer.fits  # type: ignore[attr-defined]
    if fits:
        reasons.append(f"{named} within range")
    elif fits is False:
        cautions.append(f"{named} above range")
    elif rate is None:
        cautions.append("rate unknown")
    elif with_rates:
        reasons.append(named)
    if freelancer.worked_here:  # type: ignore[attr-defined]
        reasons.append("worked here before")
    if freelancer.rating is not None:
        reasons.append(f"rated {freelancer.rating:.1f}")
    if freelancer.state == Freelancer.State.UNAVAILABLE:
        cautions.append("not available")
    if not freelancer.email:
        cautions.append("no e-mail address yet")
    score = round(freelancer.points)  # type: ignore[attr-defined]
    return Suggestion(freelancer, score, tuple(reasons), tuple(cautions))
