"""What was received, in the back office."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.intake.models import ChatReference, IdempotencyKey, Receipt


@listed(Receipt)
class ReceiptAdmin(BackOffice):
    """What waits for a person is at /app/review/. Bodies may hold what sources sign in with."""

    list_display = ("received_at", "source", "door", "state", "reason")
    by_key = True


@listed(ChatReference)
class ChatReferenceAdmin(BackOffice):
    """Messages of chats that are about signals."""

    list_display = ("source", "message", "ref")
    by_key = True


@listed(IdempotencyKey)
class IdempotencyKeyAdmin(BackOffice):
    """What was accepted once, until when."""

    list_display = ("source", "key", "receipt_id", "expires_at")
    by_key = True
