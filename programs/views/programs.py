"""Programs: the list, a launch, one program with what is left to do."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, when
from programs.access import access_program, visible_pages, visible_programs
from programs.forms import LaunchForm, TickForm
from programs.models import LaunchItem, Program
from programs.packs import PACKS, Pack
from programs.selectors import approval_limit, people_of, with_reading
from programs.services import launch_checks
from programs.services.programs import go_live, item_link, launch_program, tick_item, untick_item

SHOWN_PEOPLE = 12
SHOWN_BUDGETS = 6


class ProgramFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Program.State)
    lookups = {"state": "state__in"}
    search_fields = ("name", "purpose")


PROGRAMS = ListPage(
    key="programs",
    title="Programs",
    lead="Managed freelance initiatives, each with its owner, budget, rules and figures.",
    noun=("program", "programs"),
    columns=(
        Column(
            "name",
            "Program",
            value=lambda program: format_html('<span class="ref">{}</span>{}', program.ref, program.name),
            sort="name",
        ),
        Column("owner__user__name", "Owner", cell="person"),
        Column("legal_entity__name", "Legal entity"),
        Column("state", "State", value=lambda program: chip(program.state, "program"), cell="state"),
        Column("created_at", "Launched", value=lambda program: when(program.created_at), sort="launched", cell="extra"),
    ),
    filters=ProgramFilters,
    sorts={"launched": ("created_at", "Launched"), "name": ("name", "Name")},
    default_sort="-launched",
    row_link=lambda program: tenant_url("program_detail", number=program.number),
    row_key="number",
    row_label=lambda program: program.ref,
    tabs=(Tab("All"), Tab("Being set up", "state=draft"), Tab("Live", "state=live")),
    actions=(PageAction("Launch a program", "program_launch", Capability.PROGRAM_MANAGE, icon="rocket"),),
    empty=Empty(
        "No programs yet",
        "Launch one from a pack: knowledge pages, roles, checklists, a budget and key figures appear in one step.",
        icon="rocket",
    ),
)


@console
@list_methods
def program_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.PROGRAM_SEE)
    programs = visible_programs(request.actor).select_related("owner__user", "legal_entity")
    return list_page(request, PROGRAMS, programs)


@console
@require_safe
def program_launch(request: HubRequest) -> HttpResponseBase:
    """The choice of a pack."""
    require(request.actor, Capability.PROGRAM_MANAGE)
    return render(request, "programs/program_launch.html", {"packs": list(PACKS.values())})


@console
@require_http_methods(["GET", "HEAD", "POST"])
def program_launch_pack(request: HubRequest, pack: str) -> HttpResponseBase:
    """The questions of a launch, with what will appear beside them."""
    require(request.actor, Capability.PROGRAM_MANAGE)
    chosen = _pack(pack)
    form = LaunchForm(request.POST or None, pack=chosen, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            program = launch_program(pack_key=chosen.key, actor=request.actor, **form.cleaned_data)
            messages.success(
                request, f"{program.name} is set up. Its checklist shows what is left before it goes live."
            )
            return redirect_to(request, tenant_url("program_detail", number=program.number))
    return render(
        request, "programs/program_form.html", {"form": form, "pack": chosen}, status=422 if form.errors else 200
    )


@console
@require_safe
def program_detail(request: HubRequest, number: int) -> HttpResponseBase:
    program = access_program(request.actor, number)
    return render(request, "programs/program_detail.html", _detail(request, program))


@console
@require_POST
def program_go_live(request: HubRequest, number: int) -> HttpResponseBase:
    program = access_program(request.actor, number, to=Capability.PROGRAM_MANAGE)
    with refusals_told(request):
        go_live(program=program, actor=request.actor)
        messages.success(request, f"{program.name} is live.")
    return redirect_to(request, tenant_url("program_detail", number=number))


@console
@require_POST
def launch_item_tick(request: HubRequest, number: int, key: str) -> HttpResponseBase:
    """Tick a line of the checklist (`done=on`) or take the tick back."""
    program = access_program(request.actor, number, to=Capability.PROGRAM_MANAGE)
    item = program.launch_items.filter(key=key).first()
    if item is None:
        raise Http404
    form = TickForm(request.POST)
    form.full_clean()
    service = tick_item if form.cleaned_data.get("done") else untick_item
    with refusals_told(request):
        service(item=item, actor=request.actor)
    return redirect_to(request, f"{tenant_url('program_detail', number=number)}#checklist")


def _pack(key: str) -> Pack:
    try:
        return PACKS[key]
    except KeyError as error:
        raise Http404 from error


def _detail(request: HubRequest, program: Program) -> dict[str, Any]:
    actor = request.actor
    sees_budget = actor.can(Capability.BUDGET_SEE)  # of a program that is visible already
    items = launch_checks.answered(program)
    open_items = [item for item in items if not item.is_done]
    pages = visible_pages(actor).filter(program=program)
    people = people_of(program) if actor.can(Capability.PEOPLE_SEE) else []
    return {
        "program": program,
        "pack": PACKS.get(program.pack_key),
        "lines": [_line(item) for item in items],
        "lines_done": len(items) - len(open_items),
        "is_ready": not any(item.is_required for item in open_items),
        "may_manage": actor.can(Capability.PROGRAM_MANAGE),
        "sees_budget": sees_budget,
        "budgets": program.periods[:SHOWN_BUDGETS] if sees_budget else [],
        "limit": approval_limit(program),
        "pages": with_reading(pages, membership_id=actor.membership_id, role_keys=actor.role_keys).order_by(
            "position", "pk"
        ),
        "people": people[:SHOWN_PEOPLE],
        "people_more": max(len(people) - SHOWN_PEOPLE, 0),
    }


def _line(item: LaunchItem) -> dict[str, Any]:
    """A line of the checklist as the `step` component shows it."""
    if item.is_done:
        who = f"{item.done_by}, {date_format(item.done_at, 'j M')}" if item.done_by and item.done_at else ""
        return {"item": item, "title": item.title, "state": "done", "note": item.note or who, "link": item_link(item)}
    state, title = ("active", item.title) if item.is_required else ("waiting", f"{item.title} (optional)")
    return {"item": item, "title": title, "state": state, "note": item.note or item.help, "link": item_link(item)}
