"""A real logrotate, as rendered, while processes write: every line is in one file, once."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import msgspec
import pytest

from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from signalcast.deploy.render import render
from signalcast.deploy.targets import supervisor
from signalcast.pipeline import Process
from tests.machine import Machine, machine, missing, needs_namespaces
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.wide,
    needs_namespaces,
    missing("logrotate:logrotate"),
]

SMALL = Path(__file__).parents[2] / "deploy" / "hosts" / "small.yaml"
ROTATIONS = 6
#: Writes numbered lines as fast as it can, until a file says stop, and stays.
WRITER = """\
import itertools, os, signal, sys
from pathlib import Path
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.log_file import print_to
if environment().log_file:
    print_to(Path(environment().log_file))
events.set_up()
for number in itertools.count():
    events.emit("line.written", number=number)
    if os.path.exists("/run/tests/stop"):
        break
open("/run/tests/written", "w").write(str(number))
signal.pause()
"""


def lines(path: Path) -> list[str]:
    text = path.read_bytes()
    return (gzip.decompress(text) if path.suffix == ".gz" else text).decode().splitlines()


def written(made: Machine, host: Host) -> list[int]:
    """The numbers in all files of the writer."""
    found = [
        line for path in made.path(f"{host.home}/log").glob("writer-0.log*") for line in lines(path)
    ]
    return sorted(json.loads(line)["number"] for line in found)


def start(made: Machine, host: Host) -> None:
    """Start the writer as that host's process manager would."""
    program = made.path(f"{host.base}/writer")
    script = made.path(f"{host.base}/writer.py")
    script.write_text(WRITER)
    program.write_text(f"#!/bin/sh\nexec {sys.executable} {host.base}/writer.py\n")
    program.chmod(0o755)
    if host.manager == "systemd":
        log = f"{host.home}/log/writer-0.log"
        made.start("writer", f"{host.base}/writer", SIGNALCAST_LOG_FILE=log)
        return
    table = [Process("writer", "", 1, 10, "writes")]
    text = supervisor.render(table, supervisor.Place(f"{host.base}/writer", rotates=False))
    conf = f"{host.home}/run/supervisord.conf"
    made.write({conf: text})
    made.start("manager", sys.executable, "-m", "supervisor.supervisord", "-c", conf)


@pytest.mark.parametrize("manager", ["supervisor", "systemd"])
def test_no_line_is_lost_or_doubled_when_logs_are_rotated_under_load(manager: str) -> None:
    host = msgspec.structs.replace(read(SMALL.read_text()), manager=manager)
    with machine() as made:
        made.run("useradd", "--system", "--home-dir", host.home, host.user)
        made.write(render("logrotate", host))
        for name in ("run", "log"):
            made.path(f"{host.home}/{name}").mkdir(parents=True)
        # Processes run as that user, who has the file from the start.
        made.path(f"{host.home}/log/writer-0.log").touch(mode=0o640)
        made.run("chown", "-R", f"{host.user}:", host.base)
        start(made, host)
        log = made.path(f"{host.home}/log/writer-0.log")
        for _ in range(ROTATIONS):
            wait_for(
                lambda: log.exists() and log.stat().st_size > 100_000,
                within=30,
                message="the new file is written to",
            )
            made.run("logrotate", "--force", "/etc/logrotate.d/signalcast")
        wait_for(lambda: log.stat().st_size > 100_000, within=30, message="it goes on")
        mode = log.stat().st_mode & 0o777
        made.path("/run/tests/stop").touch()
        told = made.path("/run/tests/written")
        wait_for(lambda: told.exists() and told.read_text(), within=30, message="all is written")
        count = int(told.read_text()) + 1
        wait_for(
            lambda: json.loads(lines(log)[-1])["number"] == count - 1,
            within=30,
            message="the last line is there",
        )

        names = sorted(path.name for path in log.parent.glob("writer-0.log*"))
        assert mode == 0o640
        assert names == ["writer-0.log", "writer-0.log.1"] + [
            f"writer-0.log.{number}.gz" for number in range(2, ROTATIONS + 1)
        ]
        assert written(made, host) == list(range(count))
