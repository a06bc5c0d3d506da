"""Ports: whether one is free, and one that is."""

from __future__ import annotations

import socket


def why_taken(host: str, port: int) -> str:
    """Why nobody can listen there, or ""."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def reachable(host: str) -> str:
    """An address of this machine at which a server that listens at HOST answers."""
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
