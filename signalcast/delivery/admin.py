"""Deliveries in the back office; they are cancelled at /app/deliveries/."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.delivery.models import Attempt, Delivery, Post


@listed(Post)
class PostAdmin(BackOffice):
    """What was to be delivered."""

    list_display = ("created_at", "feed", "type", "number", "recipients", "fanned_out_at")
    by_key = True


@listed(Delivery)
class DeliveryAdmin(BackOffice):
    """One row for each destination."""

    list_display = ("created_at", "post", "destination", "state", "attempts", "finished_at")
    by_key = True


@listed(Attempt)
class AttemptAdmin(BackOffice):
    """Every try, with what came of it."""

    list_display = ("started_at", "delivery", "outcome", "status", "duration")
    by_key = True
