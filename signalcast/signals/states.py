"""The states of a signal, and what may follow what."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SignalState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


class RevisionKind(models.TextChoices):
    NEW = "new", _("new")
    UPDATE = "update", _("update")
    CLOSE = "close", _("close")
    CANCEL = "cancel", _("cancel")


#: The state after a revision of each kind. Only an open signal is revised: closed is final.
STATE_AFTER = {
    RevisionKind.NEW: SignalState.OPEN,
    RevisionKind.UPDATE: SignalState.OPEN,
    RevisionKind.CLOSE: SignalState.CLOSED,
    RevisionKind.CANCEL: SignalState.CANCELLED,
}


class Side(models.TextChoices):
    BUY = "buy", _("buy")
    SELL = "sell", _("sell")


class OrderType(models.TextChoices):
    MARKET = "market", _("market")
    LIMIT = "limit", _("limit")
    STOP = "stop", _("stop")
