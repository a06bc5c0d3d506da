"""What the queues hold, counted once for all who look within two seconds."""

from __future__ import annotations

from signalcast.ops.queues.count_rows import Backlog, count_rows
from signalcast.ops.queues.kept import Kept

_kept = Kept(count_rows)


def snapshot() -> tuple[Backlog, ...]:
    """The backlog of every queue of every kind of row, in the order of the pipeline.

    One statement, or none when this process has counted within the last two seconds.
    """
    return _kept.get()


def forget_snapshot() -> None:
    """Count anew the next time."""
    _kept.forget()
