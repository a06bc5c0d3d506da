"""What `signalcast doctor` finds and mends as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from signalcast.core.env import process_environment
from signalcast.deploy.doctor.registry import checks
from signalcast.deploy.read import read
from signalcast.deploy.render import render
from tests.machine import machine, missing, needs_namespaces

pytestmark = pytest.mark.wide

DESCRIPTION = """
name: one
domain: signals.example.com
tls: {kind: certbot, email: owner@example.com}
"""


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
    (tmp_path / "host.yaml").write_text(DESCRIPTION)
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


@needs_namespaces
@missing("sshd: openssh-server")
@pytest.mark.parametrize("safe", [True, False])
def test_sshd_itself_says_whether_passwords_are_taken(safe: bool) -> None:
    word = "no" if safe else "yes"
    settings = f"PasswordAuthentication {word}\nPermitRootLogin {word}\n"
    with machine() as made:
        made.run("mkdir", "-p", "/run/sshd", "/srv/home")
        made.run("ssh-keygen", "-A")
        made.write({"/etc/ssh/sshd_config.d/00-first.conf": settings})
        arguments = ("--home", "/srv/home", "--only", "ssh", "--json")
        said = made.run(
            *(sys.executable, "-m", "signalcast.cli", "doctor"), *arguments, expect=0 if safe else 2
        )

    found = json.loads(said)["checks"]["ssh"]["findings"]
    problems = {one["what"] for one in found if one["state"] == "problem"}
    expected = {"sshd: passwordauthentication is yes", "sshd: permitrootlogin is yes"}
    assert problems == (set() if safe else expected), found


@needs_namespaces
def test_who_may_not_see_everything_is_told_what_was_not_seen() -> None:
    with machine() as made:
        made.run("install", "-d", "-o", "nobody", "-m", "700", "/srv/home")
        for path in (Path(sys.executable), Path(sys.executable).resolve(), Path(__file__)):
            for above in path.parents:
                if above.parts[1:2] in (("root",), ("home",)):  # which are the machine's own
                    made.run("chmod", "o+x", str(above))
        arguments = ("--home", "/srv/home", "--json", "--only", "firewall", "--only", "ssh")
        said = made.run(
            *("runuser", "-u", "nobody", "--", sys.executable, "-m", "signalcast.cli", "doctor"),
            *arguments,
        )

    found = json.loads(said)["checks"]
    (firewall,) = found["firewall"]["findings"]
    assert firewall["state"] == "unknown"
    assert firewall["mend"] == "sudo signalcast doctor"
    assert {one["state"] for one in found["ssh"]["findings"]} <= {"unknown", "skipped"}


@needs_namespaces
@missing("fail2ban-client: fail2ban")
def test_root_looks_at_the_system_and_the_owner_of_the_home_at_the_rest() -> None:
    host = read(DESCRIPTION.replace("name: one", "name: one\nuser: nobody\nbase: /srv/one"))
    with machine() as made:
        made.run("install", "-d", "-o", "nobody", "-m", "700", "/srv/one/home")
        for path in (Path(sys.executable), Path(sys.executable).resolve(), Path(__file__)):
            for above in path.parents:
                if above.parts[1:2] in (("root",), ("home",)):  # which are the machine's own
                    made.run("chmod", "o+x", str(above))
        made.run("ln", "-s", str(Path(__file__).parents[4]), "/srv/one/current")
        for file, text in render("settings", host).items():
            text = text.replace("/srv/one/current/.venv/bin/python", sys.executable)
            made.write({f"/{file}": text}, mode=0o755)
        made.write({"/etc/host.yaml": DESCRIPTION}, mode=0o600)
        names = ("firewall", "fail2ban", "tls", "python", "database", "home")
        words = [word for name in names for word in ("--only", name)]
        said = made.run(
            *("env", "-u", "DATABASE_URL", "-u", "SIGNALCAST_HOME", "/usr/local/bin/signalcast"),
            *("doctor", "--json", "--host", "/etc/host.yaml", *words),
            expect=2,
        )
        owners = made.run("stat", "-c", "%U", "/srv/one/home/signalcast.sqlite3")

    found = json.loads(said)["checks"]
    assert list(found) == [name for name in checks() if name in names]
    states = {name: {one["state"] for one in found[name]["findings"]} for name in names}
    assert all("unknown" not in one for one in states.values()), found
    assert states["python"] == states["database"] == {"ok"}
    assert "no certificate" in found["tls"]["findings"][0]["what"]  # of the description
    assert owners.strip() == "nobody"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes homes of others")
def test_nothing_is_mended_as_another_user_than_the_owner(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("")
    (tmp_path / ".env").chmod(0o644)
    os.chown(tmp_path, 65_534, -1)

    done = doctor(tmp_path, "--only", "home", "--fix")

    assert done.returncode == 3
    assert "sudo -u nobody signalcast doctor --fix" in done.stderr
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_mended_is_told_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")

    done = doctor(tmp_path, "--only", "home", "--only", "python", "--fix", "--json")

    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "It could not be mended: FileExistsError" in told(done, "home")[0]["what"]
    assert told(done, "python")[0]["state"] == "ok"


def test_what_the_web_server_does_is_not_asked_of_django(tmp_path: Path) -> None:
    said: dict[str, set[str]] = {}
    for kind, more in (("nginx", ""), ("none", "trusted_proxies: [10.0.0.0/8]\n")):
        file = tmp_path / f"{kind}.yaml"
        file.write_text(f"{DESCRIPTION}web_server: {kind}\n{more}")
        done = doctor(
            *(tmp_path, "--host", str(file), "--only", "django", "--json"),
            SIGNALCAST_PUBLIC_URL="https://signals.example.com",
        )
        said[kind] = {one["why"] for one in told(done, "django")}

    done_by_nginx = {f"Django's own check says so (security.{one})." for one in ("W004", "W008")}
    assert said["none"] - said["nginx"] == done_by_nginx
