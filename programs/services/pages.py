"""Knowledge pages: written in versions that never change, read and confirmed."""

from collections.abc import Collection
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import SYSTEM_ROLES, Capability, require
from programs.models import KnowledgePage, PageRead, PageVersion, Program

MAX_LENGTH = 50_000  # characters; far beyond what anybody reads


@transaction.atomic
def create_page(
    *,
    program: Program | None,
    title: str,
    body: str,
    required_roles: Collection[str],
    review_on: date | None,
    actor: Actor,
) -> KnowledgePage:
    """A new page of a program, or of the whole company (`program` None). Its address comes from the title.

    `body` is Markdown; `required_roles` are keys of roles of employees. Raises Refused without page.edit, Refusal for an
    empty title or text, or a company page by somebody limited to some programs. Event `page.created`.
    """
    require(actor, Capability.PAGE_EDIT)
    title, body = _words(title, body)
    if program is None and actor.programs is not None:
        raise Refusal("Your rights end at your own programs.", field="program", remedy="Choose one of them.")
    author = _author(actor)
    last = (
        KnowledgePage.objects.filter(program=program).order_by("-position").values_list("position", flat=True).first()
    )
    page = KnowledgePage.objects.create(
        program=program,
        slug=_free_slug(title),
        title=title,
        required_roles=_roles(required_roles),
        review_on=review_on,
        position=0 if last is None else last + 1,
        owner=author,
    )
    PageVersion.objects.create(page=page, number=1, body=body, author=author)
    events.announce("page.created", page, actor=actor)
    return page


@transaction.atomic
def update_page(
    *,
    page: KnowledgePage,
    based_on: int,
    title: str,
    body: str,
    required_roles: Collection[str],
    review_on: date | None,
    is_minor: bool = False,
    actor: Actor,
) -> KnowledgePage:
    """Write the next version of a page; older ones stay as they were.

    `based_on` is the version that the writer saw: when somebody has written another one since, nothing is changed and a
    Refusal with the code `edit_conflict` says who and when. After a change everybody it is required for reads the page
    again, unless `is_minor`: then who had read the last version has read this one. Raises Refused without page.edit.
    Event `page.updated` with `{version, minor}`.
    """
    require(actor, Capability.PAGE_EDIT)
    title, body = _words(title, body)
    author = _author(actor)
    updated = KnowledgePage.objects.filter(pk=page.pk, version=based_on).update(
        version=F("version") + 1,
        title=title,
        required_roles=_roles(required_roles),
        review_on=review_on,
        updated_at=timezone.now(),
    )
    if not updated:
        raise _conflict(page)
    page.refresh_from_db()
    PageVersion.objects.create(page=page, number=page.version, body=body, author=author)
    if is_minor:
        readers = PageRead.objects.filter(page=page, version=based_on).values_list("membership_id", flat=True)
        PageRead.objects.bulk_create(
            [PageRead(page=page, membership_id=reader, version=page.version) for reader in readers],
            ignore_conflicts=True,
        )
    events.announce("page.updated", page, actor=actor, version=page.version, minor=is_minor)
    return page


@transaction.atomic
def confirm_page(*, page: KnowledgePage, review_on: date, actor: Actor) -> KnowledgePage:
    """Say that a page was looked at and is right, and when it is looked at next; its text and version stay.

    Raises Refused without page.edit, Refusal for a day that is not in the future (company's time zone). Event
    `page.reviewed`.
    """
    require(actor, Capability.PAGE_EDIT)
    if review_on <= timezone.localdate(timezone=ZoneInfo(page.tenant.time_zone)):
        raise Refusal("The next look is in the future.", field="review_on", remedy="Choose a later day.", code="dates")
    page.review_on = review_on
    page.save(update_fields=["review_on"])
    events.announce("page.reviewed", page, actor=actor, review_on=review_on.isoformat())
    return page


@transaction.atomic
def mark_read(*, page: KnowledgePage, version: int, actor: Actor) -> PageRead:
    """Keep that the actor has read a version of a page; doing it twice keeps the first time. Event `page.read`.

    Raises Refusal for a version that there is not, or when no person acts.
    """
    require(actor, Capability.PAGE_SEE)
    if actor.membership_id is None:
        raise Refusal("Only a person can read a page.")
    if not 1 <= version <= page.version:
        raise Refusal("There is no such version of this page.", remedy="Reload the page and read it again.")
    read, is_new = PageRead.objects.get_or_create(page=page, membership_id=actor.membership_id, version=version)
    if is_new:
        events.announce("page.read", page, actor=actor, version=version)
    return read


def _words(title: str, body: str) -> tuple[str, str]:
    title, body = title.strip(), body.strip().replace("\r\n", "\n")
    if not title:
        raise Refusal("The page needs a title.", field="title")
    if not body:
        raise Refusal("The page needs a text.", field="body")
    if len(body) > MAX_LENGTH:
        raise Refusal(
            f"The text is longer than {MAX_LENGTH:,} characters.", field="body", remedy="Make two pages of it."
        )
    return title, body


def _roles(keys: Collection[str]) -> list[str]:
    """Roles of employees only: guests do not see knowledge pages. Custom roles count by their own key."""
    guests = {key for key, spec in SYSTEM_ROLES.items() if spec.is_guest}
    return sorted(set(keys) - guests)


def _author(actor: Actor) -> Membership:
    author = Membership.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if author is None:
        raise Refusal("A page needs a person who answers for it.")
    return author


def _free_slug(title: str) -> str:
    base = slugify(title)[:70] or "page"
    taken = {"new"} | set(KnowledgePage.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _conflict(page: KnowledgePage) -> Refusal:
    newest = PageVersion.objects.select_related("author__user").filter(page=page).order_by("-number").first()
    assert newest is not None  # a page never is without a version
    return Refusal(
        f"{newest.author} has saved version {newest.number} while you were writing.",
        field="body",
        remedy="Your text is still here. Compare it with the new version below, bring both together and save again.",
        code="edit_conflict",
    )
