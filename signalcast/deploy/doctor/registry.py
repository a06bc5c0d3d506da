"""What the doctor looks at: everything that the files in `checks` export as `CHECKS`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from signalcast.deploy.doctor import checks as folder
from signalcast.deploy.doctor.finding import GROUPS, Check


@cache
def checks() -> dict[str, Check]:
    """All checks by their names, group by group."""
    found: dict[str, Check] = {}
    for module in sorted(one.name for one in iter_modules(folder.__path__)):
        found |= import_module(f"{folder.__name__}.{module}").CHECKS
    return dict(sorted(found.items(), key=lambda one: (GROUPS.index(one[1].group), one[0])))
