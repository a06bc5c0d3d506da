"""The database answers, and how fast."""

from __future__ import annotations

import time

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.finding import Check, Finding, graded

#: Milliseconds of one trivial statement past which everything else is slow as well.
SLOW, TOO_SLOW = 100.0, 1_000.0


def look() -> Finding:
    """Ask for nothing, and take the time."""
    connection.ensure_connection()  # making one is not what is timed
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute("SELECT 1")
        took = (time.perf_counter() - began) * 1_000
    words = _("%(engine)s answers in %(took).2f ms.") % {
        "engine": connection.display_name,
        "took": took,
    }
    return graded(took, words, warn=SLOW, fail=TOO_SLOW, unit="ms")


check = Check(
    title=gettext_lazy("Database"),
    meaning=gettext_lazy(
        "Asks the database for nothing and takes the time. Look at its host and its log."
    ),
    run=look,
)
