"""Tickets in the back office; they are answered at /app/tickets/all/."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.support.models import Ticket, TicketFile, TicketMessage


@listed(Ticket)
class TicketAdmin(BackOffice):
    """Who asks what."""

    list_display = ("subject", "owner", "state", "waiting_since", "changed_at")
    search_fields = ("subject", "owner__email")
    list_filter = ("state",)


@listed(TicketMessage)
class TicketMessageAdmin(BackOffice):
    """What was said, notes too."""

    list_display = ("at", "ticket", "author", "by_staff", "is_internal")
    search_fields = ("ticket__subject", "author__email")
    list_filter = ("is_internal",)


@listed(TicketFile)
class TicketFileAdmin(BackOffice):
    """Files, by their names."""

    list_display = ("created_at", "name", "kind", "size")
    search_fields = ("name",)
