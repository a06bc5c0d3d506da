"""Tokens for the live stream in the back office: that there are any."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.live.models import LiveToken


@listed(LiveToken)
class LiveTokenAdmin(BackOffice):
    """Who has one."""

    list_display = ("user", "created_at")
    search_fields = ("user__email",)
