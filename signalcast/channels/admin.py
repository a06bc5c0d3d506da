"""Accounts, destinations and wordings in the back office."""

from __future__ import annotations

from signalcast.channels.models import (
    Account,
    Broadcast,
    Destination,
    DestinationMute,
    FallbackStep,
    QuietChoice,
    QuietHours,
    Wording,
)
from signalcast.core.back_office import BackOffice, listed


@listed(Account)
class AccountAdmin(BackOffice):
    """What it signs in with stays where it is."""

    list_display = ("kind", "name", "last_error", "created_at")
    search_fields = ("name",)
    list_filter = ("kind",)


@listed(Destination)
class DestinationAdmin(BackOffice):
    """Where people are reached. Changed by their owners, and at /app/destinations/."""

    list_display = ("kind", "address", "owner", "state", "failures", "created_at")
    search_fields = ("address", "owner__email")
    list_filter = ("state",)


@listed(Broadcast)
class BroadcastAdmin(BackOffice):
    """What a feed sends for everybody who reads along."""

    list_display = ("feed", "destination")
    list_filter = ("feed",)


@listed(Wording)
class WordingAdmin(BackOffice):
    """Changed at /app/wordings/, where a wording is tried before it is kept."""

    list_display = ("type", "kind", "language", "subject", "changed_at")
    list_filter = ("type", "kind", "language")


@listed(DestinationMute)
class DestinationMuteAdmin(BackOffice):
    """Feeds that a destination does not get."""

    list_display = ("destination", "feed")
    search_fields = ("destination__address",)


@listed(QuietHours)
class QuietHoursAdmin(BackOffice):
    """When people want to be left alone."""

    list_display = ("user", "zone", "begins", "ends", "days", "passes")
    search_fields = ("user__email",)


@listed(QuietChoice)
class QuietChoiceAdmin(BackOffice):
    """Destinations that have another choice than the rest."""

    list_display = ("destination", "applies")
    search_fields = ("destination__address",)


@listed(FallbackStep)
class FallbackStepAdmin(BackOffice):
    """Where people are reached when another way fails."""

    list_display = ("user", "destination", "position", "after")
    search_fields = ("user__email",)
