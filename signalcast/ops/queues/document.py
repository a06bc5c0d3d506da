"""The same figures for programs: what `--json` prints and the API answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signalcast.ops.queues.history import Point
from signalcast.ops.queues.look import Look, ProcessLine
from signalcast.ops.queues.models import DeployMark
from signalcast.ops.queues.sums import Sums
from signalcast.work.histogram import Histogram
from signalcast.work.models import ScalingDecision

#: The percentiles that are told.
PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def overview_document(look: Look) -> dict[str, Any]:
    """Queues, and what waits and was done in each."""
    return {
        "status": look.status.value,
        "queues": [
            {
                "queue": line.queue.label,
                "wait_seconds": _round(line.wait),
                "budget_seconds": line.budget,
                "late": line.late,
                "pause": line.pause
                and {
                    "since": line.pause.since.isoformat(),
                    "until": line.pause.until.isoformat() if line.pause.until else None,
                    "by": line.pause.by,
                    "reason": line.pause.reason,
                },
            }
            for line in look.queues
        ],
        "work": [
            {
                "kind": line.backlog.kind,
                "queue": line.backlog.queue.label,
                "ready": line.backlog.ready,
                "later": line.backlog.later,
                "in_hand": line.backlog.in_hand,
                "parked": line.backlog.parked,
                "oldest_seconds": _round(line.backlog.wait),
                "a_minute": round(line.a_minute, 3),
                **_done(line.sums),
            }
            for line in look.work
        ],
    }


def processes_document(lines: Iterable[ProcessLine]) -> list[dict[str, Any]]:
    """Every process of every host."""
    return [
        {
            "host": line.beat.host,
            "role": line.beat.role,
            "name": line.beat.name,
            "pid": line.beat.pid,
            "version": line.beat.version,
            "state": "lost" if line.lost else line.beat.state,
            "order": line.beat.order,
            "handled": line.beat.handled,
            "doing": line.beat.doing,
            "rss_bytes": line.beat.rss,
            "started_at": line.beat.started_at.isoformat(),
            "silent_seconds": _round(line.silent),
            "a_minute": round(line.a_minute, 3),
            **_done(line.sums),
        }
        for line in lines
    ]


def history_document(points: Iterable[Point]) -> list[dict[str, Any]]:
    """Every step in which anything happened."""
    return [
        {
            "at": point.at.isoformat(),
            "ready": point.sums.ready,
            "later": point.sums.later,
            "in_hand": point.sums.in_hand,
            "parked": point.sums.parked,
            "oldest_seconds": _round(point.sums.oldest),
            "a_minute": round(point.sums.measured.handled / point.minutes, 3),
            **_done(point.sums),
        }
        for point in points
    ]


def marks_document(marks: Iterable[DeployMark]) -> list[dict[str, Any]]:
    """Versions that began to run."""
    return [{"at": mark.at.isoformat(), "version": mark.version, "by": mark.by} for mark in marks]


def decisions_document(rows: Iterable[ScalingDecision]) -> list[dict[str, Any]]:
    """Changes of how many processes run, and why."""
    return [
        {
            "at": row.at.isoformat(),
            "host": row.host,
            "role": row.role,
            "before": row.before,
            "after": row.after,
            "reason": row.reason,
        }
        for row in rows
    ]


def percentiles(histogram: Histogram) -> dict[str, float | None]:
    """The usual percentiles and the longest one, in seconds."""
    found = {name: _round(histogram.percentile(part)) for name, part in PARTS.items()}
    return found | {"max": _round(histogram.most) if histogram.counts else None}


def _done(sums: Sums) -> dict[str, Any]:
    return {
        "handled_rows": sums.measured.handled,
        "failed_rows": sums.measured.failed,
        "runtime_seconds": percentiles(sums.measured.runtimes),
        "waited_seconds": percentiles(sums.measured.waits),
        "memory_bytes": sums.memory,
    }


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
