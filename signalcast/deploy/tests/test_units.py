"""What systemd is told: each process of the table, and nothing that it may not do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from signalcast.deploy.environment import processes
from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import host
from signalcast.deploy.render import render

USUAL = {
    "name": "test",
    "domain": "signals.example.com",
    "tls": {"kind": "certbot", "email": "owner@example.com"},
}
#: Of 10, where 10 may do all that root may.
EXPOSURE = 2.5
needs_analyze = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs the Debian package systemd"
)


def described(**parts: object) -> Host:
    return host(USUAL | parts)


def units(found: Host) -> dict[str, str]:
    """Texts of units by their names."""
    texts = render(found.manager, found)
    return {Path(path).name: text for path, text in texts.items() if "systemd/system" in path}


HOSTS = [
    described(manager="supervisor"),
    described(manager="systemd"),
    described(manager="systemd", base="/home/signals/here", settings={"telegram_polling": True}),
]


def test_every_process_of_the_table_is_a_unit_with_its_time_to_stop() -> None:
    found = described(manager="systemd", settings={"telegram_polling": True, "workers": 3})
    texts = units(found)

    names = [one.name for one in processes(found)]
    assert names == ["valkey", "intake", "web", "worker", "sender", "scheduler", "telegram"]
    assert texts.keys() == {f"signalcast-{name}@.service" for name in names} | {"signalcast.target"}
    for one in processes(found):
        text = texts[f"signalcast-{one.name}@.service"]
        assert f"-m signalcast.cli {one.command}\n" in text
        assert f"TimeoutStopSec={one.stop_within}\n" in text
        wanted = re.findall(rf"^Wants=(signalcast-{one.name}@.*)$", texts["signalcast.target"],
                            re.MULTILINE)  # fmt: skip
        assert wanted == [f"signalcast-{one.name}@{n}.service" for n in range(one.count)]


def test_one_that_was_told_to_retire_is_not_started_again() -> None:
    for name, text in units(described(manager="systemd")).items():
        if name.endswith(".service"):
            assert "Restart=always\n" in text
            assert "RestartPreventExitStatus=77\n" in text


def test_only_web_servers_are_reloaded() -> None:
    texts = units(described(manager="systemd"))
    reloaded = {name for name, text in texts.items() if "ExecReload=" in text}

    assert reloaded == {"signalcast-intake@.service", "signalcast-web@.service"}
    supervised = units(described())["signalcast.service"]
    assert re.findall(r"signal HUP (\S+)", supervised) == ["intake:intake-0", "web:web-0"]


def test_supervisor_has_the_time_to_stop_one_program_after_the_other() -> None:
    found = described()
    seconds = int(re.findall(r"TimeoutStopSec=(\d+)", units(found)["signalcast.service"])[0])

    assert seconds > sum(one.stop_within for one in processes(found))


@pytest.mark.parametrize("found", HOSTS, ids=["supervisor", "systemd", "below /home"])
def test_units_may_write_into_the_home_alone_and_hold_no_secret(found: Host) -> None:
    for name, text in units(found).items():
        if name.endswith(".service"):
            assert re.findall(r"ReadWritePaths=(.*)", text) == [found.home]
            assert f"User={found.user}\n" in text
        assert not re.search(r"password|secret_key|token", text, re.IGNORECASE)


@needs_analyze
@pytest.mark.parametrize("found", HOSTS, ids=["supervisor", "systemd", "below /home"])
def test_systemd_understands_the_units_and_finds_them_hardened(found: Host, tmp_path: Path) -> None:
    files = []
    for name, text in units(found).items():
        # Programs that only a real host has; whoever is the user of a test is on this machine.
        text = text.replace("/usr/bin/supervisorctl", "/bin/true").replace(
            found.python, "/bin/true"
        )
        path = tmp_path / name.replace("@.", "@0.")
        path.write_text(text.replace(f"User={found.user}", "User=root"))
        files.append(str(path))
    said = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert not [line for line in said.stderr.splitlines() if str(tmp_path) in line], said.stderr
    for file in filter(lambda name: name.endswith(".service"), files):
        said = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", file],
            capture_output=True,
            text=True,
            check=False,
        )
        exposure = re.findall(r"exposure level for \S+: ([0-9.]+)", said.stdout)
        assert float(exposure[0]) <= EXPOSURE, said.stdout


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"base": "/srv/" + "long" * 20}, "too long for sockets"),
        ({"manager": "systemd", "settings": {"scaling": "budget"}}, "needs `manager: supervisor`"),
    ],
)
def test_what_a_manager_cannot_do_is_refused_with_a_sentence(
    parts: dict[str, object], sentence: str
) -> None:
    with pytest.raises(WrongHost, match=re.escape(sentence)):
        described(**parts)
