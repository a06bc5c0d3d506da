"""The rules there are: what every file in `rules` exports as `rules`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from signalcast.ops.alerts import rules as folder
from signalcast.ops.alerts.rule import Rule


@cache
def rules() -> dict[str, Rule]:
    """All rules by their names."""
    names = sorted(found.name for found in iter_modules(folder.__path__))
    modules = (import_module(f"{folder.__name__}.{name}") for name in names)
    return {rule.name: rule for module in modules for rule in module.rules}
