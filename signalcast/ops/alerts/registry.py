"""The rules there are: what every file in `rules` exports as `rules`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from signalcast.ops.alerts.rule import Rule


@cache
def rules() -> dict[str, Rule]:
    """All rules by their names."""
    here = Path(__file__).parent / "rules"
    names = sorted(path.stem for path in here.glob("[a-z]*.py"))
    modules = (import_module(f"signalcast.ops.alerts.rules.{name}") for name in names)
    return {rule.name: rule for module in modules for rule in module.rules}
