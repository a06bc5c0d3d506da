"""The states of a delivery."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    """due -> sending -> sent | retrying | discarded; anything unsent may be held or set aside.

    Waiting and in hand are told by the work columns (`due`, `leased_until`); this says why.
    """

    #: Waits for its first attempt, or is being sent for the first time.
    DUE = "due", _("due")
    #: Waits because its receiver wants it so: for the end of quiet hours, or for its turn.
    HELD = "held", _("held")
    #: Waits for its next attempt.
    RETRYING = "retrying", _("retrying")
    SENT = "sent", _("sent")
    #: A newer revision took its place before it was sent.
    SUPERSEDED = "superseded", _("superseded")
    #: Too late to be worth anything, or about a signal its receiver never got.
    STALE = "stale", _("missed")
    #: Given up by the machine, with a reason.
    DISCARDED = "discarded", _("discarded")
    #: Stopped by a person.
    CANCELLED = "cancelled", _("cancelled")


#: States in which a delivery may still be sent.
OPEN = (DeliveryState.DUE, DeliveryState.HELD, DeliveryState.RETRYING)


class Outcome(models.TextChoices):
    """How one attempt ended."""

    ACCEPTED = "accepted", _("accepted")
    #: Refused or unreachable, worth another try.
    FAILED = "failed", _("failed")
    #: The request went out and no answer came: the receiver may have it.
    AMBIGUOUS = "ambiguous", _("no answer")
    #: The receiver asked to wait; no attempt is used up.
    WAIT = "wait", _("asked to wait")
    #: The receiver doesn't want it, ever.
    REFUSED = "refused", _("refused")
    #: The process died during the attempt.
    CRASHED = "crashed", _("crashed")
