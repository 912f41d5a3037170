"""Skills as this company names them."""

from collections.abc import Iterable

from talent.models import Freelancer, FreelancerSkill, Skill


def skills_named(names: Iterable[str]) -> list[Skill]:
    """The skills with these names in the order given, made where they are new; “ python ” and “Python” are one."""
    wanted: dict[str, str] = {}
    for name in names:
        tidy = " ".join(name.split())[:100]
        if tidy:
            wanted.setdefault(tidy.casefold(), tidy)
    if not wanted:
        return []
    found = _by_key(wanted)
    missing = [Skill(name=name, key=key) for key, name in wanted.items() if key not in found]
    if missing:
        Skill.objects.bulk_create(missing, ignore_conflicts=True)  # another import may be naming the same one now
        found = _by_key(wanted)
    return [found[key] for key in wanted]


def names_of(freelancer: Freelancer) -> list[str]:
    """The skills of a person, the primary one first."""
    links = FreelancerSkill.objects.filter(freelancer=freelancer)
    return list(links.order_by("-is_primary", "skill__name").values_list("skill__name", flat=True))


def set_skills(*, freelancer: Freelancer, names: Iterable[str]) -> bool:
    """Give the person exactly these skills, the first as primary; returns whether anything changed.

    Part of the services of freelancers, which check rights and announce.
    """
    skills = skills_named(names)
    wanted = {skill.pk: index == 0 for index, skill in enumerate(skills)}
    links = FreelancerSkill.objects.filter(freelancer=freelancer)
    now = dict(links.values_list("skill_id", "is_primary"))
    if now == wanted:
        return False
    kept = {pk for pk, is_primary in wanted.items() if now.get(pk) is is_primary}
    links.exclude(skill_id__in=kept).delete()
    _link(freelancer, {pk: is_primary for pk, is_primary in wanted.items() if pk not in kept})
    return True


def add_skills(*, freelancer: Freelancer, names: Iterable[str]) -> bool:
    """Add these skills to those the person has; returns whether any was new."""
    skills = skills_named(names)
    if not skills:
        return False
    has = dict(FreelancerSkill.objects.filter(freelancer=freelancer).values_list("skill_id", "is_primary"))
    new = [skill.pk for skill in skills if skill.pk not in has]
    is_first = not any(has.values())
    _link(freelancer, {pk: is_first and index == 0 for index, pk in enumerate(new)})
    return bool(new)


def _by_key(wanted: Iterable[str]) -> dict[str, Skill]:
    return {skill.key: skill for skill in Skill.objects.filter(key__in=list(wanted))}


def _link(freelancer: Freelancer, primary: dict[int, bool]) -> None:
    FreelancerSkill.objects.bulk_create(
        [FreelancerSkill(freelancer=freelancer, skill_id=pk, is_primary=flag) for pk, flag in primary.items()]
    )
