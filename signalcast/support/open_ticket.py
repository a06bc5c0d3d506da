"""Open a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.support.files import Given, kept, remove_file
from signalcast.support.limits import check_open, check_pace, take_turn
from signalcast.support.models import Ticket
from signalcast.support.write_message import write_message, written_before


def open_ticket(
    owner: User, subject: str, text: str, files: Sequence[Given] = (), *, key: UUID
) -> Ticket:
    """Ask staff something. KEY is the form's: sent twice, there is one ticket. Raises Refused."""
    with kept(files) as rows, transaction.atomic():
        take_turn(owner)
        before = written_before(owner, key, text)
        if before is not None:
            for row in rows:
                remove_file(row)
            return before.ticket
        check_pace(owner)
        check_open(owner)
        ticket = Ticket.objects.create(owner=owner, subject=subject, waiting_since=Now())
        write_message(ticket, owner, text, rows, key=key)
    events.emit("ticket.opened", ticket=ticket.pk, files=len(rows))
    return ticket
