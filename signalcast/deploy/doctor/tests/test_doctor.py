"""What the doctor finds, each condition made for real."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import connection

from signalcast.core.clock import now
from signalcast.core.env import process_environment
from signalcast.deploy.doctor.checks.listeners import listeners
from signalcast.deploy.doctor.checks.versions import compared, database_version
from signalcast.deploy.doctor.examine import examine
from signalcast.deploy.doctor.finding import Finding, State
from signalcast.deploy.doctor.registry import checks
from signalcast.deploy.doctor.scene import Scene, program
from signalcast.deploy.read import read

DESCRIPTION = """
name: one
domain: signals.example.com
tls: {kind: files, certificate: /etc/ssl/one/chain.pem, key: /etc/ssl/one/key.pem}
"""
Key = ec.EllipticCurvePrivateKey


def look(name: str, scene: Scene) -> list[Finding]:
    return examine({name: checks()[name]}, scene)[name]


def states(name: str, scene: Scene) -> set[State]:
    return {finding.state for finding in look(name, scene)}


def doctor(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with a home of its own."""
    return subprocess.run(
        [sys.executable, "-m", "signalcast.cli", "doctor", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**process_environment(), "DATABASE_URL": "", "REDIS_URL": "", **variables},
    )


def told(done: subprocess.CompletedProcess[str], name: str) -> list[dict[str, str]]:
    document: dict[str, Any] = json.loads(done.stdout)
    findings: list[dict[str, str]] = document["checks"][name]["findings"]
    return findings


@contextmanager
def listening(address: str, family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.bind((address, 0))
        one.listen()
        yield one.getsockname()[1]


@pytest.mark.parametrize(
    ("address", "family", "state"),
    [
        ("0.0.0.0", socket.AF_INET, "problem"),
        ("::", socket.AF_INET6, "problem"),
        ("127.0.0.1", socket.AF_INET, "ok"),
    ],
)
def test_a_port_for_this_machine_alone_is_told_when_others_can_reach_it(
    tmp_path: Path, address: str, family: socket.AddressFamily, state: str
) -> None:
    with listening(address, family) as port:
        done = doctor(tmp_path, "--only", "ports", "--json", SIGNALCAST_INTAKE_PORT=str(port))

    found = [one for one in told(done, "ports") if str(port) in one["what"]]

    assert [one["state"] for one in found] == [state]
    assert bool(found[0]["mend"]) is (state == "problem")


def test_listening_sockets_are_read_with_their_addresses() -> None:
    with listening("127.0.0.1") as four, listening("::1", socket.AF_INET6) as six:
        found = {(str(address), port) for address, port in listeners(Scene(Path("/nowhere")))}

    assert {("127.0.0.1", four), ("::1", six)} <= found


def signed(
    name: str, *, days: float, key: Key, by: Key | None = None, issuer: str = ""
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer or name)])
    ends = now() + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(by or key, hashes.SHA256())
    )


def installed(
    root: Path, name: str = "signals.example.com", days: float = 60.5, *, fits: bool = True,
    chained: bool = True,
) -> Scene:  # fmt: skip
    """A system whose certificate comes from an authority made for it."""
    authority, key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    leaf = signed(name, days=days, key=key, by=authority, issuer="authority")
    above = signed("authority", days=80, key=authority if chained else other)
    folder = root / "etc/ssl/one"
    folder.mkdir(parents=True)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (leaf, above))
    (folder / "chain.pem").write_bytes(chain)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes((key if fits else other).private_bytes(*form))
    return Scene(root, read(DESCRIPTION), root)


def wrong(scene: Scene, name: str = "tls") -> list[str]:
    found = look(name, scene)
    assert all(one.why and one.mend for one in found if one.state == State.PROBLEM)
    return [one.what for one in found if one.state in (State.PROBLEM, State.WARNING)]


def test_a_certificate_that_fits_is_well(tmp_path: Path) -> None:
    assert states("tls", installed(tmp_path)) == {State.OK}


def test_a_certificate_for_another_name_is_told(tmp_path: Path) -> None:
    (words,) = wrong(installed(tmp_path, "other.example.org"))

    assert "other.example.org, not for signals.example.com" in words


@pytest.mark.parametrize(("days", "words"), [(-2.5, "expired"), (3.5, "days"), (15.5, "ends")])
def test_a_certificate_that_ends_is_told(tmp_path: Path, days: float, words: str) -> None:
    (found,) = wrong(installed(tmp_path, days=days))

    assert words in found


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    (words,) = wrong(installed(tmp_path, fits=False))

    assert "is not the certificate's" in words


def test_a_chain_that_does_not_fit_together_is_told(tmp_path: Path) -> None:
    (words,) = wrong(installed(tmp_path, chained=False))

    assert "The chain is broken" in words


def test_what_is_no_certificate_is_told(tmp_path: Path) -> None:
    scene = installed(tmp_path)
    (tmp_path / "etc/ssl/one/chain.pem").write_text("hello")

    (words,) = wrong(scene)

    assert "holds no certificate" in words


def test_a_key_that_others_can_read_is_told_and_mended(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / ".env").write_text("SIGNALCAST_SECRET_KEY=x\n")
    (home / ".env").chmod(0o644)

    before = doctor(home, "--only", "home", "--json")
    mended = doctor(home, "--only", "home", "--json", "--fix")
    again = doctor(home, "--only", "home", "--json", "--fix")

    assert before.returncode == 2
    assert any(".env is 644, not 600" in one["what"] for one in told(before, "home"))
    assert mended.returncode == 0, mended.stdout
    assert (home / ".env").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o044 == 0
    assert json.loads(again.stdout)["fixed"] == []


def test_a_release_that_others_can_change_is_told(tmp_path: Path) -> None:
    release = tmp_path / "srv/signalcast/releases/1.0"
    release.mkdir(parents=True)
    (release / "code.py").write_text("")
    (release.parents[1] / "current").symlink_to(release)
    scene = Scene(tmp_path, read(DESCRIPTION), tmp_path)
    assert not wrong(scene, "release")

    (release / "code.py").chmod(0o666)

    (words,) = wrong(scene, "release")
    assert "code.py" in words


def test_a_link_to_a_release_that_is_gone_is_told(tmp_path: Path) -> None:
    releases = tmp_path / "srv/signalcast/releases"
    for number in range(7):
        (releases / f"1.{number}").mkdir(parents=True)
    (releases.parent / "current").symlink_to(releases / "2.0")
    found = look("releases", Scene(tmp_path, read(DESCRIPTION), tmp_path))

    assert [one.state for one in found] == [State.PROBLEM, State.NOTE]
    assert "7 releases" in found[1].what


@pytest.mark.skipif(program("sshd") is None, reason="needs sshd")
@pytest.mark.parametrize("safe", [True, False])
def test_sshd_itself_says_whether_passwords_are_taken(tmp_path: Path, safe: bool) -> None:
    key = tmp_path / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    config = tmp_path / "etc/ssh/sshd_config"
    config.parent.mkdir(parents=True)
    word = "no" if safe else "yes"
    config.write_text(
        f"HostKey {key}\nPasswordAuthentication {word}\nPermitRootLogin {word}\n"
        "KbdInteractiveAuthentication no\n"
    )
    if os.geteuid() == 0:  # what starting the service makes
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    found = look("ssh", Scene(tmp_path, root=tmp_path))

    problems = {one.what for one in found if one.state == State.PROBLEM}
    expected = {"sshd: passwordauthentication is yes", "sshd: permitrootlogin is yes"}
    assert problems == (set() if safe else expected), found


@pytest.mark.parametrize(("last", "state"), [("1", State.OK), ("0", State.WARNING)])
def test_the_last_word_on_unattended_updates_counts(
    tmp_path: Path, last: str, state: State
) -> None:
    folder = tmp_path / "etc/apt/apt.conf.d"
    folder.mkdir(parents=True)
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/unattended-upgrade").write_text("")
    lines = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "{}";\n'
    (folder / "20auto").write_text(lines.format("1"))
    (folder / "99own").write_text(f'// "1"\nAPT::Periodic::Unattended-Upgrade "{last}";\n')

    assert states("updates", Scene(tmp_path, root=tmp_path)) == {state}


def test_a_small_machine_on_another_system_is_told(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal:        2000000 kB\n")
    (tmp_path / "proc/swaps").write_text("Filename Type Size Used Priority\n")
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_ID="11"\n')
    scene = Scene(tmp_path, read(DESCRIPTION), tmp_path)

    assert "memory: 2 GB, less than the minimum of 4 GB" in wrong(scene, "specification")
    assert len(wrong(scene, "swap")) == 1
    assert "the description says debian-12" in wrong(scene, "system")[0]


@pytest.mark.django_db
def test_the_running_database_tells_its_version() -> None:
    name, version = database_version()

    assert name == connection.display_name
    assert compared(name, version).state == State.OK
    if connection.vendor == "sqlite":
        assert version == sqlite3.sqlite_version


@pytest.mark.parametrize(
    ("name", "version", "state"),
    [("MariaDB", "10.5.29-MariaDB", State.PROBLEM), ("MariaDB", "10.6.1-MariaDB", State.OK),
     ("nginx", "1.9.3", State.PROBLEM), ("PostgreSQL", "16.4 (Debian)", State.OK),
     ("Redis", "5.0.14", State.PROBLEM)],
)  # fmt: skip
def test_versions_are_compared_by_number(name: str, version: str, state: State) -> None:
    assert compared(name, version).state == state


def test_without_a_database_that_answers_all_else_is_still_told(tmp_path: Path) -> None:
    with listening("127.0.0.1") as port:
        pass  # nobody listens there any more
    address = f"postgresql://nobody@127.0.0.1:{port}/none"
    done = doctor(tmp_path, "--json", DATABASE_URL=address)

    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    (database,) = told(done, "database")
    assert database["state"] == "problem"
    assert "does not answer" in database["what"]
    assert {one["state"] for one in told(done, "beats")} == {"unknown"}
    assert {one["state"] for one in told(done, "python")} == {"ok"}
    assert set(json.loads(done.stdout)["checks"]) == set(checks())


def test_unsafe_settings_are_told_by_our_checks_and_by_djangos(tmp_path: Path) -> None:
    names = ("--only", "django", "--only", "debug", "--only", "settings")
    bad = doctor(
        tmp_path, *names, "--json", SIGNALCAST_DEBUG="1",
        SIGNALCAST_PUBLIC_URL="https://signals.example.com",
    )  # fmt: skip
    good = doctor(
        tmp_path, *names, "--json", SIGNALCAST_PUBLIC_URL="https://signals.example.com",
        SIGNALCAST_ALLOWED_HOSTS="signals.example.com", SIGNALCAST_DEBUG="0",
        SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS="0",
    )  # fmt: skip

    assert bad.returncode == 2
    assert any("security.W018" in one["why"] for one in told(bad, "django"))
    assert told(bad, "debug")[0]["state"] == "problem"
    assert "ALLOWED_HOSTS takes any name" in told(bad, "settings")[0]["what"]
    assert good.returncode == 0, good.stdout


def test_static_files_are_collected_when_asked(tmp_path: Path) -> None:
    before = doctor(tmp_path, "--only", "static")
    after = doctor(tmp_path, "--only", "static", "--fix")

    assert before.returncode == 1
    assert after.returncode == 0
    assert "Mended:" in after.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "nothing"), "There is no check 'nothing'"),
        (("--host", "/nowhere/host.yaml"), "cannot be read"),
        (("--root", "/nowhere"), "is no directory"),
    ],
)
def test_what_cannot_be_looked_at_is_said(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = doctor(tmp_path, *arguments)

    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_every_check_says_what_it_looks_at() -> None:
    assert all(check.meaning.endswith(".") for check in checks().values())
