"""Settings of the system's Valkey, or of the Redis that Debian 12 has in its place."""

from __future__ import annotations

from signalcast.deploy.host import SYSTEM_BROKERS, Host
from signalcast.deploy.sizes import BROKER, MIB


def files(host: Host) -> dict[str, str]:
    """The server's file, in place of the package's own."""
    name = SYSTEM_BROKERS[host.system].name
    return {f"etc/{name}/{name}.conf": _settings(host)}


def _settings(host: Host) -> str:
    broker = SYSTEM_BROKERS[host.system]
    return f"""\
# Rendered by `signalcast deploy render valkey`. Changes here are lost.
{_listens(host)}
protected-mode yes
unixsocket {broker.socket}
# Whoever is in the group {broker.name}, as {host.user} is.
unixsocketperm 770
timeout 0
tcp-keepalive 60
maxclients 10000

daemonize no
pidfile /run/{broker.name}/{broker.name}-server.pid
logfile /var/log/{broker.name}/{broker.name}-server.log
loglevel notice
dir /var/lib/{broker.name}

# Bells that nobody hears pile up. A full broker must say so; it must not forget.
maxmemory {BROKER // MIB}mb
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
"""


def _listens(host: Host) -> str:
    name = SYSTEM_BROKERS[host.system].name
    if not host.peers:
        return "# Nobody comes in over the network.\nport 0"
    return (
        "# The firewall lets peers in, and this file, with `requirepass` and 0640, asks them for\n"
        f"# the password: without it the server does not start.\nport 6379\nbind *\n"
        f"include /etc/{name}/password.conf"
    )
