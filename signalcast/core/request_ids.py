"""The id of a request: on every line that it causes, and in its answer as X-Request-ID."""

from __future__ import annotations

import os
import re
import secrets
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import count

from signalcast.core.env import WrongSetting, environment

HEADER = b"x-request-id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# Unique without asking the system for randomness at each request.
_prefix = ""
_number = count(1)


def _begin() -> None:
    """Choose what tells the ids of this process from those of all others."""
    global _prefix
    _prefix = secrets.token_hex(5)


_begin()
os.register_at_fork(after_in_child=_begin)


def request_id(offered: str, peer: str) -> str:
    """The id that a proxy we trust OFFERED, else a new one. PEER is the other end's address."""
    if offered and _ACCEPTED.fullmatch(offered) and is_trusted(peer):
        return offered
    return f"{_prefix}-{next(_number):x}"


def is_trusted(peer: str) -> bool:
    """Whether the other end is a proxy of ours: SIGNALCAST_TRUSTED_PROXIES says so.

    Raises WrongSetting when that cannot be read.
    """
    return _trusted(peer, environment().trusted_proxies)


@lru_cache(maxsize=1_024)
def _trusted(peer: str, proxies: str) -> bool:
    networks = _networks(proxies)
    try:
        address = ip_address(peer)
    except ValueError:  # a unix socket: whoever may open it is on this machine, by our leave
        return peer == "" and bool(networks)
    return any(address in network for network in networks)


@cache
def _networks(proxies: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in proxies.split(",") if one.strip())
    except ValueError as error:
        raise WrongSetting(
            f"SIGNALCAST_TRUSTED_PROXIES={proxies!r} cannot be used: {error}. "
            "Write addresses or networks, separated by commas."
        ) from None
