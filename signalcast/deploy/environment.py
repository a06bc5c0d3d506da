"""The settings of an installation that follow from its host's description."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.core.env import Environment, WrongSetting, checked, variable
from signalcast.deploy.host import DERIVED, SECRET, SYSTEM_BROKERS, Host
from signalcast.pipeline import Process, job_limits, table

#: The processes of each role, by the names of pipeline.py.
PROCESSES = {
    "web": ("intake", "web"),
    "workers": ("worker",),
    "senders": ("sender",),
    "scheduler": ("scheduler", "telegram"),
    "broker": ("valkey",),
}
PAGES_PORT = 8_000
INTAKE_PORT = 8_001
#: Whom a web server on the same machine speaks as.
LOOPBACK = ("127.0.0.1", "::1")


def variables(host: Host) -> dict[str, str]:
    """Environment variables by name, in the order of signalcast.core.env. None is a secret."""
    told = {name: _text(value) for name, value in host.settings.items()} | _derived(host)
    return {variable(name): told[name] for name in Environment.__struct_fields__ if name in told}


def settings(host: Host) -> Environment:
    """The same, as processes on that host will see them."""
    return checked(variables(host))


def processes(host: Host) -> tuple[Process, ...]:
    """What the process manager of that host runs, in starting order."""
    names = {name for role in host.roles for name in PROCESSES.get(role, ())}
    return tuple(one for one in table(settings(host), host.machine.cores) if one.name in names)


def wrong_settings(host: Host) -> Iterator[str]:
    """Why `settings` of the description cannot be used, a sentence for each."""
    for name in host.settings:
        if name not in Environment.__struct_fields__:
            yield f"`settings` names {name!r}, which is no setting: docs/reference/settings.md."
        elif name in DERIVED:
            yield f"`settings` names {name!r}, which follows from the rest of the description."
        elif name in SECRET:
            yield f"`settings` names {name!r}: secrets belong into {host.home}/.env, not here."
        elif "\n" in str(host.settings[name]):
            yield f"`settings` gives {name!r} more than one line."
    try:
        job_limits(settings(host))
    except WrongSetting as wrong:
        yield str(wrong)


def _derived(host: Host) -> dict[str, str]:
    proxied = host.web_server != "none"
    return {
        "home": host.home,
        "host": "127.0.0.1" if proxied else "0.0.0.0",  # noqa: S104 - the firewall says who may
        "port": str(PAGES_PORT),
        "apart": "1",
        "intake_port": str(INTAKE_PORT),
        # Probes of the machine itself ask for its own address.
        "allowed_hosts": ",".join((host.domain, *LOOPBACK, "localhost")),
        "public_url": f"https://{host.domain}",
        "trusted_proxies": ",".join((*(LOOPBACK if proxied else ()), *host.trusted_proxies)),
        **_database(host),
        **_broker(host),
    }


def _database(host: Host) -> dict[str, str]:
    """Without a password: on the machine itself the system tells who asks, and elsewhere
    the password stands in the home's own file, which goes before."""
    found = host.database
    if found.engine == "sqlite":
        return {}
    scheme = {"postgresql": "postgresql", "mariadb": "mysql"}[found.engine]
    if found.address:
        return {"database_url": f"{scheme}://{found.user}@{found.address}/{found.name}"}
    socket = {
        "postgresql": "?host=/var/run/postgresql",
        "mariadb": "?unix_socket=/run/mysqld/mysqld.sock",
    }[found.engine]
    return {"database_url": f"{scheme}://{found.user}@/{found.name}{socket}"}


def _broker(host: Host) -> dict[str, str]:
    if host.broker.kind == "embedded":
        return {}
    if host.broker.address:
        return {"redis_url": f"redis://{host.broker.address}:6379/0"}
    return {"redis_url": f"unix://{SYSTEM_BROKERS[host.system].socket}"}


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
