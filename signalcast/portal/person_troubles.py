"""Trouble with what was sent to a person, as one line a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate
from django.utils.translation import ngettext

from signalcast.accounts.models import User
from signalcast.delivery.models import Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.portal.person_facts import Told

State = DeliveryState


def trouble_days(
    user: User, *, until: datetime | None, most: int
) -> Iterator[tuple[date, datetime, Told]]:
    """Days of UTC whose last trouble was at UNTIL or before, newest first. One statement."""
    rows = (
        Delivery.objects.filter(
            destination__owner=user,
            state__in=(State.DISCARDED, State.STALE),
            finished_at__isnull=False,
        )
        .annotate(day=TruncDate("finished_at"))
        .values("day")
        .annotate(
            last=Max("finished_at"),
            given_up=Count("pk", filter=Q(state=State.DISCARDED)),
            missed=Count("pk", filter=Q(state=State.STALE)),
        )
        .order_by("-day")
    )
    if until is not None:
        rows = rows.filter(last__lte=until)
    for row in rows[:most]:
        yield row["day"], row["last"], Told(_words(row["given_up"], row["missed"]))


def _words(given_up: int, missed: int) -> str:
    said = []
    if given_up:
        words = ngettext("%(count)d message given up", "%(count)d messages given up", given_up)
        said.append(words % {"count": given_up})
    if missed:
        words = ngettext("%(count)d came too late", "%(count)d came too late", missed)
        said.append(words % {"count": missed})
    return ", ".join(said)
