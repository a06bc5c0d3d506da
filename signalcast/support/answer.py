"""Say something in a ticket, or note something for staff."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.support.files import Given, kept, remove_file
from signalcast.support.limits import check_pace, take_turn
from signalcast.support.models import Ticket, TicketMessage
from signalcast.support.states import Refused, TicketState
from signalcast.support.write_message import write_message, written_before


def answer(
    ticket: UUID,
    author: User,
    text: str,
    files: Sequence[Given] = (),
    *,
    key: UUID,
    is_internal: bool = False,
) -> TicketMessage:
    """Store what AUTHOR says: its owner waits for an answer then, or has one. Raises Refused.

    An internal note changes nothing about whose turn it is. KEY is the form's, as in open_ticket.
    """
    with kept(files) as rows, transaction.atomic():
        take_turn(author)
        before = written_before(author, key, text)
        if before is not None:
            for row in rows:
                remove_file(row)
            return before
        found = Ticket.objects.select_for_update().get(pk=ticket)
        mine = author.pk == found.owner_id
        if mine:
            check_pace(author)
        if found.state == TicketState.CLOSED and not is_internal:
            raise Refused(_("This ticket is closed. Reopen it first."))
        internal = is_internal and not mine
        message = write_message(found, author, text, rows, key=key, is_internal=internal)
        _turn(found, by_staff=not mine, is_internal=internal)
        if not mine:
            act = "tickets.noted" if internal else "tickets.answered"
            audit(act, by=author.email, target=str(found.pk))
    events.emit("ticket.answered", ticket=ticket, by_staff=message.by_staff, files=len(rows))
    return message


def _turn(ticket: Ticket, *, by_staff: bool, is_internal: bool) -> None:
    rows = Ticket.objects.filter(pk=ticket.pk)
    if is_internal:
        rows.update(changed_at=Now())
    elif by_staff:
        rows.update(state=TicketState.ANSWERED, waiting_since=None, changed_at=Now())
    else:
        waits = Coalesce(F("waiting_since"), Now())
        rows.update(state=TicketState.OPEN, waiting_since=waits, changed_at=Now())
