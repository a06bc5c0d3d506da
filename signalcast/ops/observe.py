"""What a scheduler does beside its own work: look whether all is well."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from django.db import connection

from signalcast.core import events
from signalcast.ops.health.examine import Examiner

#: Seconds until another try, after the database did not answer.
AGAIN = 5.0


def observe(stop: Event) -> None:
    """Observe until STOP is set. Returns at once: all of it runs on threads of its own.

    Whatever hangs or breaks there, the caller's loop is not held up.
    """
    Thread(target=_observing(_examine), args=(stop,), name="health", daemon=True).start()


def observe_once() -> None:
    """Look once at everything that is due, for a scheduler that cron starts."""
    examiner = Examiner()
    examiner.examine()
    examiner.close()


def _examine(stop: Event) -> None:
    examiner = Examiner()
    while not stop.is_set():
        examiner.examine()
        examiner.rest(stop)


def _observing(look: Callable[[Event], None]) -> Callable[[Event], None]:
    """LOOK, begun again when it breaks: observation never fails the work, nor itself."""

    def run(stop: Event) -> None:
        while not stop.is_set():
            try:
                look(stop)
            except Exception as error:
                events.warn("observer.waits", look=look.__name__, error=str(error))
                connection.close()
                stop.wait(AGAIN)

    return run
