"""Several machines in one file: what fits together, where they are, and what they share."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from signalcast.deploy.host import WrongHost
from signalcast.deploy.provision.inventory import read_inventory
from signalcast.deploy.provision.place import place
from signalcast.deploy.provision.secrets import fresh, merged, read_secrets, write_secrets
from signalcast.deploy.provision.sql import native, verifier

DATA: dict[str, Any] = {
    "name": "data", "domain": "signals.example.com", "roles": ["database", "broker"],
    "database": {"engine": "postgresql"}, "broker": {"kind": "valkey"}, "peers": ["10.0.0.0/24"],
}  # fmt: skip
FRONT: dict[str, Any] = {
    "name": "front", "domain": "signals.example.com", "roles": ["web", "workers", "senders"],
    "database": {"engine": "postgresql", "address": "10.0.0.2"},
    "broker": {"kind": "valkey", "address": "10.0.0.2"},
    "tls": {"kind": "certbot", "email": "owner@example.com"},
}  # fmt: skip


def inventory(directory: Path, *hosts: dict[str, Any]) -> Path:
    """A file that lists these machines, front ones first."""
    listed = []
    for number, described in enumerate(hosts):
        name = f"{number}.yaml"
        (directory / name).write_text(yaml.safe_dump(described))
        listed.append({"description": name, "to": f"root@10.0.0.{number + 3}"})
    path = directory / "machines.yaml"
    path.write_text(yaml.safe_dump({"secrets": "secrets.env", "hosts": listed}))
    return path


def test_those_that_others_ask_come_first(tmp_path: Path) -> None:
    machines, secrets = read_inventory(inventory(tmp_path, FRONT, DATA))

    assert [one.host.name for one in machines] == ["data", "front"]
    assert [one.at.name for one in machines] == ["root@10.0.0.4", "root@10.0.0.3"]
    assert secrets == tmp_path / "secrets.env"


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (FRONT, "two machines with the name front"),
        (FRONT | {"name": "other", "domain": "other.example.com"}, "have one `domain`"),
        (
            FRONT | {"name": "other", "database": {"engine": "mariadb", "address": "10.0.0.2"}},
            "have one `database.engine`, not postgresql and mariadb",
        ),
        (DATA | {"name": "other"}, "Only one machine has the role database, not data and other"),
        (DATA | {"name": "other", "colour": "red"}, "1.yaml: There is an unknown field `colour`"),
    ],
)
def test_machines_that_do_not_fit_together_are_refused(
    tmp_path: Path, second: dict[str, Any], told: str
) -> None:
    first = DATA if second.get("roles") == DATA["roles"] else FRONT
    with pytest.raises(WrongHost, match=told):
        read_inventory(inventory(tmp_path, first, second))


@pytest.mark.parametrize("text", ["[]", "hosts: 5", "hosts: [{to: local}]", "machines: []", "{"])
def test_an_inventory_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "machines.yaml"
    path.write_text(text)

    with pytest.raises(WrongHost, match=r"An inventory has `hosts`|is no YAML"):
        read_inventory(path)


def test_a_place_is_written_as_people_know_it() -> None:
    assert place("local").name == "@local"
    assert place("chroot:/mnt/new").name == "@chroot//mnt/new"
    assert not place("root@203.0.113.10").sudo
    admin = place("admin@[2001:db8::1]:2222", key="key")
    assert admin.sudo
    assert admin.data == {
        "ssh_hostname": "2001:db8::1", "ssh_user": "admin", "ssh_port": 2222, "ssh_key": "key",
    }  # fmt: skip
    for wrong in ("server.example.com", "root@", "@local", "chroot:here", "a@b -o c", ""):
        with pytest.raises(WrongHost, match="is no place"):
            place(wrong)


def test_secrets_are_made_once_and_read_again(tmp_path: Path) -> None:
    path, made = tmp_path / "secrets.env", fresh()

    write_secrets(path, made)

    assert read_secrets(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert fresh() != made
    with pytest.raises(FileNotFoundError):
        read_secrets(tmp_path / "none.env")


@pytest.mark.parametrize(
    ("line", "told"),
    [("PASSWORD=x", "none of: DATABASE_PASSWORD"), ("DATABASE_PASSWORD=p@ss", "cannot stand in")],
)
def test_a_secret_that_cannot_be_used_is_refused(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "secrets.env"
    path.write_text(line)

    with pytest.raises(WrongHost, match=told):
        read_secrets(path)


def test_settings_of_others_in_the_same_file_stay() -> None:
    there = "# mine\nSIGNALCAST_LOG_LEVEL=debug\nREDIS_URL=old\nREDIS_URL=older\n"

    changed = merged(there, {"REDIS_URL": "new", "DATABASE_URL": "made"})

    assert changed == "# mine\nSIGNALCAST_LOG_LEVEL=debug\nREDIS_URL=new\nDATABASE_URL=made\n"
    assert merged(changed, {"REDIS_URL": "new"}) == changed


def test_servers_keep_of_a_password_what_they_would_make_of_it_themselves() -> None:
    salt = bytes.fromhex("5b6d99689d12358eec a04b1412 36fa81".replace(" ", ""))

    # The example of RFC 7677, as PostgreSQL writes it.
    assert verifier("pencil", salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    # As SELECT PASSWORD('password') answers.
    assert native("password") == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"


def test_the_command_says_what_it_misses(tmp_path: Path) -> None:
    for words, told in (
        (("--host", str(tmp_path / "none.yaml"), "--to", "local"), "cannot be read"),
        (("--host", str(inventory(tmp_path, DATA))), "--to says where"),
        (("--inventory", str(tmp_path / "none.yaml")), "No such file"),
        (("--host", str(tmp_path / "0.yaml"), "--to", "nowhere"), "is no place"),
        (("--host", str(tmp_path / "0.yaml"), "--to", "local", "--dry"), "--secrets"),
        (
            ("--host", str(tmp_path / "0.yaml"), "--to", "local", "--release", str(tmp_path)),
            "is no release of Signalcast",
        ),
    ):
        with pytest.raises(CommandError, match=told):
            call_command("deploy", "provision", *words)


def test_without_pyinfra_the_command_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("pyinfra")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyinfra", None)
    monkeypatch.delitem(sys.modules, "signalcast.deploy.provision.apply", raising=False)
    monkeypatch.delitem(sys.modules, "signalcast.deploy.provision.operations", raising=False)
    path = tmp_path / "host.yaml"
    path.write_text(yaml.safe_dump(FRONT | {"roles": ["web"]}))

    with pytest.raises(CommandError, match="make set-up-provision"):
        call_command("deploy", "provision", "--host", str(path), "--to", "local")
