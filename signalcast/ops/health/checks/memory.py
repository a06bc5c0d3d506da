"""The host has memory left."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.finding import Check, Finding, graded, skipped

#: Percent in use.
WARN, FAIL = 85.0, 95.0


def look(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """Read what the kernel says is available."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return skipped(_("This system does not say how much memory is left."))
    kilobytes = {name: int(rest.split()[0]) for name, rest in map(_member, lines)}
    total, left = kilobytes["MemTotal"], kilobytes["MemAvailable"]
    used = 100 * (1 - left / total)
    words = _("%(used).0f %% in use, %(left).1f GB available.") % {
        "used": used,
        "left": left / 1e6,
    }
    return graded(used, words, warn=WARN, fail=FAIL, unit="%")


def _member(line: str) -> tuple[str, str]:
    name, _colon, rest = line.partition(":")
    return name, rest


check = Check(
    title=gettext_lazy("Memory"),
    meaning=gettext_lazy("Memory of the host. When it is used up, the kernel ends processes."),
    run=look,
    on_each_host=True,
)
