"""The house rules that a machine can hold: sizes, floors, migrations, documents, nothing of one machine in the tree."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

ROOT = Path(settings.BASE_DIR)
APPS = ("freelance_hub", "programs", "talent", "workflows", "analytics")
PUBLIC = {"models", "selectors", "services", "access", "events"}  # what an app shows to the apps above it
LONGEST = 400
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    check=True,
    capture_output=True,
    text=True,
)
TREE = [path for line in LISTED.stdout.splitlines() if (path := ROOT / line).is_file()]
SOURCES = [path for path in TREE if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in {*APPS, "manage.py"}]
TEXTS = [
    path
    for path in TREE
    if path.suffix in {".py", ".md", ".toml", ".yml", ".html", ".css", ".js", ".txt", ".sql", ".sh", ""}
]


def name(path):
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long():
    kinds = {".py", ".html", ".css", ".js", ".sql"}
    files = [
        path for path in TREE if path.suffix in kinds and "migrations" not in path.parts and "vendor" not in path.parts
    ]

    assert [f"{name(path)}: {count}" for path in files if (count := lines_in(path)) > LONGEST] == []


def lines_in(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_import_contracts_hold():
    result = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout[result.stdout.find("Contracts") :]


def test_apps_enter_each_other_by_the_front_door():
    """From another app: its models, selectors, services, access, events. The platform is everybody's ground."""
    backdoors = [
        f"{name(path)}:{line}: {module}"
        for path in SOURCES
        for module, line in imported(path)
        if module.split(".")[0] in APPS[1:]
        and module.split(".")[0] != path.relative_to(ROOT).parts[0]
        and len(module.split(".")) > 1
        and module.split(".")[1] not in PUBLIC
    ]

    assert backdoors == []


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if "." in node.module:
                yield node.module, node.lineno
            else:
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_tasks_start_only_through_the_queue():
    """A task started any other way may run before its commit, or for a row that was rolled back."""
    starts = {"delay", "apply_async", "delay_on_commit", "send_task"}
    found = {name(path) for path in SOURCES for called in methods_called(path) if called in starts}

    assert found == {"freelance_hub/queue.py"}


def methods_called(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [call.func.attr for call in calls if isinstance(call.func, ast.Attribute)]


def test_no_model_orders_itself():
    ordered = re.compile(r"^        ordering\s*=", re.MULTILINE)

    assert [
        name(path) for path in SOURCES if "models" in str(path) and ordered.search(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_no_inline_script_or_style():
    """The security policy forbids them; so they would silently do nothing."""
    inline = re.compile(
        r"<style|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(ld\+)?json\")|\sstyle=|\son[a-z]+=|hx-on",
        re.IGNORECASE,
    )
    pages = [
        path for path in TREE if path.suffix == ".html" and "emails" not in path.parts
    ]  # mail clients know nothing else

    assert [
        f"{name(path)}: {found[0]}" for path in pages if (found := inline.search(path.read_text(encoding="utf-8")))
    ] == []


def test_no_third_party_host_in_pages():
    host = re.compile(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//")
    pages = [path for path in TREE if path.suffix in {".html", ".css"} and "emails" not in path.parts]

    assert [name(path) for path in pages if host.search(path.read_text(encoding="utf-8"))] == []


def test_tree_names_no_machine_and_no_registry():
    """Paths of somebody's machine and addresses of package mirrors do not belong into a repository."""
    words = ["/" + "work/", "/" + "root/", "/" + "home/", "index" + "-url", "artifact" + "ory", "trusted" + "-host"]
    machine = re.compile("|".join(f"(?<![\\w.])(?:{re.escape(word)})" for word in words))
    allowed = {"--no-emit-index-url"}
    found = [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if machine.search(line) and not any(word in line for word in allowed)
    ]

    assert found == []


def test_operations_page_names_each_environment_variable():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert sorted(variable for variable in variables_read() if f"`{variable}`" not in page) == []


def test_operations_page_names_no_variable_that_nobody_reads():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z][A-Z_]+)`", page, re.MULTILINE))

    assert sorted(listed - variables_read()) == []


def variables_read():
    """Every name that the settings and the development stand take from the environment."""
    readers = re.compile(
        r"""(?:env\.(?:text|required|flag|number|words)|environ(?:ment)?\.(?:get|setdefault)|is_set)\(\s*"([A-Z][A-Z_]+)\""""
    )
    found = {match for path in SOURCES for match in readers.findall(path.read_text(encoding="utf-8"))}
    return found - {"DJANGO_SETTINGS_MODULE"}


def test_documents_name_only_commands_and_targets_that_exist():
    documents = [path for path in TREE if path.suffix == ".md"] + [ROOT / "docker-compose.yml"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert sorted(set(re.findall(r"manage\.py ([a-z_]+)", text)) - set(get_commands())) == []
    assert sorted(set(re.findall(r"`make ([a-z-]+)", text)) - targets) == []


def test_every_make_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    told = re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)

    assert sorted(told) == sorted(phony.split())
