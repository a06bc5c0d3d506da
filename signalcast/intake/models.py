"""What was accepted, raw, and the memory that keeps a signal from being accepted twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.core.ids import new_id
from signalcast.core.indexes import SparseIndex
from signalcast.feeds.models import Source
from signalcast.intake.states import Door, ReceiptState
from signalcast.work.models import Work


class Receipt(Work):
    """One accepted request, or one item of it, as it came. Stored before it is answered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="receipts")
    door = models.CharField(_("door"), max_length=8, choices=Door.choices)
    body = models.BinaryField(_("body"))
    #: Receipts of a source about the same thing (an id, a ticker) are decided in the order they
    #: came. Emptied when decided, so that its index only holds what is not.
    thread = models.CharField(_("thread"), max_length=160, null=True)
    state = models.CharField(
        _("state"), max_length=12, choices=ReceiptState.choices, default=ReceiptState.RECEIVED
    )
    #: Why it waits for review or was set aside, in words.
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    #: Who said that it may be published although it was in doubt.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta(Work.Meta):
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        indexes = [
            *Work.Meta.indexes,
            SparseIndex(fields=["source", "thread"], name="receipt_thread"),
            models.Index(fields=["state", "received_at"], name="receipt_state"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ChatReference(models.Model):
    """A message in a chat that is about a signal: what answers or changes it is so as well."""

    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    #: As `signalcast.intake.telegram` names messages.
    message = models.CharField(_("message"), max_length=64)
    #: The source's own id of the signal.
    ref = models.CharField(_("source's id"), max_length=128)

    class Meta:
        verbose_name = _("chat message")
        verbose_name_plural = _("chat messages")
        constraints = [
            models.UniqueConstraint(fields=["source", "message"], name="one_signal_a_message")
        ]

    def __str__(self) -> str:
        return f"{self.message} -> {self.ref}"


class IdempotencyKey(models.Model):
    """A signal of a source that was accepted, until when, and as which receipt."""

    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    #: The id, or its SHA-256 where it is long or unusual, or that of the body, with a prefix.
    key = models.CharField(_("key"), max_length=72)
    receipt_id = models.UUIDField(_("receipt"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="accepted_once")]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expiry")]

    def __str__(self) -> str:
        return self.key
