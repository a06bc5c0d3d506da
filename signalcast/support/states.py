"""Where a ticket stands, who answers, and what is refused."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.accounts.models import Role

#: Who answers tickets, and reads those of everybody.
HELPERS = (Role.OWNER, Role.OPERATOR, Role.SUPPORT)


class Refused(ValueError):
    """What was asked of a ticket can't be. A sentence that says what to do."""


class TicketState(models.TextChoices):
    """Whose turn it is."""

    OPEN = "open", _("waits for an answer")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed")
