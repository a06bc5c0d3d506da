"""Close a ticket."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.support.models import Ticket
from signalcast.support.states import TicketState


def close(ticket: UUID, by: User) -> bool:
    """Nobody waits for anything any more. Returns whether it was not closed before."""
    rows = Ticket.objects.filter(pk=ticket).exclude(state=TicketState.CLOSED)
    with transaction.atomic():
        changed = rows.update(state=TicketState.CLOSED, waiting_since=None, changed_at=Now())
        if changed and not Ticket.objects.filter(pk=ticket, owner=by).exists():
            audit("tickets.closed", by=by.email, target=str(ticket))
    if changed:
        events.emit("ticket.closed", ticket=ticket)
    return bool(changed)
