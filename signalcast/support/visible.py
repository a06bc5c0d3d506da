"""Who may read which ticket, and what of it."""

from __future__ import annotations

from django.db.models import QuerySet

from signalcast.accounts.models import User
from signalcast.support.models import Ticket, TicketMessage
from signalcast.support.states import HELPERS


def visible_tickets(user: User) -> QuerySet[Ticket]:
    """Everybody's for those who answer them; else one's own."""
    rows = Ticket.objects.all()
    return rows if user.has_role(*HELPERS) else rows.filter(owner=user)


def visible_messages(user: User, ticket: Ticket) -> QuerySet[TicketMessage]:
    """What was said in a ticket that USER may read; its owner, whoever that is, reads no notes."""
    rows = TicketMessage.objects.filter(ticket=ticket)
    return rows.filter(is_internal=False) if ticket.owner_id == user.pk else rows
