"""The checks there are: every file in `checks` that exports a `check`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from signalcast.ops.health.finding import Check


@cache
def checks() -> dict[str, Check]:
    """All checks by their names, in alphabetical order."""
    here = Path(__file__).parent / "checks"
    names = sorted(path.stem for path in here.glob("[a-z]*.py"))
    return {name: import_module(f"signalcast.ops.health.checks.{name}").check for name in names}
