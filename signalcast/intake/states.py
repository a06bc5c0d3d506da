"""The states of a receipt, and the doors it can come through."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Door(models.TextChoices):
    """Where a receipt came in."""

    TYPED = "typed", _("API")
    HOOK = "hook", _("hook")
    TELEGRAM = "telegram", _("Telegram")


class ReceiptState(models.TextChoices):
    """received -> decided | review | ignored; review -> decided | rejected."""

    RECEIVED = "received", _("received")
    #: Became a revision of a signal.
    DECIDED = "decided", _("published")
    #: Waits for a person, with a reason.
    REVIEW = "review", _("in review")
    #: Asked for nothing: chatter, or an alert past its maximum lag.
    IGNORED = "ignored", _("ignored")
    #: A person said no.
    REJECTED = "rejected", _("rejected")
