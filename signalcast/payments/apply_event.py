"""Bring what a provider told into the books, once."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from signalcast.payments.gateways.base import Event
from signalcast.payments.gateways.registry import gateway
from signalcast.payments.models import ProviderEvent
from signalcast.payments.settle import settle
from signalcast.payments.take_turn import take_turn


def apply_event(event: int) -> bool:
    """Apply the stored event of that key. False where somebody did before."""
    told = ProviderEvent.objects.get(pk=event)
    with transaction.atomic():
        take_turn(told.gateway)
        if ProviderEvent.objects.filter(pk=event, applied_at__isnull=False).exists():
            return False
        said = Event(told.event_id, told.type, told.happened_at, told.body)
        for fact in gateway(told.gateway).read(said):
            settle(fact, told.gateway)
        ProviderEvent.objects.filter(pk=event).update(applied_at=Now())
    return True
