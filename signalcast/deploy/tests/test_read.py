"""The description of a host: what it may say, and how it is told what it may not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from signalcast.deploy.environment import processes, variables
from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import host, read
from signalcast.deploy.render import TARGETS, render, render_all

HOSTS = sorted((Path(__file__).parents[3] / "deploy" / "hosts").glob("*.yaml"))
SMALL: dict[str, Any] = {
    "name": "small",
    "domain": "signals.example.com",
    "tls": {"kind": "certbot", "email": "owner@example.com"},
}
APART: dict[str, Any] = {
    **SMALL,
    "database": {"engine": "postgresql", "address": "db.example.com"},
    "broker": {"kind": "valkey", "address": "broker.example.com"},
}

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam admin"


def refused(**changes: Any) -> str:
    with pytest.raises(WrongHost) as told:
        host({**SMALL, **changes})
    return str(told.value)


@pytest.mark.parametrize("description", HOSTS, ids=lambda path: path.stem)
def test_each_reference_host_renders_the_same_twice(description: Path) -> None:
    text = description.read_text()
    shuffled = yaml.safe_load(text)
    keys = list(shuffled)
    random.Random(1).shuffle(keys)

    assert render_all(read(text)) == render_all(host({key: shuffled[key] for key in keys}))


@pytest.mark.parametrize("description", HOSTS, ids=lambda path: path.stem)
def test_every_file_has_a_path_of_its_own_below_the_root(description: Path) -> None:
    files = [path for texts in render_all(read(description.read_text())).values() for path in texts]

    assert len(files) == len(set(files))
    assert not [path for path in files if path.startswith("/") or ".." in path]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is a mapping"),
        ("- name: small", "is a mapping"),
        ("name: [", "no YAML"),
        ("domain: signals.example.com", "`name` is missing"),
    ],
)
def test_what_is_no_description_is_refused_with_a_sentence(text: str, told: str) -> None:
    with pytest.raises(WrongHost, match=told):
        read(text)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rolse": ["web"]}, "unknown field `rolse`"),
        ({"tls": {"kind": "certbot", "mail": "a@example.com"}}, "`tls`"),
        ({"domain": "https://example.com"}, "`domain` is 'https://example.com'"),
        ({"domain": "localhost"}, "as in signals.example.com"),
        ({"name": "Small One"}, "`name` is 'Small One'"),
        ({"user": "root; rm -rf /"}, "`user` is"),
        ({"machine": {"cores": 0}}, "`machine.cores`"),
        ({"manager": "runit"}, "`manager`"),
        ({"base": "srv/signalcast"}, "`base` is 'srv/signalcast'"),
        ({"base": "/srv/100% mine"}, "give an absolute path"),
        ({"base": "/srv/../etc"}, "give an absolute path"),
        ({"base": "/srv"}, "a directory of its own"),
        ({"roles": []}, "at least one"),
        ({"roles": ["web", "web"]}, "each role once"),
        ({"roles": ["web", "broker"]}, "SQLite serves one machine"),
        ({"database": {"address": "db.example.com"}}, "SQLite serves one machine"),
        ({"broker": {"address": "db.example.com"}}, "embedded broker serves one machine"),
        ({"database": {"engine": "postgresql", "address": "10.0.0.5"}}, "has the role database"),
        ({**APART, "roles": ["web"], "database": {"engine": "postgresql"}}, "database.address"),
        ({**APART, "roles": ["database"], "database": {"engine": "mariadb"}}, "`peers`"),
        ({"tls": {"kind": "certbot"}}, "`tls.email`"),
        ({"tls": {"kind": "files", "certificate": "/etc/chain.pem"}}, "`tls.key`"),
        ({"web_server": "none"}, "`trusted_proxies` must name"),
        ({"trusted_proxies": ["10.0.0.1/8"]}, "has host bits set"),
        ({"peers": ["everybody"]}, "`peers` lists 'everybody'"),
        ({"ssh": {"port": 443}}, "where the site itself listens"),
        ({"ssh": {"administrators": {"root": [KEY]}}}, "which nobody signs in as"),
        ({"ssh": {"administrators": {"signalcast": [KEY]}}}, "which nobody signs in as"),
        ({"ssh": {"administrators": {"Anna B": [KEY]}}}, "write lower-case letters"),
        ({"ssh": {"administrators": {"admin": []}}}, "`ssh.administrators.admin` has no key"),
        ({"ssh": {"administrators": {"admin": ["a password"]}}}, "is no public key"),
        ({"ssh": {"administrators": {"admin": [f"{KEY}\n{KEY}"]}}}, "is no public key"),
        ({"settings": {"wrokers": 8}}, "'wrokers', which is no setting"),
        ({"settings": {"port": 9_000}}, "follows from the rest"),
        ({"settings": {"secret_key": "x"}}, "secrets belong into"),
        ({"settings": {"workers": "many"}}, "SIGNALCAST_WORKERS='many'"),
        ({"settings": {"job_limits": "announce=never"}}, "takes seconds over 0"),
        ({"settings": {"log_level": "info\nDATABASE_URL=x"}}, "more than one line"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_to_write(
    changes: dict[str, Any], told: str
) -> None:
    assert told in refused(**changes)


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = refused(base="/srv", ssh={"port": 80}, settings={"wrokers": 8})

    assert len(told.splitlines()) == 3


def test_processes_of_a_role_run_where_the_role_is() -> None:
    web = host({**APART, "roles": ["web"]})
    rest = host({**APART, "roles": ["workers", "senders", "scheduler"]})

    assert [one.name for one in processes(web)] == ["intake", "web"]
    assert [one.name for one in processes(rest)] == ["worker", "sender", "scheduler"]


def test_a_small_machine_gets_fewer_workers() -> None:
    def workers(cores: int) -> int:
        found = processes(host({**SMALL, "machine": {"cores": cores}}))
        return next(one.count for one in found if one.name == "worker")

    assert (workers(1), workers(2)) == (2, 4)


def test_what_this_shell_is_set_to_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render_all(host(SMALL))
    monkeypatch.setenv("SIGNALCAST_WORKERS", "17")
    monkeypatch.setenv("SIGNALCAST_JOB_LIMITS", "announce=9")

    assert render_all(host(SMALL)) == before


def test_settings_of_the_description_stand_in_the_rendered_file() -> None:
    described = host({**SMALL, "settings": {"workers": 8, "status_page": True}})
    text = render("settings", described)["srv/signalcast/home/settings.env"]

    assert "SIGNALCAST_WORKERS=8\n" in text
    assert "SIGNALCAST_STATUS_PAGE=1\n" in text
    assert "SIGNALCAST_PUBLIC_URL=https://signals.example.com\n" in text


def test_no_password_is_among_the_variables() -> None:
    told = variables(host({**APART, "roles": ["web"]}))

    assert told["DATABASE_URL"] == "postgresql://signalcast@db.example.com/signalcast"
    assert "SIGNALCAST_SECRET_KEY" not in told


def test_a_target_that_is_nothing_for_the_host_says_for_which_it_is() -> None:
    small: Host = host({**SMALL, "manager": "systemd"})

    with pytest.raises(WrongHost, match="manager: supervisor"):
        render("supervisor", small)
    with pytest.raises(WrongHost, match="There are: " + ", ".join(TARGETS)):
        render("windows", small)
