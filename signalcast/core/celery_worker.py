"""Celery's worker as one of our processes: our log, and soon back after its broker."""

from __future__ import annotations

import signal
from functools import partial
from typing import Any

from celery.apps.worker import Worker as CeleryWorker
from celery.worker.consumer import Consumer as CeleryConsumer

from signalcast.core.library_log import listen_to_libraries
from signalcast.core.stopping import ask_to_stop

#: Seconds between attempts to reach the broker. Celery's own grow to half a minute.
FIRST_WAIT, LONGEST_WAIT = 0.5, 2.0


class Consumer(CeleryConsumer):
    """Looks for a broker that went away as often as one that comes back should be found."""

    def ensure_connected(self, conn: Any) -> Any:
        """CONN, once it is connected."""
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=FIRST_WAIT,
            interval_step=FIRST_WAIT,
            interval_max=LONGEST_WAIT,
        )
        return super().ensure_connected(conn)


class Worker(CeleryWorker):
    """Writes what Celery has to say as events, and takes Ctrl-C for a request to end well."""

    #: The queues that it stopped to hear while it rests.
    _left: tuple[str, ...] = ()

    def install_platform_tweaks(self, worker: Any) -> None:
        """Celery's handlers of signals, with that of SIGTERM for both."""
        super().install_platform_tweaks(worker)
        celerys: Any = signal.getsignal(signal.SIGTERM)

        def stop(*told: Any) -> None:
            ask_to_stop()
            celerys(*told)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    def listen_not(self, resting: bool) -> None:
        """Leave the bells to others while this worker rests, and hear them again afterwards.

        To be called from any thread. A worker that is not connected yet hears them: then the
        rescuer finds what it does not work off.
        """
        consumer: Any = getattr(self, "consumer", None)
        if consumer is None or consumer.task_consumer is None:
            return
        if resting:
            self._left = tuple(self.app.amqp.queues.consume_from)
        act = consumer.cancel_task_queue if resting else consumer.add_task_queue
        for queue in self._left:
            consumer.call_soon(act, queue)

    def setup_logging(self, colorize: bool | None = None) -> Any:
        """Take the place of Celery's handlers. Returns that somebody did."""
        listen_to_libraries()
        return True
