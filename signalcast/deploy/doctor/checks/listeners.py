"""Which ports are open, and whether others can reach what is for this machine alone."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.db import connection
from yarl import URL

from signalcast.core.env import environment
from signalcast.deploy.doctor.finding import Check, Finding, note, ok, problem, unknown
from signalcast.deploy.doctor.scene import Scene

#: The kernel's number for a socket that listens (include/net/tcp_states.h).
LISTENS = "0A"
DATABASES = {"postgresql": (5_432,), "mysql": (3_306,)}
MENDS = {
    "database": "Set listen_addresses (PostgreSQL) or bind-address (MariaDB) to 127.0.0.1, "
    "then restart it",
    "broker": "Set `bind 127.0.0.1 -::1` in /etc/valkey/valkey.conf, then restart it",
    "application": "Set SIGNALCAST_HOST=127.0.0.1 in $SIGNALCAST_HOME/.env, then restart it",
}
Listener = tuple[IPv4Address | IPv6Address, int]


def listeners(scene: Scene) -> list[Listener]:
    """Addresses and ports that TCP connections are taken at, in this network namespace."""
    found: list[Listener] = []
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in (scene.text(path) or "").splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENS:
                address, _, port = words[1].partition(":")
                found.append((_address(address), int(port, 16)))
    return found


def _address(told: str) -> IPv4Address | IPv6Address:
    """The kernel writes addresses as words of 32 bits in the machine's own order."""
    words = [int(told[place : place + 8], 16) for place in range(0, len(told), 8)]
    address = ip_address(b"".join(struct.pack("=I", word) for word in words))
    return getattr(address, "ipv4_mapped", None) or address


def _ports(scene: Scene) -> Iterator[Finding]:
    if scene.text("/proc/net/tcp") is None:
        yield unknown("The system does not say which ports are open.")
        return
    open_ports = listeners(scene)
    peers = scene.host.peers if scene.host else ()
    for what, ports in _inside(scene).items():
        shown = sorted({f"{at}:{port}" for at, port in open_ports
                        if port in ports and not at.is_loopback})  # fmt: skip
        if not shown:
            listed = " and ".join(map(str, sorted(ports)))
            yield ok(f"The {what} (port {listed}) cannot be reached from other machines.")
        elif peers and what != "application":
            yield note(
                f"The {what} listens at {', '.join(shown)}, for {', '.join(peers)}",
                "The firewall has to keep everybody else out.",
            )
        else:
            yield problem(
                f"The {what} listens at {', '.join(shown)}, where other machines reach it",
                "Whoever reaches it can try passwords, and read and change all there is.",
                MENDS[what],
            )


def _inside(scene: Scene) -> dict[str, set[int]]:
    """Ports that are for this machine alone, by what listens there."""
    settings = environment()
    engine = {"mariadb": "mysql"}.get(scene.host.database.engine, scene.host.database.engine) if (
        scene.host) else connection.vendor  # fmt: skip
    # Without a description, whatever usual server there is counts.
    databases = set(DATABASES.get(engine, (5_432, 3_306)))
    told = connection.settings_dict.get("PORT")
    if told and str(told).isdigit():
        databases.add(int(told))
    broker = {6_379}
    if settings.redis_url.startswith(("redis://", "rediss://")):
        broker.add(URL(settings.redis_url).port or 6_379)
    found = {"database": databases, "broker": broker}
    if not scene.host or scene.host.web_server != "none":
        found["application"] = {settings.port, settings.intake_port}
    return found


def _public(scene: Scene) -> Iterator[Finding]:
    host = scene.host
    if host is None or not host.has("web") or host.web_server == "none":
        return
    open_ports = {port for at, port in listeners(scene) if not at.is_loopback}
    for port in (80, 443):
        if port in open_ports:
            yield ok(f"The web server listens at port {port}.")
        else:
            name = {"nginx": "nginx", "apache": "apache2"}[host.web_server]
            yield problem(
                f"Nobody listens at port {port}",
                "Browsers and whoever posts signals come in there.",
                f"systemctl restart {name}; journalctl -u {name} -n 20",
            )


def _ports_of(scene: Scene) -> Iterator[Finding]:
    yield from _ports(scene)
    yield from _public(scene)


def _dns(scene: Scene) -> Iterator[Finding]:
    name = scene.host.domain if scene.host else URL(environment().public_url).host or ""
    if not name:
        yield note("No public name is set, so there is none to look up (SIGNALCAST_PUBLIC_URL).")
        return
    try:
        found = {str(told[4][0]) for told in socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)}
    except OSError as error:
        yield problem(
            f"{name} has no address: {error.strerror or error}",
            "Nobody finds the site, and no certificate can be had for it.",
            f"At the name's registrar, add an A record for {name} with this machine's address",
        )
        return
    shown = ", ".join(sorted(found))
    if any(_is_here(address) for address in found):
        yield ok(f"{name} is this machine ({shown}).")
    else:
        # Behind a load balancer or address translation that is as it should be.
        yield note(
            f"{name} is {shown}, which is no address of this machine",
            "That is right behind a load balancer or address translation, and wrong otherwise.",
            f"At the name's registrar, point {name} at this machine, if it is to be reached there",
        )


def _is_here(address: str) -> bool:
    """Whether a socket can be bound to it, which only an address of the machine allows."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        try:
            one.bind((address, 0))
        except OSError:
            return False
    return True


CHECKS = {
    "ports": Check("network", "Database, broker and application are reached from inside only; "
                   "the web server from outside.", _ports_of, of_running_system=True),
    "dns": Check("network", "The domain resolves, to this machine.", _dns,
                 of_running_system=True),
}  # fmt: skip
