"""Every file that makes a host one of ours, from its description. Text in, text out.

A target is a module of `targets/` with `files(host)`: texts by their paths on the machine, without
the leading slash. The same description makes the same texts on any machine, at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.targets import (
    apache,
    apparmor,
    cron,
    docker,
    fail2ban,
    logrotate,
    mariadb,
    nginx,
    postgresql,
    railway,
    settings,
    sshd,
    supervisor,
    systemd,
    ufw,
    unattended,
    valkey,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A program that a host runs, and its files."""

    files: Callable[[Host], dict[str, str]]
    #: Whether a host is of its kind.
    suits: Callable[[Host], bool]
    #: What a description says that it suits, for people.
    when: str


def _on_system(host: Host) -> bool:
    """Whether a whole machine is described, and not what runs in somebody else's."""
    return host.manager in ("supervisor", "systemd")


TARGETS: Mapping[str, Target] = {
    "settings": Target(settings.files, lambda host: host.runs_code, "a role with processes"),
    "supervisor": Target(
        supervisor.files,
        lambda host: host.runs_code and host.manager == "supervisor",
        "`manager: supervisor` and a role with processes",
    ),
    "nginx": Target(
        nginx.files,
        lambda host: _on_system(host) and host.has("web") and host.web_server == "nginx",
        "`web_server: nginx`, the role web, and a manager of the system",
    ),
    "apache": Target(
        apache.files,
        lambda host: _on_system(host) and host.has("web") and host.web_server == "apache",
        "`web_server: apache`, the role web, and a manager of the system",
    ),
    "logrotate": Target(logrotate.files, lambda host: host.runs_code, "a role with processes"),
    "fail2ban": Target(fail2ban.files, _on_system, "`manager: supervisor` or `systemd`"),
    "ufw": Target(ufw.files, _on_system, "`manager: supervisor` or `systemd`"),
    "sshd": Target(sshd.files, _on_system, "`manager: supervisor` or `systemd`"),
    "apparmor": Target(apparmor.files, lambda host: host.runs_code, "a role with processes"),
    "unattended": Target(unattended.files, _on_system, "`manager: supervisor` or `systemd`"),
    "systemd": Target(
        systemd.files,
        lambda host: host.runs_code and host.manager == "systemd",
        "`manager: systemd` and a role with processes",
    ),
    "postgresql": Target(
        postgresql.files,
        lambda host: host.has("database") and host.database.engine == "postgresql",
        "the role database and `engine: postgresql`",
    ),
    "mariadb": Target(
        mariadb.files,
        lambda host: host.has("database") and host.database.engine == "mariadb",
        "the role database and `engine: mariadb`",
    ),
    "valkey": Target(
        valkey.files,
        lambda host: host.has("broker") and host.broker.kind == "valkey",
        "the role broker and `kind: valkey`",
    ),
    "cron": Target(
        cron.files,
        lambda host: host.runs_code and not host.has("scheduler"),
        "a role with processes, but without the role scheduler",
    ),
    "docker": Target(
        docker.files, lambda host: host.manager == "containers", "`manager: containers`"
    ),
    "railway": Target(
        railway.files, lambda host: host.manager == "platform", "`manager: platform`"
    ),
}


def targets(host: Host) -> list[str]:
    """The names of the targets that suit HOST."""
    return [name for name, target in TARGETS.items() if target.suits(host)]


def render(target: str, host: Host) -> dict[str, str]:
    """Texts by their paths. Raises WrongHost when the target is nothing for HOST."""
    found = TARGETS.get(target)
    if found is None:
        raise WrongHost(f"There is no target {target!r}. There are: {', '.join(TARGETS)}, all.")
    if not found.suits(host):
        raise WrongHost(f"The target {target} is for hosts with {found.when}.")
    return found.files(host)


def render_all(host: Host) -> dict[str, dict[str, str]]:
    """The files of every target that suits HOST, by the target's name."""
    return {name: render(name, host) for name in targets(host)}
