"""The database answers, and how fast."""

from __future__ import annotations

import time

from django.db import Error, connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.printable import printable
from signalcast.ops.health.finding import Check, Finding, State, graded

#: Milliseconds of one trivial statement past which everything else is slow as well.
SLOW, TOO_SLOW = 100.0, 1_000.0
#: Characters of an error that are shown.
SHOWN = 200


def look() -> Finding:
    """Ask for nothing, and take the time."""
    try:
        took = _asked()
    except Error:
        connection.close()  # the server may have been restarted since the last look
        try:
            took = _asked()
        except Error as error:
            return _silent(error)
    words = _("%(engine)s answers in %(took).2f ms.") % {
        "engine": connection.display_name,
        "took": took,
    }
    return graded(took, words, warn=SLOW, fail=TOO_SLOW, unit="ms")


def _asked() -> float:
    """Milliseconds."""
    connection.ensure_connection()  # making one is not what is timed
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute("SELECT 1")
        return (time.perf_counter() - began) * 1_000


def _silent(error: Error) -> Finding:
    told = {
        "engine": connection.display_name,
        "reason": printable(" ".join(str(error).split()), SHOWN).rstrip("."),
    }
    return Finding(State.FAILED, _("%(engine)s does not answer: %(reason)s.") % told)


check = Check(
    title=gettext_lazy("Database"),
    meaning=gettext_lazy(
        "Asks the database for nothing and takes the time. Look at its host and its log."
    ),
    run=look,
)
