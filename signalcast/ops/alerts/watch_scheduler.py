"""Look from a web server whether a scheduler still looks after everything."""

from __future__ import annotations

from threading import Event, Thread

from django.db import connection

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.error_text import error_text
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import Lookout
from signalcast.ops.alerts.notify import notify
from signalcast.ops.alerts.registry import rules

#: Seconds between two looks, of one statement each while all is well.
EVERY = 60.0
RULE = "scheduler_lost"


def watch_scheduler() -> Event:
    """Begin on a thread of its own, unless nothing is observed.

    Set the event that is returned to end it.
    """
    stop = Event()
    if environment().observe:
        Thread(target=_watch, args=(stop,), name="watch_scheduler", daemon=True).start()
    return stop


def _watch(stop: Event) -> None:
    lookout = Lookout()
    evaluator = Evaluator({RULE: rules()[RULE]})
    while not stop.wait(EVERY):
        try:
            view = lookout.look_at_checks()
            # A scheduler that is back sees for itself what is over.
            if view.unwatched or evaluator.lasts:
                evaluator.evaluate(view)
                notify()
        except Exception as error:  # the pages go on whatever happens here
            events.warn("observer.waits", look="watch_scheduler", error=error_text(error))
            connection.close()
    connection.close()
