"""Memory of the idle stack."""

from __future__ import annotations

from pathlib import Path

from bench.row import Row, at_most

LIMIT = 800


def measure(up: int) -> list[Row]:
    """The sum of PSS of `signalcast up` and everything below it, in MB."""
    return [at_most("idle stack, sum of PSS", pss_of(up), "MB", LIMIT)]


def pss_of(root: int) -> float:
    """Megabytes of a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(process.name))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        total += _pss(Path(f"/proc/{pid}"))
    return total / 1024


def _pss(process: Path) -> int:
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
