"""How much one person may ask at a time."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.support.models import Ticket, TicketMessage
from signalcast.support.states import Refused, TicketState

#: Tickets of one person that are not closed, and messages within an hour.
MOST_OPEN = 5
MOST_MESSAGES = 20
HOUR = timedelta(hours=1)
#: Characters of a message, files with it, and their bytes together.
LONGEST = 5_000
MOST_FILES = 3
MOST_BYTES = 9 * 1024 * 1024


def take_turn(person: User) -> None:
    """Wait until nothing else that PERSON sent is being stored. In a transaction."""
    User.objects.select_for_update().get(pk=person.pk)


def check_open(person: User) -> None:
    """Raises Refused for whoever has as many open tickets as one may have."""
    if Ticket.objects.filter(owner=person).exclude(state=TicketState.CLOSED).count() >= MOST_OPEN:
        raise Refused(
            _("You have %d open tickets. Write in one of them, or close one first.") % MOST_OPEN
        )


def check_pace(person: User) -> None:
    """Raises Refused for whoever wrote too much within the hour."""
    rows = TicketMessage.objects.filter(author=person, by_staff=False, at__gt=Now() - HOUR)
    if rows.count() >= MOST_MESSAGES:
        raise Refused(_("You wrote %d messages within an hour. Wait a while.") % MOST_MESSAGES)
