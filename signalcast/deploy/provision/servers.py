"""The database and the broker of a machine, as steps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from signalcast.deploy.host import SYSTEM_BROKERS, SYSTEM_POSTGRESQL, Host
from signalcast.deploy.provision.accounts import member
from signalcast.deploy.provision.rendered import paths, rendered
from signalcast.deploy.provision.secrets import Secrets
from signalcast.deploy.provision.sql import Told, mariadb, postgresql
from signalcast.deploy.provision.step import LIVE, STATE, Ensure, File, Step, enabled, running

#: There while a database runs that we have started ourselves.
MARK = f"{STATE}/database.started"


def servers(host: Host, secrets: Secrets) -> Iterator[Step]:
    """Those that run here, with what they keep for us."""
    if host.has("broker") and host.broker.kind == "valkey":
        yield from _broker(host, secrets)
    if host.has("database") and host.database.engine != "sqlite":
        yield from _database(host, secrets)


def meanwhile(host: Host, command: str) -> str:
    """COMMAND while the machine's database runs: where systemd doesn't, for this time alone, and
    without a network. One that an interrupted run left is known by its mark."""
    if not host.has("database") or host.database.engine == "sqlite":
        return command
    runs, start, stop = _by_hand(host)
    return f"""\
set -e
if ! {LIVE}; then
    runs() {{ {runs}; }}
    if [ -e {MARK} ] || ! runs; then
        trap '{stop}; rm -f {MARK}' EXIT
        touch {MARK}
        runs || {{ {start}; }}
    fi
fi
{command}"""


def _by_hand(host: Host) -> tuple[str, str, str]:
    """Lines that tell whether the database runs, that start it, and that stop it."""
    if host.database.engine == "postgresql":
        cluster = f"pg_ctlcluster {SYSTEM_POSTGRESQL[host.system]} main"
        return (
            f"{cluster} status >/dev/null",
            f"{cluster} start -- -s -o \"-c listen_addresses=''\"",
            f"{cluster} stop -m fast || true",
        )
    return (
        "mariadb-admin -s ping 2>/dev/null",
        "install -d -o mysql -g mysql /run/mysqld\n"
        "        mariadbd-safe --skip-networking --silent-startup >/dev/null 2>&1 &\n"
        "        for _ in $(seq 120); do runs && break; sleep 0.5; done; runs",
        "mariadb-admin shutdown || true",
    )


def _broker(host: Host, secrets: Secrets) -> Iterator[Step]:
    broker = SYSTEM_BROKERS[host.system]
    files = list(paths(host, "valkey"))
    if host.peers:
        files.append(f"/etc/{broker.name}/password.conf")
        yield File(
            title="The broker has its password",
            path=files[-1],
            text=f"requirepass {secrets.broker_password}\n",
            mode="640",
            owner=broker.name,
            group=broker.name,
            secret=True,
        )
    yield from rendered(host, "valkey")
    if host.runs_code:
        yield member(host, broker.name)
    yield enabled(broker.service)
    yield running(broker.service, tuple(files), act="restart")


def _database(host: Host, secrets: Secrets) -> Iterator[Step]:
    engine = host.database.engine
    unit = f"{engine}.service"
    yield from rendered(host, engine)
    yield enabled(unit)
    yield running(unit, paths(host, engine), act="restart")
    told = {"postgresql": postgresql, "mariadb": mariadb}[engine](host, secrets)
    # Without systemd no server is there to be asked: what was done is noted.
    done = hashlib.sha256(told.statements.encode()).hexdigest()[:16]
    stamp = f"{STATE}/database-{done}"
    yield Ensure(
        title=f"The database {host.database.name} is there",
        test=f"if {LIVE}; then {_answers(told)}; else [ -e {stamp} ]; fi",
        run=meanwhile(host, f"{told.client} <<'SQL'\n{told.statements}\nSQL\ntouch {stamp}"),
    )


def _answers(told: Told) -> str:
    return f"[ \"$({told.client} <<'SQL'\n{told.query}\nSQL\n)\" = 1 ]"
