"""What keeps strangers out of a machine."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.deploy.host import Host
from signalcast.deploy.provision.rendered import paths, rendered
from signalcast.deploy.provision.step import Ensure, Step, enabled, live, running, stamped

FIREWALL = "/usr/local/sbin/signalcast-firewall"
SOCKET = "/etc/systemd/system/ssh.socket.d/signalcast.conf"
PROFILES = "/sys/kernel/security/apparmor/profiles"


def updates(host: Host) -> Iterator[Step]:
    """Security updates by themselves, which leave our files as they are. Before packages."""
    yield from rendered(host, "unattended")


def doors(host: Host) -> Iterator[Step]:
    """The firewall, and how administrators come in. Before anything listens."""
    for unit in ("apt-daily.timer", "apt-daily-upgrade.timer", "unattended-upgrades.service"):
        yield enabled(unit)
    yield from rendered(host, "ufw")
    yield Ensure(
        title="The firewall lets in what it should",
        test=live(f"{FIREWALL} check"),
        run=FIREWALL,
    )
    yield from rendered(host, "sshd")
    files = paths(host, "sshd")
    # Where systemd listens for it, the service starts with the first who comes.
    yield Ensure(
        title="ssh.service starts with the machine",
        test="systemctl is-enabled --quiet ssh.service || systemctl is-enabled --quiet ssh.socket",
        run="systemctl --quiet enable ssh.service",
    )
    if SOCKET in files:
        yield running("ssh.socket", (SOCKET,), act="restart")
    yield running("ssh.service", files, check="mkdir -p /run/sshd && sshd -t")


def profile(host: Host) -> Iterator[Step]:
    """What processes may do. Before they start."""
    if not host.runs_code:
        return
    yield from rendered(host, "apparmor")
    yield enabled("apparmor.service")
    [path] = paths(host, "apparmor")
    fresh, note = stamped("apparmor", (path,))
    yield Ensure(
        title="The profile of processes is in force",
        test=f"! [ -e {PROFILES} ] || {{ grep -q '^signalcast ' {PROFILES} && {fresh}; }}",
        run=note.replace("@@", f"apparmor_parser -r {path}"),
    )


def jails(host: Host) -> Iterator[Step]:
    """Who guesses is shut out. After the application: a jail needs a log."""
    yield from rendered(host, "fail2ban")
    if host.has("web") and host.runs_code:
        for name in ("web", "intake"):
            log = f"{host.home}/log/{name}"
            yield Ensure(
                title=f"{log}-0.log is there",
                test=f"ls {log}-*.log >/dev/null 2>&1",
                run=f"install -o {host.user} -g {host.user} -m 640 /dev/null {log}-0.log",
            )
    yield enabled("fail2ban.service")
    yield running("fail2ban.service", paths(host, "fail2ban"))
