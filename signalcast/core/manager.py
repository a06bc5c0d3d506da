"""The process manager of this home, from within."""

from __future__ import annotations

from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from signalcast.core.home import manager_socket

#: States in which a process does its work, or is about to.
UP = frozenset(("STARTING", "RUNNING", "BACKOFF"))


class NoManager(Exception):
    """It does not answer, or not as expected."""


def processes() -> dict[str, bool]:
    """Whether each process that it knows is up, by its name. Raises NoManager."""
    return {one["name"]: one["statename"] in UP for one in _call("getAllProcessInfo")}


def start(name: str) -> None:
    """Start a process that is not up. Raises NoManager."""
    found = {one["name"]: one["group"] for one in _call("getAllProcessInfo")}
    _call("startProcess", f"{found.get(name, name)}:{name}", False)


def _call(method: str, *arguments: Any) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{manager_socket()}")
    try:
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)
    except (OSError, Fault) as error:
        raise NoManager(str(error)) from error
