"""Each process of the table is a container, none may do more than it must, no secret is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from signalcast.deploy.environment import settings
from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import read
from signalcast.deploy.render import render, targets
from signalcast.pipeline import table

DESCRIPTION = Path(__file__).parents[3] / "deploy" / "hosts" / "containers.yaml"
#: Containers that are not of the table of processes.
OTHERS = {"database", "valkey", "migrate", "front"}


def described() -> Host:
    return read(DESCRIPTION.read_text())


def texts() -> dict[str, str]:
    return render("docker", described())


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(texts()["compose.yaml"])
    return found


def test_every_process_of_the_table_is_a_container_with_its_time_to_stop() -> None:
    found = described()
    wanted = {
        one.name: one for one in table(settings(found), found.machine.cores) if one.name != "valkey"
    }
    services = compose()["services"]

    assert services.keys() == wanted.keys() | OTHERS
    for name, one in wanted.items():
        assert services[name]["command"] == one.command.split()
        assert services[name]["stop_grace_period"] == f"{one.stop_within}s"
        assert services[name].get("deploy", {"replicas": 1})["replicas"] == one.count


@pytest.mark.parametrize("name", sorted(compose()["services"]))
def test_a_container_is_confined_and_comes_back(name: str) -> None:
    found = compose()["services"][name]

    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert not found.get("privileged")
    assert "healthcheck" in found


def test_our_processes_start_when_the_database_is_migrated_and_the_broker_answers() -> None:
    services = compose()["services"]

    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in services.keys() - OTHERS:
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "valkey": {"condition": "service_healthy"},
        }
    assert services["front"]["depends_on"].keys() == {"intake", "web"}


def test_everything_that_is_named_is_declared() -> None:
    found = compose()
    for service in found["services"].values():
        assert set(service.get("secrets", ())) <= found["secrets"].keys()
        assert set(service["networks"]) <= found["networks"].keys()
        assert set(service.get("depends_on", ())) <= found["services"].keys()
        named = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert {name for name in named if not name.startswith(".")} <= found["volumes"].keys()


def test_secrets_are_files_and_nothing_that_is_rendered_holds_one() -> None:
    environment = compose()["services"]["worker"]["environment"]

    assert environment["DATABASE_URL_FILE"] == "/run/secrets/database_url"
    assert "DATABASE_URL" not in environment
    assert "SIGNALCAST_SECRET_KEY" not in environment
    assert "PASSWORD:" not in texts()["compose.yaml"]
    ignored = texts()[".dockerignore"].splitlines()
    assert ignored[1] == "*"  # what is not named does not get into an image
    assert "!secrets" not in ignored


def test_only_the_front_is_reached_from_outside_and_the_stores_cannot_get_out() -> None:
    services = compose()["services"]

    assert [name for name, one in services.items() if one.get("ports")] == ["front"]
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("database", "valkey"):
        assert services[name]["networks"] == ["inside"]


def test_the_image_runs_as_a_user_of_its_own() -> None:
    stages = texts()["Dockerfile"].split("\nFROM ")

    assert len(stages) == 4
    for stage in stages[2:]:
        assert "\nUSER " in stage
    assert "--require-hashes" in stages[1]


def test_a_linter_finds_nothing_in_the_dockerfile(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(texts()["Dockerfile"])
    linter = Path(sys.executable).with_name("hadolint")

    done = subprocess.run([linter, path], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_front_is_that_of_a_machine_but_for_where_things_are() -> None:
    site = texts()["containers/front/etc/nginx/conf.d/signalcast.conf"]
    machine = render("nginx", read((DESCRIPTION.parent / "small.yaml").read_text()))
    there = machine["etc/nginx/conf.d/signalcast.conf"]

    alike = [line for line in there.splitlines() if "add_header" in line or "limit_" in line]
    assert len(alike) > 20
    assert [one for one in site.splitlines() if "add_header" in one or "limit_" in one] == alike
    # Nobody speaks for others there: visitors may have the addresses of containers.
    assert "real_ip_header" not in site


def test_nothing_of_the_system_is_rendered_for_containers() -> None:
    assert not {"supervisor", "systemd", "settings", "postgresql", "valkey"} & set(
        targets(described())
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ("web_server: none", "`web_server` is none"),
        ("engine: postgresql", "take `engine: postgresql`"),
        ("kind: files", "take `kind: files`"),
        ("roles: [web, workers, senders, scheduler]", "`roles` are web, workers"),
    ],
)
def test_what_containers_cannot_be_is_refused_with_a_sentence(changed: str, sentence: str) -> None:
    other = {
        "web_server: none": "web_server: nginx",
        "engine: postgresql": "engine: mariadb",
        "kind: files": "kind: certbot",
        "roles: [web, workers, senders, scheduler]": "roles: [web, workers, senders]",
    }[changed]
    with pytest.raises(WrongHost, match=sentence):
        read(DESCRIPTION.read_text().replace(changed, other, 1))
