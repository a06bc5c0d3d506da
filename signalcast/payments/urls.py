"""Where payment providers tell what happened."""

from __future__ import annotations

from django.urls import path

from signalcast.payments.door import told

urlpatterns = [path("<slug:name>", told, name="payment_events")]
