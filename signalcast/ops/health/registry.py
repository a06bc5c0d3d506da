"""The checks there are: every file in `checks` that exports a `check`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from signalcast.ops.health import checks as folder
from signalcast.ops.health.finding import Check


@cache
def checks() -> dict[str, Check]:
    """All checks by their names, in alphabetical order."""
    names = sorted(found.name for found in iter_modules(folder.__path__))
    return {name: import_module(f"{folder.__name__}.{name}").check for name in names}
