"""The states of payments and of what comes of them, in words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.payments.gateways.base import AgreementState, DisputeState, RefundState


class ChargeState(models.TextChoices):
    """How far a charge is; what went back says `Refund`."""

    OPEN = "open", _("open")
    #: A proof is there, and somebody has to look at it.
    REVIEW = "review", _("to be approved")
    PAID = "paid", _("paid")
    REFUSED = "refused", _("refused")
    ABANDONED = "abandoned", _("abandoned")


class InvoiceKind(models.TextChoices):
    """Money that came, or went."""

    INVOICE = "invoice", _("invoice")
    CREDIT = "credit", _("credit note")


REFUNDS = [
    (RefundState.PENDING.value, _("under way")),
    (RefundState.DONE.value, _("paid back")),
    (RefundState.FAILED.value, _("failed")),
]
DISPUTES = [
    (DisputeState.OPEN.value, _("open")),
    (DisputeState.WON.value, _("won")),
    (DisputeState.LOST.value, _("lost")),
]
AGREEMENTS = [
    (AgreementState.ACTIVE.value, _("active")),
    (AgreementState.TRIALING.value, _("trial")),
    (AgreementState.PAST_DUE.value, _("a payment is missing")),
    (AgreementState.ENDED.value, _("ended")),
]
