"""The gateways there are: every folder here that exports a `gateway`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from signalcast.payments.gateways.base import Gateway


@cache
def names() -> tuple[str, ...]:
    """The names of all gateways, sorted, without importing them."""
    here = Path(__file__).parent
    return tuple(sorted(path.parent.name for path in here.glob("*/gateway.py")))


@cache
def gateway(name: str) -> Gateway:
    """The gateway of that name. Raises KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    found: Gateway = import_module(f"signalcast.payments.gateways.{name}.gateway").gateway
    return found


def ready() -> list[Gateway]:
    """The gateways that people can pay by, as this installation is set up."""
    return [found for found in map(gateway, names()) if not found.missing()]
