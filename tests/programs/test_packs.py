"""Launch packs are data that is checked when it is loaded."""

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.kpis import kpis
from freelance_hub.markdown import render
from freelance_hub.permissions import SYSTEM_ROLES
from programs.models import LaunchItem, Program
from programs.packs import PACKS, KpiTarget, LaunchItemSpec, PageSpec
from programs.packs.schema import BadPack
from programs.services import launch_checks
from programs.services.programs import item_link
from workflows.playbooks import shipped

PILOT = PACKS["pilot"]
SIX = {
    "time_to_fill",
    "time_to_onboard",
    "on_time_delivery",
    "first_pass_acceptance",
    "budget_burn",
    "invoice_cycle_time",
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_every_page_is_worth_reading_and_short_enough(pack):
    for page in pack.pages:
        body = pack.bodies[page.slug]
        assert 200 <= len(body.split()) <= 500, page.slug
        assert "# " not in body.splitlines()[0], f"{page.slug}: the title stands above the page already"
        assert "<h3>" in render(body), page.slug


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_every_text_in_the_folder_is_used(pack):
    assert {path.stem for path in pack.folder.glob("*.md")} == {page.slug for page in pack.pages}


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_guests_are_never_asked_to_read_pages_they_cannot_see(pack):
    for page in pack.pages:
        assert not [role for role in page.required_for if SYSTEM_ROLES[role].is_guest]


def test_the_pilot_has_the_six_figures_and_every_workflow_of_a_program():
    assert {kpi.key for kpi in PILOT.kpis} == SIX
    assert PILOT.playbooks == [
        "requisition_approval",
        "onboarding",
        "extension",
        "amendment",
        "invoice_approval",
        "document_renewal",
        "offboarding",
    ]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"pages": (PageSpec("not-there", "Nothing"),)}, "no text"),
        ({"pages": (PILOT.pages[0], PILOT.pages[0])}, "twice"),
        ({"pages": (PageSpec("Not A Key", "Nothing"),)}, "no key"),
        ({"roles": ("emperor",)}, "emperor"),
        ({"budget": Decimal(0)}, "budget"),
        ({"budget_months": 0}, "budget"),
        ({"kpis": (PILOT.kpis[0], PILOT.kpis[0])}, "twice"),
        ({"launch_items": (LaunchItemSpec("?", "", ""),)}, "no key"),
    ],
)
def test_a_wrong_pack_fails_when_it_is_loaded(changes, complaint):
    with pytest.raises(BadPack, match=complaint):
        dataclasses.replace(PILOT, **changes)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (KpiTarget("a", "A", Decimal("0.85"), Decimal("0.1"), "share", "high"), "at least 85 %"),
        (KpiTarget("b", "B", Decimal(20), Decimal(2), "days", "low"), "at most 20 days"),
    ],
)
def test_targets_read_as_words(target, words):
    assert target.in_words == words


def test_the_documentation_names_every_pack_and_every_check():
    text = (Path(__file__).parents[2] / "docs" / "packs.md").read_text()

    assert not [pack.name for pack in PACKS.values() if f"**{pack.name}**" not in text]
    assert not [key for key in launch_checks._checks if f"`{key}`" not in text]


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_every_check_and_every_page_of_the_launch_checklist_is_there(pack, acme):
    with acme.enter():
        for spec in pack.launch_items:
            assert not spec.check or spec.check in launch_checks._checks, spec.key
            item = LaunchItem(key=spec.key, route=spec.route, program=Program(number=1))
            assert bool(item_link(item)) == bool(spec.route), spec.key


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_every_playbook_and_every_figure_is_known_to_who_makes_them(pack):
    assert set(pack.playbooks) <= set(shipped())
    assert {kpi.key for kpi in pack.kpis} <= set(kpis)
