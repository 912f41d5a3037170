"""The docs say what the code does: states are drawn from the tables, tests that security.md names exist."""

import re
from importlib import import_module
from pathlib import Path

from django.apps import apps

from freelance_hub.states import machines

ROOT = Path(__file__).resolve().parents[2]

for file in sorted(ROOT.glob("*/**/*.py")):  # machines register when their module is loaded
    module = file.relative_to(ROOT).with_suffix("")
    if (
        module.parts[0] in {"freelance_hub", "programs", "talent", "workflows", "analytics"}
        and "machine(" in file.read_text()
    ):
        import_module(".".join(module.parts))


INTRODUCTION = """# States

Drawn from the `machine(…)` tables in the code by tests/architecture/test_docs.py. A transition is
compare-and-set: of two clicks one wins, the other is told what happened.
"""


def states_page() -> str:
    """docs/states.md as the machines say it; run `UPDATE_DOCS=1 make test ARGS=tests/architecture/test_docs.py`."""
    parts = [INTRODUCTION]
    for noun, machine in sorted(machines.items()):
        labels = dict(apps.get_model(machine.model)._meta.get_field("state").flatchoices)
        parts.append(f"\n## {noun.capitalize()}\n\n| from | to | by | needs |\n|---|---|---|---|\n")
        for step in machine.transitions:
            sources = ", ".join(str(labels[source]) for source in step.sources)
            needs = f"`{step.capability}`" if step.capability else "automation only"
            parts.append(f"| {sources} | {labels[step.target]} | `{step.service}` | {needs} |\n")
    return "".join(parts)


def test_the_page_of_states_is_what_the_code_says():
    import os

    page = ROOT / "docs" / "states.md"
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(states_page(), encoding="utf-8")

    assert page.read_text(encoding="utf-8") == states_page()


def test_every_service_of_a_machine_exists():
    found = {
        name
        for path in ROOT.glob("*/services/*.py")
        for name in re.findall(r"^def (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = {
        service.strip().rpartition(".")[2]
        for machine in machines.values()
        for step in machine.transitions
        for service in step.service.split(",")
    }

    assert sorted(named - found) == []


def test_every_test_that_the_security_page_names_exists():
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)

    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]

    assert named
    assert missing == []


def test_links_between_docs_lead_somewhere():
    broken = [
        f"{page.name}: {target}"
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http", "mailto")) and not (page.parent / target).exists()
    ]

    assert broken == []
