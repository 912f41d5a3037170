"""The talent directory: adding, changing and removing freelancers, one by one or from a file."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Field
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from talent.models import Freelancer
from talent.services import skills as skill_service

# What a caller may set; everything else (membership, dates) has a service of its own.
DETAILS = (
    "name",
    "email",
    "phone",
    "gender",
    "country",
    "language",
    "headline",
    "years_of_experience",
    "hourly_rate",
    "currency",
    "rating",
    "satisfaction",
    "state",
    "source",
    "external_id",
)
# Two rows of a file without ids and addresses are the same person when all of these that are told are equal.
FINGERPRINT = ("name", "country", "language", "headline", "phone", "years_of_experience")
CENT = Decimal("0.01")
_CLASHES = {
    "talent_freelancer_email": ("email", "Somebody with this e-mail address is in the directory already."),
    "talent_freelancer_external": ("external_id", "Somebody with this id is in the directory already."),
}


@transaction.atomic
def create_freelancer(*, name: str, actor: Actor, skills: Iterable[str] = (), **details: Any) -> Freelancer:
    """Add a person to the directory.

    `details` as in DETAILS: hourly_rate in `currency` (ISO 4217; the company's when a rate comes without one), country
    ISO 3166-1 alpha-2, rating 0 to 5, satisfaction in per cent. The first skill is the primary one. Raises Refused
    without freelancer.manage, Refusal at the field for a value that cannot be or an address or id that is taken.
    Side effects: freelancer, skill rows, event `freelancer.created`.
    """
    require(actor, Capability.FREELANCER_MANAGE)
    tidy = _tidy({**details, "name": name})
    freelancer = Freelancer(**{field: _value_of(field, value) for field, value in tidy.items()})
    _save(freelancer)
    skill_service.set_skills(freelancer=freelancer, names=skills)
    events.announce("freelancer.created", freelancer, actor=actor, source=freelancer.source)
    return freelancer


@transaction.atomic
def update_freelancer(
    *, freelancer: Freelancer, actor: Actor, skills: Iterable[str] | None = None, **details: Any
) -> Freelancer:
    """Change what is given and leave the rest. Values and refusals as in `create_freelancer`; skills None: unchanged.

    Event `freelancer.updated` with the names of the changed fields; nothing when nothing differs.
    """
    require(actor, Capability.FREELANCER_MANAGE)
    changed = _apply(freelancer, _tidy(details))
    if skills is not None and skill_service.set_skills(freelancer=freelancer, names=skills):
        changed.append("skills")
    if changed:
        events.announce("freelancer.updated", freelancer, actor=actor, fields=changed)
    return freelancer


@transaction.atomic
def update_own_profile(
    *, freelancer: Freelancer, actor: Actor, phone: str, headline: str, state: str, language: str = ""
) -> Freelancer:
    """What a guest may say about themselves: reachable at, what they do, whether they look for work.

    Raises Refusal for somebody else's entry, and for a person who was blocked by the company. Event `freelancer.updated`.
    """
    if actor.membership_id is None or freelancer.membership_id != actor.membership_id:
        raise Refusal("This is not your profile.")
    if Freelancer.State.BLOCKED in {state, freelancer.state} and state != freelancer.state:
        raise Refusal("This cannot be changed here.", field="state", remedy="Ask your contact at the company.")
    wanted = {"phone": phone, "headline": headline, "state": state, "language": language}
    if changed := _apply(freelancer, _tidy(wanted)):
        events.announce("freelancer.updated", freelancer, actor=actor, fields=changed)
    return freelancer


@transaction.atomic
def import_freelancer(*, values: Mapping[str, Any], actor: Actor) -> tuple[Freelancer, dict[str, Any] | None]:
    """Bring in one row of a file: a new person, or what the file says about a known one.

    Known by external_id, else e-mail, else by an exact fingerprint. An empty value is “not told” and erases nothing;
    skills are added, never taken. Returns the person and what stood there before, ready for JSON: None for a new
    person, {} when nothing changed, else the old values of the changed fields. Raises as `create_freelancer`.
    """
    require(actor, Capability.FREELANCER_MANAGE)
    told = {key: value for key, value in _tidy(values).items() if value not in {None, ""}}
    skills = list(values.get("skills") or [])
    known = _known(told)
    if known is None:
        if not told.get("name"):
            raise Refusal("The name is missing.", field="name", remedy="Give each row a name.", code="required")
        return create_freelancer(actor=actor, skills=skills, **told), None
    if known.state == Freelancer.State.BLOCKED:
        told.pop("state", None)  # a file never lifts a block that a person has set
    old = snapshot(known)
    changed = _apply(known, told)
    if skill_service.add_skills(freelancer=known, names=skills):
        changed.append("skills")
    if changed:
        events.announce("freelancer.updated", known, actor=actor, fields=changed)
    return known, {key: old[key] for key in changed}


@transaction.atomic
def undo_import(
    *, freelancer: Freelancer, before: Mapping[str, Any] | None, after: Mapping[str, Any], actor: Actor
) -> None:
    """Take back what `import_freelancer` did to one person: `before` as it returned it, `after` as `snapshot` said then.

    Raises Refusal, with the reason to show at the row, when the person is used by now or was changed since; then
    nothing happens.
    """
    require(actor, Capability.FREELANCER_MANAGE)
    now = snapshot(freelancer)
    fields = after if before is None else before
    since = sorted(key for key in fields if now[key] != after[key])
    if since:
        raise Refusal(f"Changed since the import: {', '.join(since)}.", code="changed_since")
    if before is None:
        delete_if_unused(freelancer=freelancer, actor=actor)
        return
    details = {key: value for key, value in before.items() if key != "skills"}
    update_freelancer(freelancer=freelancer, actor=actor, skills=before.get("skills"), **details)


@transaction.atomic
def delete_if_unused(*, freelancer: Freelancer, actor: Actor) -> None:
    """Remove a person who was never put forward, engaged or invited. Raises Refusal otherwise.

    Side effects: the row and its skills and payout account go; event `freelancer.deleted`.
    """
    require(actor, Capability.FREELANCER_MANAGE)
    if freelancer.membership_id or freelancer.submissions.exists() or freelancer.engagements.exists():
        raise Refusal(
            f"{freelancer.name} was put forward, engaged or invited by now.",
            remedy="Mark the person as not available instead.",
            code="in_use",
        )
    events.announce("freelancer.deleted", freelancer, actor=actor)
    freelancer.delete()


@transaction.atomic
def link_membership(*, freelancer: Freelancer, membership: Membership, actor: Actor) -> Freelancer:
    """Say that this person of the directory is that guest of the portal. Doing it twice is fine.

    Raises Refusal when either is linked to somebody else. Event `freelancer.joined`.
    """
    if freelancer.membership_id == membership.pk:
        return freelancer
    taken = Freelancer.objects.filter(membership=membership).exclude(pk=freelancer.pk).exists()
    if freelancer.membership_id is not None or taken:
        raise Refusal(f"{freelancer.name} is linked to another guest.", remedy="Ask an administrator.", code="linked")
    freelancer.membership = membership
    freelancer.save(update_fields=["membership"])
    events.announce("freelancer.joined", freelancer, actor=actor, membership_id=membership.pk)
    return freelancer


def snapshot(freelancer: Freelancer) -> dict[str, Any]:
    """All DETAILS and the skills of a person, ready for JSON."""
    plain = {field: getattr(freelancer, field) for field in DETAILS}
    return {
        **{field: str(value) if isinstance(value, Decimal) else value for field, value in plain.items()},
        "skills": skill_service.names_of(freelancer),
    }


def _tidy(details: Mapping[str, Any]) -> dict[str, Any]:
    """Known fields only, in the form in which they are compared and stored."""
    unknown = set(details) - set(DETAILS) - {"skills"}
    if unknown:
        msg = f"A freelancer has no {', '.join(sorted(unknown))}."
        raise TypeError(msg)
    tidy = {
        key: " ".join(value.split()) if isinstance(value, str) else value
        for key, value in details.items()
        if key in DETAILS
    }
    for field, form in (("email", str.lower), ("country", str.upper), ("currency", str.upper)):
        if tidy.get(field):
            tidy[field] = form(tidy[field])
    return tidy


def _known(told: Mapping[str, Any]) -> Freelancer | None:
    people = Freelancer.objects.order_by("pk")
    for key in ("external_id", "email"):
        if told.get(key) and (found := people.filter(**{key: told[key]}).first()):
            return found
    if told.get("external_id") or told.get("email") or not told.get("name"):
        return None
    return people.filter(**{key: told[key] for key in FINGERPRINT if key in told}).first()


def _apply(freelancer: Freelancer, details: Mapping[str, Any]) -> list[str]:
    """Write the values that differ; returns their names."""
    # As the field reads it: "12.50" and Decimal("12.5") are one value.
    values = {field: _value_of(field, value) for field, value in details.items()}
    changed = [field for field, value in values.items() if getattr(freelancer, field) != value]
    for field in changed:
        setattr(freelancer, field, values[field])
    if changed:
        _save(freelancer, fields=changed)
    return changed


def _value_of(field: str, value: Any) -> Any:
    """The value as the column keeps it: cents and two places of a rating."""
    try:
        value = cast("Field[Any, Any]", Freelancer._meta.get_field(field)).to_python(value)
        return value.quantize(CENT, ROUND_HALF_UP) if isinstance(value, Decimal) else value
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field=field, code="invalid") from error


def _save(freelancer: Freelancer, *, fields: list[str] | None = None) -> None:
    """Check, then insert, or write only `fields`. Database refusals become refusals at the field."""
    if freelancer.hourly_rate is not None and not freelancer.currency:
        freelancer.currency = freelancer.tenant.currency
        fields = fields and [*fields, "currency"]
    others = [field.name for field in Freelancer._meta.fields if field.name not in DETAILS]
    try:
        freelancer.clean_fields(exclude=others)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refusal(" ".join(messages), field=field, code="invalid") from error
    if freelancer.rating is not None and not 0 <= freelancer.rating <= 5:
        raise Refusal("A rating is between 0 and 5.", field="rating", code="invalid")
    if freelancer.hourly_rate is not None and freelancer.hourly_rate < 0:
        raise Refusal("A rate cannot be below zero.", field="hourly_rate", code="invalid")
    freelancer.updated_at = timezone.now()
    try:
        with transaction.atomic():
            freelancer.save(update_fields=fields and [*fields, "updated_at"])
    except IntegrityError as error:
        for constraint, (field, message) in _CLASHES.items():
            if constraint in str(error):
                raise Refusal(message, field=field, remedy="Change that entry instead.", code="taken") from error
        raise
