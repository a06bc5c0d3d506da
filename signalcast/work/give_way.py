"""Let a long job be taken over by another process when its own is to end."""

from __future__ import annotations

from signalcast.core.stopping import stopping
from signalcast.work.attempt import current
from signalcast.work.interrupt import GaveWay


def give_way() -> None:
    """Called by a job between two steps, each on record, from which another process can go on.

    Ends the try, without counting a failure, when this process is to end. A job that calls it
    belongs into `GIVE_WAY` of the pipeline. Anywhere else it does nothing.
    """
    if current() is not None and stopping():
        raise GaveWay("Its process was to end. Another one goes on.")
