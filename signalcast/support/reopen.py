"""Reopen a ticket that was closed."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.support.limits import check_open, take_turn
from signalcast.support.models import Ticket
from signalcast.support.states import TicketState


def reopen(ticket: UUID, by: User) -> bool:
    """Its owner waits for an answer again. Returns whether it was closed. Raises Refused."""
    with transaction.atomic():
        take_turn(by)
        found = Ticket.objects.get(pk=ticket)
        mine = found.owner_id == by.pk
        if mine and found.state == TicketState.CLOSED:
            check_open(by)
        rows = Ticket.objects.filter(pk=ticket, state=TicketState.CLOSED)
        changed = rows.update(state=TicketState.OPEN, waiting_since=Now(), changed_at=Now())
        if changed and not mine:
            audit("tickets.reopened", by=by.email, target=str(ticket))
    if changed:
        events.emit("ticket.reopened", ticket=ticket)
    return bool(changed)
