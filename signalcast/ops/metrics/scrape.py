"""One scrape: what all processes of this machine counted, and what rows say right now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import Error, connection

import signalcast
from signalcast.core import events, measure
from signalcast.core.measure_files import merge_dead, reading
from signalcast.ops.metrics.gauge import Gauge
from signalcast.ops.metrics.remembered import Remembered
from signalcast.ops.metrics.rows import business, database, destinations, flow

# Imported where it is used: it looks at the environment once, which `measure.set_up` changes first.
if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Seconds that what rows say is remembered: what moves, and what is counted over whole tables.
SOON, LATER = 5.0, 60.0


class Scrape:
    """Asks the database for one web process, now and then. Used from one thread."""

    def __init__(self) -> None:
        self._looks = [
            Remembered(flow, SOON),
            Remembered(destinations, LATER),
            Remembered(business, LATER),
            Remembered(database, LATER),
        ]

    def gauges(self) -> list[Gauge]:
        """What rows say, as far as the database answers. That it does not is one of the facts."""
        began = time.perf_counter()
        found, up = [], 1.0
        try:
            for look in self._looks:
                found += look.get()
        except (Error, OSError) as error:
            events.warn("metrics.without_database", error=str(error))
            up = 0.0
            if not connection.in_atomic_block:
                connection.close()
        return [*found, *about_database(up, time.perf_counter() - began)]


def about_database(up: float, seconds: float) -> list[Gauge]:
    """Whether it answered, and how long that took."""
    return [
        Gauge("signalcast_database_up", "1 when the database answered this scrape.").put(value=up),
        Gauge("signalcast_database_ask_seconds", "Time that asking it took.").put(value=seconds),
    ]


def render(gauges: list[Gauge]) -> bytes:
    """The gauges and what processes counted, as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_All(gauges))
    return generate_latest(registry)


class _All:
    """What prometheus-client calls a collector."""

    def __init__(self, gauges: list[Gauge]) -> None:
        build = Gauge("signalcast_build_info", "The version that runs.", ("version",))
        self._gauges = [build.put(signalcast.__version__, value=1), *gauges]

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        yield from (gauge.family() for gauge in self._gauges)
        yield from _counted()


def _counted() -> list[Metric]:
    from prometheus_client.multiprocess import MultiProcessCollector

    directory = measure.directory()
    if not directory.exists():
        return []
    try:
        merge_dead(directory)
        with reading(directory):
            return list(MultiProcessCollector(None, str(directory)).collect())  # type: ignore[no-untyped-call]
    except Exception as error:  # files that are gone, cut off or not ours to read
        with suppress(Exception):
            events.warn("metrics.without_counts", error=str(error))
        return []
