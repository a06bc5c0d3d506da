"""The application: its directories, its settings, its first release, and what runs it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

import msgspec
import yaml

from signalcast.core.env import variable
from signalcast.deploy.environment import INTAKE_PORT
from signalcast.deploy.host import Host
from signalcast.deploy.provision.rendered import paths, rendered
from signalcast.deploy.provision.secrets import Secrets
from signalcast.deploy.provision.servers import meanwhile
from signalcast.deploy.provision.step import (
    STATE,
    Directory,
    Ensure,
    File,
    Settings,
    Step,
    Upload,
    enabled,
    live,
    running,
)
from signalcast.deploy.targets.systemd import TARGET

SERVICE = "signalcast.service"
#: Where uv puts an interpreter, and uv itself, on a system whose own is too old.
PYTHONS, UV = "python", "uv"
#: Seconds that an interrupted installation may still be at it.
ALONE_WITHIN = 1_200
FITS = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))"


def application(host: Host, secrets: Secrets, release: str) -> Iterator[Step]:
    """Everything until its processes run. RELEASE is the name that the first one gets."""
    if not host.runs_code:
        return
    yield from _directories(host)
    yield from rendered(host, "settings")
    yield _description(host)
    if values := secrets.variables(host):
        yield Settings(
            title="Processes know their secrets",
            path=f"{host.home}/.env",
            owner=host.user,
            values=values,
        )
    yield _first_release(host, release)
    yield from rendered(host, "logrotate")
    yield enabled("logrotate.timer")
    yield from _cron(host)
    yield from _manager(host)


def answers(host: Host) -> Iterator[Step]:
    """The end of it all: doors and pages can work."""
    if host.runs_code and host.has("web"):
        asked = f"curl -fsS -o /dev/null -m 5 http://127.0.0.1:{INTAKE_PORT}/readyz"
        yield Ensure(
            title="The application is ready",
            test=live(f"{asked} 2>/dev/null"),
            run=f"for _ in $(seq 90); do {asked} 2>/dev/null && exit 0; sleep 1; done; {asked}",
        )


def _directories(host: Host) -> Iterator[Step]:
    """The web server passes through the home to static files, and sees nothing else."""
    for path, mode in (
        (host.base, "755"),
        (f"{host.base}/releases", "755"),
        (host.home, "711"),
        (f"{host.home}/run", "700"),
        (f"{host.home}/log", "700"),
        (f"{host.home}/static", "755"),
    ):
        yield Directory(
            title=f"{path} is a directory of {host.user}", path=path, mode=mode, owner=host.user
        )


def _description(host: Host) -> Step:
    """For `signalcast doctor`, and for whoever wonders what this machine is."""
    told = yaml.safe_dump(msgspec.to_builtins(host), sort_keys=False)
    return File(
        title="The installation knows its description",
        path=f"{host.home}/host.yaml",
        text="# Written by `signalcast deploy provision`. Changes here are lost.\n" + told,
        mode="640",
        owner=host.user,
    )


def _first_release(host: Host, release: str) -> Step:
    """Later ones are brought by `signalcast deploy release`, which never stops what runs."""
    archive = f"{STATE}/{release}.tar.gz"
    as_user = f"runuser -u {host.user} -- sh -e -c {quote(_install(host, release, archive))}"
    sets = f"cd / && chmod 644 {archive}\n{meanwhile(host, as_user)}\nrm {archive}"
    there = f"[ -e {host.current}/release.json ]"
    # What was interrupted may go on for a while over there. A database server that is started
    # meanwhile must not keep the lock, hence -o.
    alone = f"flock -o -w {ALONE_WITHIN} {STATE}/release.lock"
    return Upload(
        title="A release is installed",
        test=there,
        run=f"{alone} sh -c {quote(f'{there} && exit 0; set -e; {sets}')}",
        path=archive,
    )


def _install(host: Host, release: str, archive: str) -> str:
    """As the installation's user: unpack it, install its packages, and have it release itself."""
    sets = "base mysql" if host.database.engine == "mariadb" else "base"
    place = f"{host.base}/releases/{release}"
    rows = f"{host.home}/signalcast.sqlite3"
    # SQLite's other files get the mode of the first one.
    closed = f"[ -e {rows} ] || install -m 600 /dev/null {rows}\n"
    closed = closed if host.database.engine == "sqlite" else ""
    return f"""\
umask 022
export HOME={host.base} {variable("home")}={host.home} PIP_NO_CACHE_DIR=1
rm -rf {place}
mkdir -p {place}
tar -xzf {archive} -C {place}
cd {place}
python=
for name in python3 python3.13 python3.12 python3.11; do
    if $name -I -c '{FITS}' 2>/dev/null; then python=$name; break; fi
done
if [ -z "$python" ]; then
    python3 -m venv {host.base}/{UV}
    {host.base}/{UV}/bin/python -m pip -q install --require-hashes -r requirements/lock.txt
    export UV_PYTHON_INSTALL_DIR={host.base}/{PYTHONS}
    {host.base}/{UV}/bin/uv -q python install 3.12
    python=$({host.base}/{UV}/bin/uv python find 3.12)
fi
nice -n 15 "$python" -I -S tools/bootstrap.py --python "$python" {sets}
{closed}.venv/bin/python -m signalcast.cli deploy release {place} --base {host.base}
"""


def _cron(host: Host) -> Iterator[Step]:
    """Where no scheduler process runs, cron looks once a minute."""
    yield enabled("cron.service")
    if host.has("scheduler"):
        yield Ensure(
            title="cron looks after nothing",
            test="[ ! -e /etc/cron.d/signalcast ]",
            run="rm /etc/cron.d/signalcast",
        )
    else:
        yield from rendered(host, "cron")


def _manager(host: Host) -> Iterator[Step]:
    """One of the two runs the processes, and the other is out of the way."""
    files = (*paths(host, host.manager), *paths(host, "settings"))
    yield from rendered(host, host.manager)
    if host.manager == "supervisor":
        yield _gone(TARGET, "/etc/systemd/system/signalcast*@.service")
        # The package's own would run as root, with nothing to do.
        yield Ensure(
            title="The package's own supervisor is off",
            test="! systemctl is-enabled --quiet supervisor.service 2>/dev/null",
            run="systemctl --quiet disable --now supervisor.service",
        )
        yield enabled(SERVICE)
        yield running(SERVICE, files, act="restart")
    else:
        yield _gone(SERVICE)
        yield enabled(TARGET)
        # A restart would bring back instances that the target no longer wants.
        yield running(TARGET, files, act=f"stop {TARGET} && systemctl start")


def _gone(unit: str, more: str = "") -> Step:
    """A unit from when another manager was described."""
    path = f"/etc/systemd/system/{unit}"
    return Ensure(
        title=f"{unit} is not there",
        test=f"[ ! -e {path} ]",
        run=f"systemctl --quiet disable --now {unit} && rm -f {path} {more}".rstrip(),
    )
