"""A bare Debian 12 becomes a running, hardened installation, however often one tries."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from signalcast.deploy.render import render_all
from tests.acceptance.debian import (
    Debian,
    booted,
    bootstrap,
    installed_packages,
    needs_debian,
    prepared,
    snapshot,
    wait_booted,
)
from tests.acceptance.poster import TOKEN
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.wide,
    needs_debian,
]
DOMAIN = "signals.example.com"
DESCRIPTION = {
    "name": "debian",
    "domain": DOMAIN,
    "system": "debian-12",
    "manager": "systemd",
    "web_server": "nginx",
    "database": {"engine": "postgresql"},
    "broker": {"kind": "valkey"},
    "tls": {"kind": "certbot", "email": "owner@example.com"},
    "settings": {"workers": 2, "senders": 1, "web_workers": 1},
}
NOTHING = "nothing to change"
DOCUMENT = {
    "feeds": [{"slug": "crypto", "name": "Crypto"}],
    "sources": [{"slug": "desk", "feed": "crypto", "token": TOKEN, "publish": "auto"}],
}
POSTED = {"id": "first", "symbol": "BTCUSDT", "side": "buy", "comment": "from a bare machine"}


@dataclass
class Provisioned:
    """What was said on the way, and what was there before and after."""

    root: Path
    host: Host
    key: Path
    words: tuple[str, ...]
    refused: str
    dry: str
    untouched_by_refusal_and_dry: bool
    first: str
    second: str
    untouched_by_second: bool


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    """One for all tests of this module: each adds a look."""
    directory = tmp_path_factory.mktemp("debian")
    root, key, file = directory / "root", directory / "key", directory / "host.yaml"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    listed = {"administrators": {"admin": [key.with_suffix(".pub").read_text().strip()]}}
    text = yaml.safe_dump(DESCRIPTION | {"ssh": listed})
    file.write_text(text)
    other = directory / "other.yaml"
    other.write_text(text.replace("debian-12", "ubuntu-24.04"))
    try:
        bootstrap(root)
        yield _provisioned(root, key, file, other)
    finally:
        subprocess.run(["rm", "-r", "--one-file-system", directory], check=True)


def _provisioned(root: Path, key: Path, file: Path, other: Path) -> Provisioned:
    home, to = file.parent, f"chroot:{root}"
    words = ("--host", str(file), "--to", to)
    with prepared(root) as debian:
        before = snapshot(root)
        refused = debian.provision("--host", str(other), "--to", to, home=home, expect=1)
        dry = debian.provision(*words, "--dry", home=home)
        untouched = snapshot(root) == before
        _interrupt_twice(debian, words, home)
        first = debian.provision(*words, home=home)
        between = snapshot(root)
        second = debian.provision(*words, home=home)
        return Provisioned(
            root, read(file.read_text()), key, words, refused, dry, untouched, first, second,
            snapshot(root) == between,
        )  # fmt: skip


def _interrupt_twice(debian: Debian, words: tuple[str, ...], home: Path) -> None:
    """While packages are unpacked, and while the first release is installed."""
    few = installed_packages(debian.root)
    environment = "srv/signalcast/releases/*/.venv/lib/*/site-packages/pip"
    for begun, within in (
        (lambda: installed_packages(debian.root) > few + 5, 180),
        (lambda: list(debian.root.glob(environment)), 300),
    ):
        process = debian.start(*words, home=home)
        wait_for(begun, within=within, every=0.05, message="the middle of a run")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_machine_of_another_kind_is_refused_and_left_alone(made: Provisioned) -> None:
    assert (
        "The description says `system: ubuntu-24.04`, and the machine is another." in made.refused
    )
    assert made.untouched_by_refusal_and_dry


def test_a_dry_run_shows_the_difference_and_changes_nothing(made: Provisioned) -> None:
    assert "debian: would change: Packages are installed" in made.dry
    assert "+++ /etc/nginx/conf.d/signalcast.conf" in made.dry
    assert f"+    server_name {DOMAIN};" in made.dry
    assert "Nothing was changed." in made.dry
    assert made.untouched_by_refusal_and_dry


def test_a_run_that_was_killed_twice_ends_well_when_it_is_repeated(made: Provisioned) -> None:
    assert "changed: A release is installed" in made.first
    assert "changed: /etc/nginx/nginx.conf is as rendered" in made.first
    releases = list((made.root / "srv/signalcast/releases").iterdir())
    assert len(releases) == 1
    assert (made.root / "srv/signalcast/current").readlink().name == releases[0].name
    left = list((made.root / "var/lib/signalcast").iterdir())
    assert not [path for path in left if path.suffix in (".gz", ".new")]


def test_a_second_run_changes_nothing_and_says_so(made: Provisioned) -> None:
    assert NOTHING in made.second
    assert "changed:" not in made.second
    assert made.untouched_by_second


def test_its_files_are_those_that_are_rendered(made: Provisioned) -> None:
    for texts in render_all(made.host).values():
        for path, text in texts.items():
            assert (made.root / path).read_text() == text, path


@pytest.mark.parametrize(
    "check",
    [
        "nginx -t -q",
        "mkdir -p /run/sshd && sshd -t",
        "visudo -c -q",
        "logrotate -d /etc/logrotate.d/signalcast",
        "fail2ban-client -t",
        "apparmor_parser -Q -K /etc/apparmor.d/signalcast",
        "systemd-analyze verify /etc/systemd/system/signalcast.target",
        "apt-config dump",
        "dpkg --audit",
    ],
)
def test_every_program_takes_its_files(made: Provisioned, check: str) -> None:
    with prepared(made.root) as debian:
        debian.run("sh", "-c", check)


def test_the_machine_boots_into_an_installation_that_takes_signals(made: Provisioned) -> None:
    with booted(made.root) as debian:
        wait_booted(debian)
        _runs_its_release(debian)
        _takes_a_signal(debian, made.root)
        _is_provisioned_by_its_administrator(debian, made)
        _is_healthy(debian)
        assert not debian.run("systemctl", "--failed", "--plain", "--no-legend").strip()


def _runs_its_release(debian: Debian) -> None:
    ready = ("curl", "-fsS", "http://127.0.0.1:8001/readyz")
    wait_for(
        lambda: '"ready"' in debian.run(*ready, expect=None) or None,
        within=90, every=0.5, message="the application is ready",
    )  # fmt: skip
    for unit in ("web@0", "intake@0", "worker@0", "worker@1", "sender@0", "scheduler@0"):
        debian.run("systemctl", "is-active", f"signalcast-{unit}")
    debian.run("/srv/signalcast/current/.venv/bin/python", "-c", "import pyinfra", expect=1)


def _takes_a_signal(debian: Debian, root: Path) -> None:
    (root / "srv/document.json").write_text(json.dumps(DOCUMENT))
    debian.run("signalcast", "load", "/srv/document.json")
    answer = debian.run(
        *("curl", "-fsS", "--resolve", f"{DOMAIN}:443:127.0.0.1"),
        *("--cacert", "/etc/signalcast/tls/chain.pem", f"https://{DOMAIN}/in/v1/signals"),
        *("-H", f"Authorization: Bearer {TOKEN}", "-H", "Content-Type: application/json"),
        *("-d", json.dumps(POSTED)),
    )
    assert json.loads(answer)["receipts"][0]["status"] == "accepted"
    count = (
        "runuser",
        "-u",
        "signalcast",
        "--",
        "psql",
        "-Atc",
        "SELECT count(*) FROM signals_signal",
    )
    wait_for(lambda: debian.run(*count).strip() == "1", within=30, every=0.2, message="the signal")


def _is_provisioned_by_its_administrator(debian: Debian, made: Provisioned) -> None:
    """Over SSH and with sudo, now that systemd runs: what had to wait is done, and that is all."""
    words = (*made.words[:2], "--to", "admin@127.0.0.1", "--key", str(made.key))
    home = made.key.parent
    said = debian.provision(*words, home=home)
    assert "changed: The firewall lets in what it should" in said
    assert "has a certificate that browsers warn of" in said
    assert "is as rendered" not in said
    assert NOTHING in debian.provision(*words, home=home)
    debian.run("/usr/local/sbin/signalcast-firewall", "check")
    jails = debian.run("fail2ban-client", "status")
    assert all(name in jails for name in ("sshd", "signalcast-sign-in", "signalcast-sources"))


def _is_healthy(debian: Debian) -> None:
    """The doctor finds nothing, but for the machine around and the network that is not there."""
    beats = ("signalcast", "doctor", "--only", "beats")
    wait_for(
        lambda: " 0 of " not in debian.run(*beats, expect=None),
        within=60, every=1, message="a beat of each process",
    )  # fmt: skip
    names = ("manager", "beats", "processes", "home", "release", "static", "migrations", "database")
    more = ("broker", "ports", "settings", "django", "updates", "system", "python")
    only = [word for name in (*names, *more) for word in ("--only", name)]
    found = json.loads(debian.run("signalcast", "doctor", "--json", *only, expect=None))
    wrong = [
        finding["what"]
        for check in found["checks"].values()
        for finding in check["findings"]
        if finding["state"] == "problem"
    ]
    assert not wrong
