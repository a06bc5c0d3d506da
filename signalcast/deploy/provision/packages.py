"""What a machine needs from its system's archive."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.deploy.host import SYSTEM_BROKERS, Host
from signalcast.deploy.provision.step import Ensure, Packages, Step

#: Whatever a machine does. curl asks ourselves whether we answer; python3-systemd is what fail2ban
#: reads the journal with.
ALWAYS = (
    *("apparmor", "ca-certificates", "cron", "curl", "dbus", "fail2ban", "logrotate"),
    *(
        "openssh-server",
        "openssl",
        "python3",
        "python3-systemd",
        "python3-venv",
        "sudo",
        "tzdata",
        "ufw",
    ),
    "unattended-upgrades",
)
DATABASES = {"postgresql": ("postgresql",), "mariadb": ("mariadb-server",), "sqlite": ()}
#: The driver for MariaDB has no wheel.
COMPILED = ("gcc", "libmariadb-dev", "pkg-config", "python3-dev")
WEB_SERVERS = {
    "nginx": ("nginx", "libnginx-mod-http-brotli-static"),
    "apache": ("apache2", "libapache2-mod-qos"),
    "none": (),
}


def names(host: Host) -> tuple[str, ...]:
    """The packages of HOST."""
    found = {*ALWAYS}
    if host.runs_code:
        found |= {"supervisor"} if host.manager == "supervisor" else set()
        found |= {*COMPILED} if host.database.engine == "mariadb" else set()
    if host.has("database"):
        found |= {*DATABASES[host.database.engine]}
    if host.has("broker") and host.broker.kind == "valkey":
        found.add(SYSTEM_BROKERS[host.system].service.removesuffix(".service"))
    if host.has("web"):
        found |= {*WEB_SERVERS[host.web_server]}
        if host.web_server != "none" and host.tls.kind == "certbot":
            found.add("certbot")
    return tuple(sorted(found))


def packages(host: Host) -> Iterator[Step]:
    """They are installed, also where somebody was interrupted at it."""
    yield Ensure(
        title="No package is half installed",
        test='[ -z "$(dpkg --audit)" ]',
        run="export DEBIAN_FRONTEND=noninteractive; dpkg --force-confold --configure -a;"
        " apt-get -qq update && apt-get -qq -y -o DPkg::Lock::Timeout=300 --fix-broken install",
    )
    yield Packages(title="Packages are installed", names=names(host))
    # Several packages keep the time, and exclude each other.
    yield Ensure(
        title="The clock is kept right",
        test="dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Provides}\\n'"
        " | grep '^ii' | grep -q -w time-daemon",
        run="DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300"
        " --no-install-recommends install systemd-timesyncd",
    )
