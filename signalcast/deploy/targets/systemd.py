"""Units of systemd, one for each process of the table, and the target that has them all."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from signalcast.core.env import MANAGED, PROCESS_NAME, SYSTEMD, variable
from signalcast.core.process import RETIRED
from signalcast.deploy import unit
from signalcast.deploy.environment import processes as processes_of
from signalcast.deploy.host import Host
from signalcast.deploy.targets.supervisor import RELOADED
from signalcast.pipeline import Process

DIRECTORY = "etc/systemd/system"
TARGET = "signalcast.target"


def files(host: Host) -> dict[str, str]:
    """A template for each kind of process, and the target that wants as many as the table says."""
    processes = processes_of(host)
    broker = tuple(name for one in processes if one.name == "valkey" for name in instances(one))
    units = {
        f"{DIRECTORY}/signalcast-{one.name}@.service": _unit(host, one, broker) for one in processes
    }
    return units | {f"{DIRECTORY}/{TARGET}": _target(host, processes)}


def instances(process: Process) -> list[str]:
    """The names of the units that run a kind of process."""
    return [f"signalcast-{process.name}@{number}.service" for number in range(process.count)]


def _unit(host: Host, process: Process, broker: Sequence[str]) -> str:
    name = f"{process.name}-%i"
    command = shlex.join([host.python, "-m", "signalcast.cli", *process.command.split()])
    environment = {
        MANAGED: SYSTEMD,
        PROCESS_NAME: name,
        # What comes before the process opens it, or instead of it, is in the journal.
        variable("log_file"): f"{host.home}/log/{name}.log",
    }
    first = broker if process.name != "valkey" else ()
    reload = "ExecReload=/bin/kill -HUP $MAINPID\n" if process.name in RELOADED else ""
    return f"""\
# Rendered by `signalcast deploy render systemd`. Changes here are lost.
[Unit]
Description=Signalcast {name}: {process.meaning}
PartOf={TARGET}
{unit.after(*unit.SERVERS, *first)}StartLimitIntervalSec=0

[Service]
Type=exec
# All units share the lock that `signalcast up` wants for itself.
ExecStart=/usr/bin/flock --shared --nonblock --no-fork {host.home}/{unit.LOCK} {command}
{reload}Restart=always
RestartSec=1
# Who leaves with this code was told to retire.
RestartPreventExitStatus={RETIRED}
SuccessExitStatus={RETIRED}
# Only the process itself is told to stop. What outlives it is ended.
KillMode=mixed
TimeoutStopSec={process.stop_within}
{unit.service(host, environment)}
[Install]
WantedBy={TARGET}
"""


def _target(host: Host, processes: Sequence[Process]) -> str:
    wanted = "".join(f"Wants={name}\n" for one in processes for name in instances(one))
    return f"""\
# Rendered by `signalcast deploy render systemd`. Changes here are lost.
[Unit]
Description=Signalcast: all processes of {host.home}
{wanted}
[Install]
WantedBy=multi-user.target
"""
