"""Memory of the idle stack."""

from __future__ import annotations

from pathlib import Path

from bench.row import Row, at_most
from bench.stack import Stack

LIMIT = 800


def measure(made: Stack) -> list[Row]:
    """The sum of PSS of every process of a running installation, in MB."""
    return [at_most("idle stack, sum of PSS", pss_of(str(made.home)), "MB", LIMIT)]


def pss_of(home: str) -> float:
    """Megabytes of all processes that carry this home in their environment."""
    mark = f"SIGNALCAST_HOME={home}\0".encode()
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes() + b"\0":
                total += _pss(process)
        except OSError:
            continue
    return total / 1024


def _pss(process: Path) -> int:
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
