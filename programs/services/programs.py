"""Programs: launched from a pack, set up along a checklist, taken live."""

import calendar
from datetime import date
from decimal import Decimal

import pycountry
from django.db import transaction
from django.urls import NoReverseMatch
from django.utils import timezone

from freelance_hub import events, gates
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import LegalEntity, Membership, OrgUnit
from freelance_hub.numbers import next_number
from freelance_hub.permissions import Capability, require
from freelance_hub.services.notifications import notify
from freelance_hub.states import Transition, change_state, machine
from programs.models import Budget, KnowledgePage, LaunchItem, PageVersion, Program
from programs.packs import PACKS, Pack
from programs.services import launch_checks

State = Program.State

machine(
    "program",
    "programs.Program",
    Transition((State.DRAFT,), State.LIVE, "programs.go_live", Capability.PROGRAM_MANAGE),
)


@transaction.atomic
def launch_program(
    *,
    pack_key: str,
    name: str,
    purpose: str,
    owner: Membership,
    legal_entity: LegalEntity,
    org_unit: OrgUnit | None,
    currency: str,
    budget_amount: Decimal,
    budget_starts_on: date,
    budget_ends_on: date,
    approval_limit: Decimal,
    actor: Actor,
) -> Program:
    """Start a program from a pack: the program in state draft, its first budget, knowledge pages and launch checklist.

    `currency` ISO 4217; `budget_amount` and `approval_limit` in it; the period in whole days, last day included.
    Event `program.launched` with payload `{pack, version, playbooks: [key], kpis: [{key, target, band}]}` (numbers as
    text): workflows and analytics make checklists and targets from it in this transaction. Side effects besides: the
    owner is notified. Raises Refused without program.manage, Refusal for an unknown pack, a name in use, an owner who is
    no active employee, wrong money or dates, or an actor who is limited to some programs.
    """
    require(actor, Capability.PROGRAM_MANAGE)
    if actor.programs is not None:
        raise Refusal(
            "Your rights end at your own programs.", remedy="Ask somebody who manages all programs to launch it."
        )
    pack = _pack(pack_key)
    name = name.strip()
    _check_launch(name=name, owner=owner, currency=currency, limit=approval_limit)
    program = Program.objects.create(
        number=next_number("program"),
        name=name,
        purpose=purpose.strip(),
        pack_key=pack.key,
        pack_version=pack.version,
        owner=owner,
        legal_entity=legal_entity,
        org_unit=org_unit,
        currency=currency,
        settings={"approval_limit": str(approval_limit)},
    )
    _set_first_budget(program, amount=budget_amount, starts_on=budget_starts_on, ends_on=budget_ends_on)
    _make_pages(program, pack, owner=owner)
    _make_checklist(program, pack)
    events.announce(
        "program.launched",
        program,
        actor=actor,
        pack=pack.key,
        version=pack.version,
        playbooks=pack.playbooks,
        kpis=[kpi.as_payload() for kpi in pack.kpis],
    )
    if owner.pk != actor.person_id:
        notify(
            membership=owner,
            kind="program",
            title=f"You own the new program “{program.name}”",
            body="Its launch checklist shows what is left before it goes live.",
            link=_link(program),
        )
    return program


@transaction.atomic
def go_live(*, program: Program, actor: Actor) -> Program:
    """Take a program live when every required line of its checklist is done and no gate (`program.go_live`) objects.

    Raises Refused without program.manage, Refusal naming what is missing, or when it is live already. Event
    `program.went_live`.
    """
    require(actor, Capability.PROGRAM_MANAGE)
    missing = [item.title for item in launch_checks.answered(program) if item.is_required and not item.is_done]
    if missing and program.state == State.DRAFT:
        raise Refusal(
            f"Not yet: {len(missing)} required {'line' if len(missing) == 1 else 'lines'} of the checklist "
            f"{'is' if len(missing) == 1 else 'are'} open.",
            remedy="Still to do: " + "; ".join(missing) + ".",
            code="launch_incomplete",
        )
    gates.pass_or_refuse("program.go_live", program, actor=actor)
    change_state(program, source=State.DRAFT, target=State.LIVE, live_at=timezone.now())
    events.announce("program.went_live", program, actor=actor)
    return program


@transaction.atomic
def tick_item(*, item: LaunchItem, actor: Actor) -> LaunchItem:
    """Mark a line of the launch checklist as done; doing it twice keeps the first name. Event `launch_item.ticked`.

    Raises Refused without program.manage, Refusal for a line that ticks itself.
    """
    require(actor, Capability.PROGRAM_MANAGE)
    if launch_checks.is_automatic(item):
        raise Refusal("This line ticks itself when the fact is there.", remedy="Follow its link to do it.")
    changed = LaunchItem.objects.filter(pk=item.pk, done_at=None).update(
        done_at=timezone.now(), done_by_id=actor.person_id
    )
    item.refresh_from_db(fields=["done_at", "done_by"])
    if changed:
        events.announce("launch_item.ticked", item, actor=actor, key=item.key)
    return item


@transaction.atomic
def untick_item(*, item: LaunchItem, actor: Actor) -> LaunchItem:
    """Take the mark back. Event `launch_item.unticked`. Raises Refused without program.manage."""
    require(actor, Capability.PROGRAM_MANAGE)
    changed = LaunchItem.objects.filter(pk=item.pk).exclude(done_at=None).update(done_at=None, done_by=None)
    item.refresh_from_db(fields=["done_at", "done_by"])
    if changed:
        events.announce("launch_item.unticked", item, actor=actor, key=item.key)
    return item


def item_link(item: LaunchItem) -> str:
    """The address where the line is done; empty when this installation has no such page."""
    for arguments in ({}, {"number": item.program.number}):
        try:
            return tenant_url(item.route, **arguments) if item.route else ""
        except NoReverseMatch:
            continue
    return ""


def months_later(day: date, months: int) -> date:
    """The same day some months later; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _pack(key: str) -> Pack:
    try:
        return PACKS[key]
    except KeyError as error:
        raise Refusal("There is no such launch pack.", field="pack_key", remedy="Choose one of those shown.") from error


@transaction.atomic
def change_owner(*, program: Program, owner: Membership, actor: Actor) -> Program:
    """Somebody else runs the program from now on. The same person twice is fine.

    Raises Refused without program.manage, Refusal for who is no active employee. Event `program.owner_changed` with who had
    it before.
    """
    require(actor, Capability.PROGRAM_MANAGE)
    before = program.owner_id
    if before == owner.pk:
        return program
    if owner.state != Membership.State.ACTIVE or owner.kind != Membership.Kind.STAFF:
        raise Refusal(f"{owner} is not an active employee.", field="owner", remedy="Choose somebody else.")
    program.owner = owner
    program.save(update_fields=["owner"])
    events.announce("program.owner_changed", program, actor=actor, before_id=before, owner_id=owner.pk)
    return program


def _check_launch(*, name: str, owner: Membership, currency: str, limit: Decimal) -> None:
    if not name:
        raise Refusal("The program needs a name.", field="name")
    if Program.objects.filter(name__iexact=name).exists():
        raise Refusal(f"There is a program “{name}” already.", field="name", remedy="Choose another name.")
    if owner.state != Membership.State.ACTIVE or owner.kind != Membership.Kind.STAFF:
        raise Refusal(f"{owner} is not an active employee.", field="owner", remedy="Choose somebody else.")
    if not pycountry.currencies.get(alpha_3=currency):
        raise Refusal(f"“{currency}” is no currency.", field="currency", remedy="Use its three letters, such as EUR.")
    if limit < 0:
        raise Refusal("The limit cannot be below zero.", field="approval_limit")


def _set_first_budget(program: Program, *, amount: Decimal, starts_on: date, ends_on: date) -> None:
    if amount < 0:
        raise Refusal("The budget cannot be below zero.", field="budget_amount")
    if ends_on < starts_on:
        raise Refusal("The period ends before it starts.", field="budget_ends_on")
    Budget.objects.create(
        program=program, amount=amount, starts_on=starts_on, ends_on=ends_on, currency=program.currency
    )


def _make_pages(program: Program, pack: Pack, *, owner: Membership) -> None:
    """One knowledge page for each of the pack. A slug that another program has taken gets this program's number."""
    taken = set(
        KnowledgePage.objects.filter(slug__in=[spec.slug for spec in pack.pages]).values_list("slug", flat=True)
    )
    today = timezone.localdate()
    pages = [
        KnowledgePage(
            program=program,
            slug=f"{spec.slug}-{program.number}" if spec.slug in taken else spec.slug,
            title=spec.title,
            required_roles=list(spec.required_for),
            review_on=months_later(today, spec.review_months),
            position=position,
            owner=owner,
        )
        for position, spec in enumerate(pack.pages)
    ]
    KnowledgePage.objects.bulk_create(pages)
    texts = zip(pages, pack.pages, strict=True)
    PageVersion.objects.bulk_create(
        [PageVersion(page=page, number=1, body=pack.bodies[spec.slug], author=owner) for page, spec in texts]
    )


def _make_checklist(program: Program, pack: Pack) -> None:
    LaunchItem.objects.bulk_create(
        [
            LaunchItem(
                program=program,
                key=spec.key,
                title=spec.title,
                help=spec.help,
                position=position,
                route=spec.route,
                is_required=spec.required,
                check_key=spec.check,
            )
            for position, spec in enumerate(pack.launch_items)
        ]
    )


def _link(program: Program) -> str:
    return tenant_url("program_detail", tenant=program.tenant.slug, number=program.number)
