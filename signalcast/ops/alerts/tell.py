"""Write the notices that people are sent about an alert, once for all processes that see it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from signalcast.core.clock import now
from signalcast.ops.alerts.lasting import lasting
from signalcast.ops.alerts.models import Alert, Notice, Receiver


def tell(alert: Alert, about: Notice.About, *, throttle: int) -> int:
    """Write a notice for each receiver. Returns how many.

    Nothing is written, and nothing asked for, while the last notice is younger than THROTTLE
    seconds or after somebody acknowledged it. A trouble that comes and goes is told once in that
    time; a maintenance holds notices back until it is over.
    """
    pause = timedelta(seconds=throttle)
    # By this host's clock, which may be wrong: it only saves the question.
    if alert.acknowledged_at or (alert.told_at and alert.told_at > now() - pause):
        return 0
    if _silenced(alert) or _told_recently(alert, pause):
        return 0
    with transaction.atomic():
        mine = Alert.objects.filter(
            pk=alert.pk, times_told=alert.times_told, acknowledged_at__isnull=True
        )
        count = 0
        if mine.update(told_at=Now(), times_told=F("times_told") + 1):
            receivers = Receiver.objects.filter(is_on=True).values_list("pk", flat=True)
            notices = [Notice(alert=alert, receiver_id=pk, about=about) for pk in receivers]
            count = len(Notice.objects.bulk_create(notices))
    alert.refresh_from_db()
    return count


def _silenced(alert: Alert) -> bool:
    return lasting().filter(Q(rule="") | Q(rule=alert.rule)).exists()


def _told_recently(alert: Alert, pause: timedelta) -> bool:
    """Whether the same trouble was told of a short while ago, by the database's clock.

    It may have been gone in between.
    """
    return Alert.objects.filter(key=alert.key, told_at__gt=Now() - pause).exists()
