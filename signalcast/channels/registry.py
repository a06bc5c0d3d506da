"""The channels there are: every folder here that exports a `channel`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from signalcast.channels.base import Channel


@cache
def kinds() -> tuple[str, ...]:
    """The names of all channels, sorted, without importing them."""
    here = Path(__file__).parent
    return tuple(sorted(path.parent.name for path in here.glob("*/transport.py")))


def sellable() -> tuple[str, ...]:
    """What a plan may allow: all channels, and `live`, which subscribers fetch for themselves."""
    return tuple(sorted((*kinds(), "live")))


@cache
def channel(kind: str) -> Channel:
    """The channel of that name. Raises KeyError when there is none."""
    if kind not in kinds():
        raise KeyError(kind)
    found: Channel = import_module(f"signalcast.channels.{kind}.transport").channel
    return found
