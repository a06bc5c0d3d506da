"""The supervisor file, and the unit that runs supervisor, from the table of processes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from signalcast.core.env import MANAGED, PROCESS_NAME, SUPERVISOR
from signalcast.core.home import MANAGER_SOCKET
from signalcast.core.process import RETIRED
from signalcast.deploy import unit
from signalcast.deploy.environment import processes as processes_of
from signalcast.deploy.host import Host
from signalcast.pipeline import Process

#: Bytes of one log file, and how many old ones are kept.
LOG_BYTES = 20_000_000
LOGS_KEPT = 5
UNIT = "etc/systemd/system/signalcast.service"
#: Processes that start anew without dropping a request when they get SIGHUP.
RELOADED = frozenset(("intake", "web"))
#: Seconds that the manager itself may take to stop.
STOP_RESERVE = 15


@dataclass(frozen=True, slots=True)
class Place:
    """What the file has to know of the machine. Its own directory is the home's `run`."""

    python: str
    #: Where the manager's socket is; None means beside the file.
    sockets: Path | None = None
    #: Whether logs are turned over by the manager, or by the system's logrotate.
    rotates: bool = True
    #: Where processes start; None means where the manager is. A link is followed at each start,
    #: so that one leads to the release that is current then.
    directory: str | None = None


def files(host: Host) -> dict[str, str]:
    """The manager's file in the home of HOST, and the unit that runs the manager."""
    processes = processes_of(host)
    conf = f"{host.home}/run/supervisord.conf"
    return {
        conf.lstrip("/"): render(
            processes, Place(host.python, rotates=False, directory=host.current)
        ),
        UNIT: _unit(host, processes, conf),
    }


def render(processes: Sequence[Process], place: Place) -> str:
    """The configuration for supervisord. Programs start in the table's order and stop backwards.

    Paths are said relative to the file (`%(here)s`): written out, a home called "100%" or
    "Signals #2" would be read as an expression or a comment.
    """
    parts = [_daemon(place)]
    for order, process in enumerate(processes, start=1):
        parts.append(_program(process, place, order))
        if process.most > process.count:
            parts.append(_spares(process, place, order))
    return "\n".join(parts)


def _unit(host: Host, processes: Sequence[Process], conf: str) -> str:
    """The package's own manager runs as root. Ours runs as the installation's user, so that the
    console may start processes, and holds the lock of `signalcast up`, so that only one does."""
    lock = f"{host.home}/{unit.LOCK}"
    reload = "".join(
        f"ExecReload=/usr/bin/supervisorctl -c {conf} signal HUP {one.name}:{one.name}-0\n"
        for one in processes
        if one.name in RELOADED
    )
    # One program after the other is stopped, each until all its processes have ended.
    stop_within = sum(one.stop_within for one in processes) + STOP_RESERVE
    return f"""\
# Rendered by `signalcast deploy render supervisor`. Changes here are lost.
[Unit]
Description=Signalcast: all processes of {host.home}
{unit.after(*unit.SERVERS)}StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=/bin/sh -c 'exec 3>>{lock}; flock --nonblock 3 || {{ \
    echo "Signalcast is already running in {host.home} (process $(cat {lock})). Stop it first."; \
    exit 1; }}; echo $$$$ >{lock}; exec /usr/bin/supervisord --nodaemon --silent -c {conf}'
{reload}Restart=always
RestartSec=1
# Only the manager is told to stop. What outlives it is ended, or would answer beside the next one.
KillMode=mixed
TimeoutStopSec={stop_within}
{unit.service(host, {})}# It sets the owner of its socket, to the one that it has.
SystemCallFilter=@chown

[Install]
WantedBy=multi-user.target
"""


def spares(processes: Sequence[Process]) -> list[str]:
    """The names of the processes that only run while rows wait too long."""
    return [f"{one.name}-{number}" for one in processes for number in range(one.count, one.most)]


def _daemon(place: Place) -> str:
    socket = f"{_text(place.sockets) if place.sockets else '%(here)s'}/{MANAGER_SOCKET}"
    return f"""\
; Rendered from signalcast/pipeline.py. Changes here are lost.
[supervisord]
nodaemon=true
logfile=%(here)s/../log/supervisord.log
logfile_maxbytes={_log_bytes(place)}
logfile_backups={LOGS_KEPT}
pidfile=%(here)s/supervisord.pid
childlogdir=%(here)s/../log

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""


def _spares(process: Process, place: Place, order: int) -> str:
    """Those that may join, under the numbers that follow. Somebody has to start them."""
    section = _program(replace(process, count=process.most - process.count), place, order)
    return (
        section.replace(f"[program:{process.name}]", f"[program:{process.name}-more]")
        + f"numprocs_start={process.count}\nautostart=false\n"
    )


def _program(process: Process, place: Place, order: int) -> str:
    command = shlex.join([place.python, "-m", "signalcast.cli", *process.command.split()])
    directory = f"directory={_text(place.directory)}\n" if place.directory else ""
    # A process that cannot start is tried again for ever, each time a second later, and one that
    # ends is followed by another unless it was told to retire. The log's
    # name is read twice over, hence its doubled signs.
    return f"""\
[program:{process.name}]
command={_text(command)}
{directory}process_name={process.name}-%(process_num)d
numprocs={process.count}
priority={order * 10}
autorestart=unexpected
exitcodes={RETIRED}
startsecs=2
startretries=1000000
stopsignal=TERM
stopwaitsecs={process.stop_within}
environment={MANAGED}="{SUPERVISOR}",{PROCESS_NAME}="{process.name}-%(process_num)d",MALLOC_ARENA_MAX="2",PYTHONUNBUFFERED="1"
redirect_stderr=true
stdout_logfile=%%(here)s/../log/{process.name}-%%(process_num)d.log
stdout_logfile_maxbytes={_log_bytes(place)}
stdout_logfile_backups={LOGS_KEPT}
"""


def _log_bytes(place: Place) -> int:
    return LOG_BYTES if place.rotates else 0


def _text(value: object) -> str:
    """A value as supervisor reads it back: its per cent signs are no expressions."""
    return str(value).replace("%", "%%")
