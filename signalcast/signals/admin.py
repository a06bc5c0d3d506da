"""Signals in the back office: published ones never change."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.signals.models import Revision, Signal, Target


@listed(Signal)
class SignalAdmin(BackOffice):
    """Also at /app/signals/."""

    list_display = ("created_at", "symbol", "feed", "source", "state", "revision")
    by_key = True


@listed(Revision)
class RevisionAdmin(BackOffice):
    """Every published change."""

    list_display = ("published_at", "signal", "number", "kind", "side")
    by_key = True


@listed(Target)
class TargetAdmin(BackOffice):
    """Levels of revisions."""

    list_display = ("revision", "position", "price", "share")
    by_key = True
