"""Which network addresses a customer may have us connect to: those of the public Internet."""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Spelled out instead of asking `is_global`, whose answer changed between patch releases.
_CLOSED_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and Alibaba's metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's metadata service, on a public address
        "169.254.0.0/16",  # link-local, and nearly everybody's metadata service
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
_GLOBAL_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = [
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20", "2620:4f:8000::/48")
]
_NAT64 = IPv6Network("64:ff9b::/96")


@lru_cache(maxsize=4096)
def is_public(text: str) -> bool:
    """Whether the IP address in TEXT is one of the public Internet.

    An IPv6 address that embeds an IPv4 one (mapped, 6to4, NAT64, Teredo) is as public as that.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return _is_public_v4(address) if isinstance(address, IPv4Address) else _is_public_v6(address)


def literal(host: str) -> str | None:
    """The IP address that HOST spells, also in the old forms (2130706433, 0x7f.1, 0177.0.0.1)."""
    host = host.strip("[]").rstrip(".")
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    embedded = _embedded(address)
    if embedded:
        return all(_is_public_v4(inner) for inner in embedded)
    return address in _GLOBAL_V6 and not any(address in network for network in _CLOSED_V6)


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    return ()
