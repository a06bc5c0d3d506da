"""What the checks said, in the back office."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.ops.health.models import CheckNote, CheckState


@listed(CheckState)
class CheckStateAdmin(BackOffice):
    """The last word of each."""

    list_display = ("name", "host", "state", "words", "checked_at")
    search_fields = ("name", "host")
    list_filter = ("state",)


@listed(CheckNote)
class CheckNoteAdmin(BackOffice):
    """And those before."""

    list_display = ("at", "check_state", "state", "figure")
    by_key = True
