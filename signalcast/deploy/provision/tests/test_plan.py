"""Which steps a description makes, in which order. They are done for real in tests/acceptance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.provision.plan import plan
from signalcast.deploy.provision.secrets import Secrets
from signalcast.deploy.provision.step import (
    Account,
    Ensure,
    File,
    Need,
    Packages,
    Settings,
    Step,
    Upload,
)
from signalcast.deploy.read import host, read
from signalcast.deploy.render import render_all

HOSTS = Path(__file__).parents[4] / "deploy" / "hosts"
MACHINES = [read((HOSTS / f"{name}.yaml").read_text()) for name in ("small", "standard", "classic")]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam admin"
SECRETS = Secrets(
    database_password="open-sesame", broker_password="rings-bells", secret_key="signs",
    encryption_keys="hides",
)  # fmt: skip


def described(**parts: Any) -> Host:
    usual = {
        "name": "test",
        "domain": "signals.example.com",
        "tls": {"kind": "certbot", "email": "owner@example.com"},
    }
    return host(usual | parts)


SERVER = described(
    name="data", roles=["database", "broker"], peers=["10.0.0.0/24"],
    database={"engine": "postgresql"}, broker={"kind": "valkey"},
)  # fmt: skip
WORKER = described(
    name="worker", roles=["web", "workers", "senders"],
    database={"engine": "postgresql", "address": "10.0.0.2"},
    broker={"kind": "valkey", "address": "10.0.0.2"},
)  # fmt: skip


def steps(found: Host, secrets: Secrets | None = None) -> tuple[Step, ...]:
    return plan(found, secrets, "1.0-abc")


def packages(found: Host, secrets: Secrets | None = None) -> set[str]:
    [step] = [one for one in steps(found, secrets) if isinstance(one, Packages)]
    return set(step.names)


def titles(found: Host, secrets: Secrets | None = None) -> list[str]:
    return [step.title for step in steps(found, secrets)]


@pytest.mark.parametrize("found", MACHINES, ids=lambda one: one.name)
def test_every_file_that_is_rendered_is_a_step_and_no_title_comes_twice(found: Host) -> None:
    made = steps(found)

    files = {step.path: step.text for step in made if isinstance(step, File)}
    for texts in render_all(found).values():
        for path, text in texts.items():
            assert files[f"/{path}"] == text
    assert made == steps(found)
    assert len({step.title for step in made}) == len(made)


@pytest.mark.parametrize("found", MACHINES, ids=lambda one: one.name)
def test_what_needs_something_comes_after_it(found: Host) -> None:
    names = titles(found)

    def at(words: str) -> int:
        [place] = [number for number, name in enumerate(names) if words in name]
        return place

    server = {"nginx": "nginx.service", "apache": "apache2.service"}[found.web_server]
    manager = {"supervisor": "signalcast.service", "systemd": "signalcast.target"}[found.manager]
    assert (
        at("60signalcast")
        < at("Packages are installed")
        < at("The firewall lets in")
        < at("profile of processes is in force")
        < at("A release is installed")
        < at(f"{manager} runs")
        < at("fail2ban.service runs")
        < at(f"{server} runs")
        < at("The application is ready")
    )
    needs = [step for step in steps(found) if isinstance(step, Need)]
    assert steps(found)[: len(needs)] == tuple(needs)
    if found.database.engine != "sqlite":
        assert at("The database signalcast is there") < at("A release is installed")
    if found.tls.kind == "certbot":
        assert at("There is a certificate") < at(f"{server} runs") < at("browsers trust")


@pytest.mark.parametrize("found", MACHINES, ids=lambda one: one.name)
def test_a_machine_knows_its_description(found: Host) -> None:
    [told] = [step for step in steps(found) if isinstance(step, File) and "host.yaml" in step.path]

    assert read(told.text) == found


def test_a_machine_gets_the_packages_of_what_it_does() -> None:
    small, standard, classic = map(packages, MACHINES)

    assert {"nginx", "certbot", "supervisor", "libnginx-mod-http-brotli-static"} <= small
    assert not {"postgresql", "redis-server", "apache2", "gcc"} & small
    assert {"nginx", "postgresql", "redis-server"} <= standard
    assert "supervisor" not in standard
    assert {"apache2", "libapache2-mod-qos", "mariadb-server", "valkey-server", "gcc"} <= classic
    assert not {"nginx", "certbot"} & classic
    hardened = {"ufw", "fail2ban", "python3-systemd", "unattended-upgrades", "apparmor", "sudo"}
    assert all(hardened <= one for one in (small, standard, classic))


def test_a_machine_that_only_serves_a_database_and_a_broker_has_nothing_of_ours() -> None:
    made = steps(SERVER, SECRETS)

    assert {"postgresql", "redis-server"} <= packages(SERVER, SECRETS)
    assert not {"nginx", "supervisor", "certbot"} & packages(SERVER, SECRETS)
    assert not [step for step in made if isinstance(step, Account | Upload | Settings)]
    assert not [step for step in made if "signalcast.cli" in str(step)]


def test_a_machine_without_a_scheduler_has_a_line_for_cron_and_one_with_it_has_none() -> None:
    [without] = [step for step in steps(WORKER, SECRETS) if "cron.d" in str(step)]
    [having] = [step for step in steps(MACHINES[0]) if "cron.d" in str(step)]

    assert isinstance(without, File)
    assert isinstance(having, Ensure)
    assert having.run == "rm /etc/cron.d/signalcast"


def test_machines_that_share_servers_share_passwords_which_no_command_line_names() -> None:
    with pytest.raises(WrongHost, match="--secrets"):
        steps(SERVER)
    with pytest.raises(WrongHost, match="--secrets"):
        steps(WORKER)
    [told] = [step for step in steps(WORKER, SECRETS) if isinstance(step, Settings)]
    [broker] = [step for step in steps(SERVER, SECRETS) if isinstance(step, File) and step.secret]

    assert told.path == "/srv/signalcast/home/.env"
    assert told.values == {
        "SIGNALCAST_SECRET_KEY": "signs",
        "SIGNALCAST_ENCRYPTION_KEYS": "hides",
        "DATABASE_URL": "postgresql://signalcast:open-sesame@10.0.0.2/signalcast",
        "REDIS_URL": "redis://:rings-bells@10.0.0.2:6379/0",
    }
    assert broker.path == "/etc/redis/password.conf"
    assert broker.text == "requirepass rings-bells\n"
    assert broker.mode == "640"
    for step in (*steps(WORKER, SECRETS), *steps(SERVER, SECRETS)):
        assert "open-sesame" not in repr(step)
        assert step == broker or "rings-bells" not in repr(step)


def test_administrators_have_accounts_with_keys_and_sudo_or_somebody_else_must() -> None:
    found = described(ssh={"administrators": {"admin": [KEY]}})

    [admin] = [step for step in steps(found) if isinstance(step, Account) and step.keys]
    [sudoers] = [step for step in steps(found) if isinstance(step, File) and "sudoers" in step.path]
    assert (admin.name, admin.keys, admin.groups) == ("admin", (KEY,), ("sudo",))
    assert sudoers.mode == "440"
    assert sudoers.check == "visudo -c -q -f"
    assert "Somebody can come in" not in titles(found)
    assert "Somebody can come in" in titles(described())


def test_a_certificate_that_the_owner_brings_must_be_there_and_fit() -> None:
    classic = MACHINES[2]

    needs = [step for step in steps(classic) if isinstance(step, Need)]
    assert any("/etc/ssl/signalcast/chain.pem" in step.refusal for step in needs)
    assert not any("certificate for signals" in title for title in titles(classic))


def test_what_another_manager_left_is_taken_away() -> None:
    small, standard, _classic = MACHINES

    assert "signalcast.target is not there" in titles(small)
    assert "The package's own supervisor is off" in titles(small)
    assert "signalcast.service is not there" in titles(standard)
    assert "The package's own supervisor is off" not in titles(standard)


@pytest.mark.parametrize("name", ["containers", "platform"])
def test_what_is_no_machine_is_refused(name: str) -> None:
    with pytest.raises(WrongHost, match="runs on no machine that can be provisioned"):
        steps(read((HOSTS / f"{name}.yaml").read_text()))


def test_another_base_and_another_user_are_everywhere() -> None:
    found = described(base="/opt/signals", user="signals", manager="systemd")

    for step in steps(found):
        assert "/srv/signalcast" not in repr(step)
        assert "-u signalcast " not in repr(step)
    other = msgspec.structs.replace(found, base="/opt/more")
    assert "/opt/signals" not in repr(steps(other))
