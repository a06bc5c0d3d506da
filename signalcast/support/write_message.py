"""Store a message of a ticket, with its files."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from signalcast.accounts.models import User
from signalcast.core.ids import new_id
from signalcast.support.models import Ticket, TicketFile, TicketMessage
from signalcast.support.tell import tell


def write_message(
    ticket: Ticket,
    author: User,
    text: str,
    files: Iterable[TicketFile],
    *,
    key: UUID,
    is_internal: bool = False,
) -> TicketMessage:
    """Store it and have the other side told by mail. In the caller's transaction."""
    if TicketMessage.objects.filter(key=key).exists():
        key = new_id()  # something else was said by that form before
    message = TicketMessage.objects.create(
        ticket=ticket,
        author=author,
        by_staff=author.pk != ticket.owner_id,
        is_internal=is_internal,
        text=text,
        key=key,
    )
    for file in files:
        file.message = message
    TicketFile.objects.bulk_create(files)
    tell(message)
    return message


def written_before(author: User, key: UUID, text: str) -> TicketMessage | None:
    """The same, if the form of that KEY has stored it already."""
    rows = TicketMessage.objects.filter(key=key, author=author, text=text)
    return rows.select_related("ticket").first()
