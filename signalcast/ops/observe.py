"""What a scheduler does beside its own work: look whether all is well, and tell when not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from django.db import connection

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.error_text import error_text
from signalcast.ops.alerts.knock import EVERY as KNOCK_EVERY
from signalcast.ops.alerts.knock import knock
from signalcast.ops.alerts.notify import notify
from signalcast.ops.alerts.watch import Watch, watch_until
from signalcast.ops.health.examine import Examiner
from signalcast.ops.queues.keep_history import keep_history

#: Seconds until another try, after something broke.
AGAIN = 5.0
#: Seconds between two looks for notices that another process left behind, and while some of this
#: one did not get there.
NOTICES_EVERY, NOTICES_AGAIN = 60.0, 5.0
#: Seconds between two looks at what queues did and what waits in them.
HISTORY_EVERY = 60.0


def observe(stop: Event) -> None:
    """Observe until STOP is set. Returns at once: all of it runs on threads of its own.

    Whatever hangs or breaks there, the caller's loop is not held up. Not at all where
    SIGNALCAST_OBSERVE says no.
    """
    if environment().observe:
        Observer(stop).start()


def observe_once() -> None:
    """Look once at everything that is due, for a scheduler that cron starts.

    Never fails the caller.
    """
    if not environment().observe:
        return
    try:
        _look_once()
    except Exception as error:
        events.warn("observer.waits", look="once", error=str(error))
        connection.close()


def _look_once() -> None:
    examiner = Examiner()
    examiner.examine()
    examiner.close()
    watch = Watch(settle=0.0)
    watch.watch(lambda: None)
    notify()
    if environment().queue_history:
        keep_history()
    if (address := environment().heartbeat_url) and watch.sees:
        knock(address)


class Observer:
    """The threads of one process. None waits for another."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._watch = Watch()
        self._rung = Event()
        #: Whether the last notices got where they should.
        self._heard = True

    def start(self) -> None:
        """Begin on all threads."""
        for look in (self._examine, self._evaluate, self._notify, self._knock, self._remember):
            Thread(target=self._keep, args=(look,), name=look.__name__, daemon=True).start()

    def _keep(self, look: Callable[[], None]) -> None:
        """LOOK, begun again when it breaks: observation fails neither the work nor itself."""
        while not self._stop.is_set():
            try:
                look()
            except Exception as error:
                events.warn("observer.waits", look=look.__name__, error=error_text(error))
                connection.close()
                self._stop.wait(AGAIN)
        connection.close()

    def _examine(self) -> None:
        examiner = Examiner()
        try:
            while not self._stop.is_set():
                examiner.examine()
                examiner.rest(self._stop)
        finally:
            # Where nothing can be stored this happens every few seconds: no thread may stay behind.
            examiner.close()

    def _evaluate(self) -> None:
        watch_until(self._stop, self._watch, self._rung.set)

    def _remember(self) -> None:
        while not self._stop.wait(HISTORY_EVERY):
            if environment().queue_history:
                keep_history()

    def _notify(self) -> None:
        while not self._stop.is_set():
            self._rung.clear()
            arrived, lost = notify()
            self._heard = arrived > 0 or (self._heard and not lost)
            self._rung.wait(NOTICES_EVERY if self._heard else NOTICES_AGAIN)

    def _knock(self) -> None:
        address = environment().heartbeat_url
        while address and not self._stop.is_set():
            well = self._watch.sees and self._heard
            if well:
                knock(address)
            self._stop.wait(KNOCK_EVERY if well else AGAIN)
        self._stop.wait()
