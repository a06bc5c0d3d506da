"""What is counted and timed, for Prometheus: cheap, shared by all processes of a home, harmless.

Each process writes into files of its own in the home's `run/metrics`, which the web server adds up.
Nothing is recorded before `set_up`. Where the files can't be written, recording rests for a minute
and the work goes on.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from signalcast.core import events
from signalcast.core.env import environment, tell_libraries
from signalcast.core.home import home, subdirectory
from signalcast.core.measure_files import merge_dead, reserve

# Imported where it is used: it looks at the environment once, which `set_up` changes first.
if TYPE_CHECKING:
    import prometheus_client

#: Seconds, from what a webhook takes on a fast line to what nobody waits for.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: Seconds of rest after the files could not be written.
REST = 60.0
#: Different label values of one metric in one process; what would be more is not recorded.
MOST_CHILDREN = 2_000


class _State:
    """Whether anything is recorded in this process."""

    def __init__(self) -> None:
        #: By the monotonic clock; infinite before `set_up`.
        self.quiet_until = math.inf
        self.directory = Path()
        self.lock = threading.Lock()


_state = _State()


def directory() -> Path:
    """Where the processes of this home write what they count."""
    return home() / "run" / "metrics"


def set_up() -> None:
    """Record in this process from now on, unless SIGNALCAST_METRICS says no.

    To be called in each process after the last fork. Never fails the caller.
    """
    if not environment().metrics:
        return
    _state.directory = directory()
    tell_libraries("PROMETHEUS_MULTIPROC_DIR", str(_state.directory))
    try:
        subdirectory("run")
        _state.directory.mkdir(mode=0o700, exist_ok=True)
        merge_dead(_state.directory)
    except Exception as error:
        _rest(error)
    else:
        _state.quiet_until = 0.0


def _rest(error: Exception) -> None:
    _state.quiet_until = time.monotonic() + REST
    events.warn("metrics.rest", seconds=REST, error=str(error))


Child = TypeVar("Child", "prometheus_client.Counter", "prometheus_client.Histogram")


class _Measured(Generic[Child]):
    """A metric with a child for each combination of label values."""

    kind: ClassVar[str]

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        self._metric: Child | None = None
        self._children: dict[tuple[str, ...], Child] = {}

    def _make(self) -> Child:
        raise NotImplementedError

    def _child(self, values: tuple[str, ...]) -> Child | None:
        """The child, made at its first use. None when there are too many. Raises OSError."""
        if (child := self._children.get(values)) is not None:
            return child
        with _state.lock:
            if len(self._children) >= MOST_CHILDREN:
                return None
            reserve(_state.directory, self.kind)
            self._metric = self._metric or self._make()
            child = self._metric.labels(*values) if self.labels else self._metric
            self._children[values] = child
            return child


class Count(_Measured["prometheus_client.Counter"]):
    """A number that only grows. Its name ends with `_total`."""

    kind = "counter"

    def _make(self) -> prometheus_client.Counter:
        from prometheus_client import Counter

        return Counter(self.name, self.meaning, self.labels, registry=None)

    def add(self, *values: str, by: float = 1.0) -> None:
        """Count BY more for these label values. Never fails the caller."""
        if time.monotonic() < _state.quiet_until:
            return
        try:
            if (child := self._child(values)) is not None:
                child.inc(by)
        except Exception as error:
            _rest(error)


class Timing(_Measured["prometheus_client.Histogram"]):
    """How long something takes, as a histogram. Its name ends with `_seconds`."""

    kind = "histogram"

    def _make(self) -> prometheus_client.Histogram:
        from prometheus_client import Histogram

        return Histogram(self.name, self.meaning, self.labels, registry=None, buckets=SECONDS)

    def note(self, *values: str, seconds: float) -> None:
        """Note one duration for these label values. Never fails the caller."""
        self.note_all(*values, seconds=(seconds,))

    def note_all(self, *values: str, seconds: Iterable[float]) -> None:
        """Note several durations for the same label values. Never fails the caller.

        Costs the same for many as for a few: they are added up before they are written.
        """
        if time.monotonic() < _state.quiet_until:
            return
        try:
            if (child := self._child(values)) is None:
                return
            total = 0.0
            buckets: dict[int, int] = {}
            for one in seconds:
                total += one
                at = bisect_left(SECONDS, one)
                buckets[at] = buckets.get(at, 0) + 1
            # What `observe` does, for all at once.
            child._sum.inc(total)
            for at, count in buckets.items():
                child._buckets[at].inc(count)
        except Exception as error:
            _rest(error)
