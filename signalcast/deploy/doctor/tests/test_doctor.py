"""What the doctor finds, each condition made for real."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import connection

from signalcast.core.clock import now
from signalcast.deploy.doctor.checks.hardening import rules
from signalcast.deploy.doctor.checks.listeners import listeners
from signalcast.deploy.doctor.checks.running import mend_of_broker
from signalcast.deploy.doctor.checks.versions import compared, database_version
from signalcast.deploy.doctor.examine import examine
from signalcast.deploy.doctor.finding import Check, Finding, State, unknown
from signalcast.deploy.doctor.registry import checks
from signalcast.deploy.doctor.scene import Scene, ask
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


@contextmanager
def listening(address: str, family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.bind((address, 0))
        one.listen()
        yield one.getsockname()[1]


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


@pytest.mark.storage
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


def test_every_check_says_what_it_looks_at() -> None:
    assert all(check.meaning.endswith(".") for check in checks().values())


def test_a_check_that_hangs_is_given_up_and_the_others_are_told() -> None:
    never = Event()

    def hang(_scene: Scene) -> list[Finding]:
        never.wait(60)
        return []

    def ask_in_vain(_scene: Scene) -> list[Finding]:
        ask(["sleep", "60"], within=0.1)
        return []

    slow = Check("machine", "Hangs.", hang, within=0.2)
    asking = replace(slow, run=ask_in_vain, within=30)
    found = examine(
        {"slow": slow, "asking": asking, "python": checks()["python"]}, Scene(Path("/nowhere"))
    )
    never.set()

    assert found["slow"] == [unknown("It gave no answer within 0.2 s.")]
    assert found["asking"][0].what.endswith("sleep gave no answer within 0.1 s.")
    assert [one.state for one in found["python"]] == [State.OK]


@pytest.mark.parametrize(
    ("lines", "mend"),
    [
        ("", "supervisorctl -c /srv/one/run/supervisord.conf restart 'valkey:*'"),
        ("manager: systemd", "systemctl restart signalcast-valkey@0.service"),
        ("broker: {kind: valkey}", "systemctl restart redis-server.service"),
        (
            "system: ubuntu-24.04\nroles: [web]\n"
            "database: {engine: postgresql, address: 10.0.0.7}\n"
            "broker: {kind: valkey, address: 10.0.0.7}",
            "systemctl restart valkey-server.service   # on 10.0.0.7",
        ),
    ],
)
def test_whoever_runs_the_broker_starts_it_again(lines: str, mend: str) -> None:
    scene = Scene(Path("/srv/one"), read(f"{DESCRIPTION}{lines}\n"))

    assert mend_of_broker(scene) == mend


def test_the_firewall_lets_administrators_in_where_they_come_in() -> None:
    host = read(DESCRIPTION + "ssh: {port: 2222, networks: [192.0.2.0/24]}\n")

    assert rules(Scene(Path("/nowhere"), host)) == (
        "ufw allow from 192.0.2.0/24 to any port 2222 proto tcp && ufw allow 80,443/tcp"
    )


def test_the_list_for_production_names_every_check() -> None:
    page = next(above / "docs/operate/ready.md" for above in Path(__file__).parents
                if (above / "docs/operate").is_dir())  # fmt: skip
    rows = [line for line in page.read_text().splitlines() if line.endswith("` |")]

    assert {row.split("`")[-2] for row in rows} == set(checks())
