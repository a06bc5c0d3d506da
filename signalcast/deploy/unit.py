"""What every systemd unit of ours has in common: who it runs as and what it may do."""

from __future__ import annotations

from pathlib import PurePosixPath

from signalcast.core.env import PREFIX
from signalcast.deploy.host import SYSTEM_BROKERS, Host

#: Descriptors that a process may have: a connection each.
DESCRIPTORS = 65_536
#: The lock that one manager of a home holds, so that no second one starts.
LOCK = "run/up.lock"
#: Environment of every process: little memory per thread, lines that are written at once.
USUAL = {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}
#: Units of servers that may run on the same machine, by engine or kind.
SERVERS = (
    *("postgresql.service", "mariadb.service"),
    *(broker.service for broker in SYSTEM_BROKERS.values()),
)

HARDENING = """\
# It writes into its home, speaks over the network, and may do nothing else.
ReadWritePaths={home}
ProtectSystem=strict
ProtectHome={protect_home}
PrivateTmp=true
PrivateDevices=true
PrivateUsers=true
ProtectProc=invisible
ProtectClock=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectControlGroups=true
NoNewPrivileges=true
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=true
RemoveIPC=true
RestrictRealtime=true
RestrictSUIDSGID=true
RestrictNamespaces=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0027
# The profile of `signalcast deploy render apparmor`, where it is loaded.
AppArmorProfile=-signalcast
"""


def service(host: Host, environment: dict[str, str]) -> str:
    """The lines of [Service] that all have: account, environment, limits, hardening."""
    told = {f"{PREFIX}HOME": host.home, **environment, **USUAL}
    variables = "".join(f"Environment={name}={value}\n" for name, value in told.items())
    # Where the installation itself is below /home, that must be seen.
    protect = "read-only" if PurePosixPath(host.base).parts[1] in ("home", "root") else "true"
    return (
        f"User={host.user}\nGroup={host.user}\nWorkingDirectory=/\n{variables}"
        f"LimitNOFILE={DESCRIPTORS}\n\n" + HARDENING.format(home=host.home, protect_home=protect)
    )


def after(*units: str) -> str:
    """The lines of [Unit] on what starts first where it is there at all."""
    return f"Wants=network-online.target\nAfter={' '.join(('network-online.target', *units))}\n"
