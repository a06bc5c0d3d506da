"""Delete what somebody asked, once the account is closed."""

from __future__ import annotations

from signalcast.support.files import remove_file
from signalcast.support.models import Ticket, TicketFile


def erase_tickets(owner: int) -> int:
    """Delete the tickets of an account that is closed, with their files. Returns how many."""
    tickets = Ticket.objects.filter(owner=owner, owner__is_active=False)
    for file in TicketFile.objects.filter(message__ticket__in=tickets).iterator():
        remove_file(file)
    _all, by_model = tickets.delete()
    return by_model.get("support.Ticket", 0)
