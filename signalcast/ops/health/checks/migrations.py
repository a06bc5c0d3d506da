"""The database has the tables that this code needs."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.finding import Check, Finding, State, ok
from signalcast.ops.health.readiness import Behind, readiness


def look() -> Finding:
    """Compare the migrations of the code with those of the database."""
    try:
        readiness()
    except Behind as error:
        words = _("%(problem)s. Run: signalcast migrate.") % {"problem": error}
        return Finding(State.FAILED, words)
    return ok(_("The database is as new as the code."))


check = Check(
    title=gettext_lazy("Migrations"),
    meaning=gettext_lazy("Whether the database has all tables that this version needs."),
    run=look,
    every=300,
)
