"""The rendered files run the whole product, under Debian's supervisor and as units of systemd."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation, kill
from tests.acceptance.machine import Machine, kill_group, machine
from tests.waiting import wait_for

SUPERVISORD = "/usr/bin/supervisord"
FEW = {"workers": 2, "senders": 1}
#: Seconds until a process that died is followed by one that works.
BACK_WITHIN = 5.0

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]
needs_supervisor = pytest.mark.skipif(
    not Path(SUPERVISORD).exists(), reason="needs the Debian package supervisor"
)
needs_flock = pytest.mark.skipif(not shutil.which("flock"), reason="needs util-linux")


def ctl(made: Machine, *words: str) -> str:
    conf = made.home / "run" / "supervisord.conf"
    done = subprocess.run(
        ["/usr/bin/supervisorctl", "-c", str(conf), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def pids(made: Machine) -> dict[str, int]:
    """The ids of the processes that supervisor runs, by their names."""
    lines = [line.split() for line in ctl(made, "status").splitlines()]
    return {
        words[0].partition(":")[2]: int(words[3].rstrip(","))
        for words in lines
        if words[1] == "RUNNING"
    }


@needs_supervisor
def test_supervisor_runs_every_process_and_keeps_signalcast_up_away(directory: Path) -> None:
    with machine(directory, settings=FEW) as made:
        manager = made.start_unit("signalcast.service")
        made.wait_up()

        assert pids(made).keys() == made.names()
        assert all((made.home / "log" / f"{name}.log").exists() for name in made.names())
        refused = made.run("up", expect=1)
        assert f"already running in {made.home} (process {manager.pid})" in refused
        again = made.start_unit("signalcast.service")
        assert again.wait(20) == 1
        journal = (made.directory / "journal-signalcast.service.log").read_text()
        assert f"(process {manager.pid}). Stop it first." in journal

        manager.send_signal(signal.SIGTERM)
        assert manager.wait(60) == 0
        assert not made.beats()


@needs_supervisor
def test_workers_hear_high_first_then_default_then_notifications(directory: Path) -> None:
    with machine(directory, settings=FEW) as made:
        made.start_unit("signalcast.service")
        made.wait_up()
        app = "__import__('signalcast.celery').celery.app"

        heard = made.query(f"{app}.control.inspect(timeout=5, limit=2).active_queues()")
        strategy = made.query(f"{app}.conf.broker_transport_options['queue_order_strategy']")

        assert len(heard) == 2
        for queues in heard.values():
            assert [one["name"] for one in queues] == ["high", "default", "notifications"]
        assert strategy == "priority"  # strictly in the order that they are heard in


@needs_supervisor
@pytest.mark.alone
def test_whatever_process_is_killed_another_works_within_five_seconds(directory: Path) -> None:
    with machine(directory, settings=FEW) as made:
        made.start_unit("signalcast.service")
        made.wait_up()
        for name in sorted(made.names()):
            killed = pids(made)[name]
            os.kill(killed, signal.SIGKILL)
            at = time.monotonic()

            def back(name: str = name, killed: int = killed) -> bool:
                pid = pids(made).get(name, killed)
                return pid != killed and (name == "valkey-0" or made.beats().get(name) == pid)

            wait_for(back, within=30, every=0.05, message=f"{name} again")
            assert time.monotonic() - at <= BACK_WITHIN, name


@needs_supervisor
def test_nothing_outlives_a_manager_that_is_killed(directory: Path) -> None:
    with machine(directory, settings=FEW) as made:
        manager = made.start_unit("signalcast.service")
        made.wait_up()
        left = set(pids(made).values())

        kill(manager)
        wait_for(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in left),
            within=20,
            message="the end of all processes",
        )
        made.start_unit("signalcast.service")
        wait_for(
            lambda: pids(made).keys() == made.names(), within=60, message="all processes again"
        )
        assert not left & set(pids(made).values())


@needs_flock
def test_units_of_systemd_run_every_process_and_turn_their_logs_over(directory: Path) -> None:
    with machine(directory, manager="systemd", settings=FEW) as made:
        for name in sorted(made.names(), reverse=True):
            kind, _dash, number = name.rpartition("-")
            made.start_unit(f"signalcast-{kind}@.service", number)
        made.wait_up()

        assert "already running" in made.run("up", expect=1)
        log = made.home / "log" / "worker-0.log"
        log.rename(log.with_suffix(".log.1"))
        wait_for(log.exists, within=20, message="the log under its name")
        worker = made.beats()["worker-0"]
        os.kill(worker, signal.SIGTERM)
        wait_for(
            lambda: "worker-0" not in made.beats(), within=30, every=0.5, message="its last beat"
        )
        shown = made.run("logs", "--process", "worker-0", "--json")
        assert '"worker-0"' in shown


@needs_flock
def test_units_of_systemd_wait_while_signalcast_up_runs(directory: Path) -> None:
    with machine(directory, manager="systemd", settings=FEW) as made:
        up = Installation.start(made, "up")
        wait_for((made.home / "run" / "supervisord.pid").exists, within=60, message="up")

        refused = made.start_unit("signalcast-sender@.service", "0")

        assert refused.wait(20) == 1
        kill_group(up)


def test_a_worker_makes_way_when_it_is_old(directory: Path) -> None:
    with machine(directory, settings=FEW) as made:
        made.environment |= {"SIGNALCAST_MANAGED": "systemd", "SIGNALCAST_MAX_LIFETIME": "1"}
        made.start("valkey")
        worker, sender = made.start("worker"), made.start("sender")

        assert worker.wait(60) == 0
        assert sender.wait(60) == 0
        assert not made.beats()
        assert "process.made_way" in (made.directory / "worker.log").read_text()
