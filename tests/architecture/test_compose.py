"""docker-compose.yml against the code: there is no Docker engine here, so we compare what can be compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from freelance_hub import metrics, schedule
from freelance_hub.management.commands.up import children
from tests.architecture.test_house import variables_read

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "freelance-hub"}
PROCESSES = {child.name: list(child.command) for child in children("0.0.0.0", 8000)}
SECRET_VARIABLES = {
    *("SECRET_KEY", "MASTER_KEY", "DATABASE_URL", "OWNER_DATABASE_URL", "PLATFORM_DATABASE_URL"),
    *("BROKER_URL", "MAIL_URL", "METRICS_TOKEN"),
}


def test_services_are_the_processes_of_make_up_and_what_they_stand_on():
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "proxy", *PROCESSES}
    assert set(OURS) == {"migrate", *PROCESSES}


@pytest.mark.parametrize("name", PROCESSES)
def test_command_is_the_one_of_make_up(name):
    _python, *words = PROCESSES[name]
    if words[0] == "-W":  # only for root, who does not run the container
        words = words[2:]

    assert SERVICES[name]["command"] == ["python", *words]


def test_migrate_runs_a_command_as_the_owner_of_the_tables():
    migrate = SERVICES["migrate"]

    assert migrate["command"][:2] == ["python", "manage.py"]
    assert migrate["command"][2] in get_commands()
    assert migrate["environment"]["FH_DATABASE_ROLE"] == "owner"
    assert "owner_database_url" in migrate["secrets"]


def test_only_migrate_knows_the_owner():
    assert [name for name, service in OURS.items() if "owner_database_url" in service["secrets"]] == ["migrate"]


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_read_by_the_settings(name):
    named = {variable.removesuffix("_FILE") for variable in OURS[name]["environment"]}

    assert sorted(named - variables_read()) == []


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_only_by_file(name):
    service = OURS[name]
    by_value = SECRET_VARIABLES & set(service["environment"])
    files = {value for variable, value in service["environment"].items() if variable.endswith("_FILE")}

    assert by_value == set()
    assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}


def test_each_secret_is_declared_as_a_file_outside_the_repository():
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert used == set(COMPOSE["secrets"])
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == {f"./secrets/{name}" for name in used}
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_workers_empty_every_queue():
    queues = {
        queue
        for service in OURS.values()
        if "-Q" in service["command"]
        for queue in service["command"][service["command"].index("-Q") + 1].split(",")
    }

    assert queues == set(metrics.QUEUES)
    assert {entry["options"]["queue"] for entry in schedule.SCHEDULE.values()} <= queues


def test_servers_are_of_a_supported_version():
    name, version = SERVICES["postgres"]["image"].split(":")
    assert (name, int(version) >= 16) == ("postgres", True)
    assert re.fullmatch(r"valkey/valkey:\d+", SERVICES["valkey"]["image"])
    assert re.fullmatch(r"caddy:\d+", SERVICES["proxy"]["image"])


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_lasting_services_have_health_checks_and_come_back(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_few_rights(name):
    service = OURS[name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_health_checks_of_workers_name_processes_we_know():
    for name in ("worker", "sweeper", "scheduler"):
        assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "manage.py", "ready", name]
    assert "ready" in get_commands()


def test_only_the_proxy_is_open_to_the_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["inside"]


def test_proxy_leads_to_the_port_of_the_web():
    web = SERVICES["web"]["command"]
    caddyfile = COMPOSE["configs"]["caddyfile"]["content"]

    assert f"reverse_proxy web:{web[web.index('--port') + 1]}" in caddyfile
    assert "@inside path /metrics /readyz" in caddyfile


def test_processes_start_after_the_tables_are_there():
    for name in PROCESSES:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_volumes_and_configs_are_declared_and_used():
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service.get("volumes", [])]
    configs = {config["source"] for service in SERVICES.values() for config in service.get("configs", [])}

    assert {source for source, *_ in mounts if not source.startswith(".")} == set(COMPOSE["volumes"])
    assert [source for source, *_ in mounts if source.startswith(".") and not (ROOT / source).exists()] == []
    assert configs == set(COMPOSE["configs"])


def test_image_copies_the_whole_program_and_drops_root():
    dockerfile = SERVICES["web"]["build"]["dockerfile_inline"]
    copied = {
        source for line in re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile, re.MULTILINE) for source in line.split()
    }
    apps = {app.split(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.split(".")[0]).is_dir()}

    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert {"manage.py", "templates", "static", ".lock/runtime.txt", *apps} <= copied
    assert dockerfile.rstrip().splitlines()[-1] == "USER hub"


def test_settings_pass_the_deployment_check_with_these_variables(tmp_path):
    """With every variable of the web service as it stands, and files with made-up secrets."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    for variable, value in SERVICES["web"]["environment"].items():
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        if variable.endswith("_FILE"):
            file = tmp_path / Path(value).name
            file.write_text(made_up(variable.removesuffix("_FILE")))
            text = str(file)
        environment[variable] = text
    environment["STATIC_ROOT"] = str(tmp_path)

    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr


def made_up(variable):
    if variable.endswith("DATABASE_URL"):
        return "postgres://fh_app:secret@postgres/hub\n"
    return {"BROKER_URL": "redis://:secret@valkey/0\n", "MAIL_URL": "smtp://hub:secret@mail.example.com:587\n"}.get(
        variable, "f3Jq0vYpLx8ZbR2mWc7Nd5Ts9Ku1Ha4Ge6Iw0Oy3Qx8Vz7Bn2Mj5Pl\n"
    )
