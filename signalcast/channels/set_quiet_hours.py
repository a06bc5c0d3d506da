"""Set somebody's quiet hours, or end them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.channels.models import Destination, QuietChoice, QuietHours
from signalcast.channels.preferences import quiet_by_default
from signalcast.channels.quiet import QuietRule
from signalcast.core import events


def set_quiet_hours(
    user: User,
    rule: QuietRule | None,
    passes: QuietHours.Passes = QuietHours.Passes.REST,
    applies: Mapping[int, bool] | None = None,
) -> None:
    """Without a RULE there are none. APPLIES says for which of USER's destinations, by their ids,
    they are: one that it leaves out stays as it is, and follows the usual if it is new."""
    with transaction.atomic():
        if rule is None:
            QuietHours.objects.filter(user=user).delete()
        else:
            QuietHours.objects.update_or_create(user=user, defaults=rule._asdict() | {
                "passes": passes})  # fmt: skip
        for row in Destination.objects.filter(owner=user, pk__in=applies or {}):
            chosen = bool((applies or {})[row.pk])
            if chosen == quiet_by_default(row.kind):
                QuietChoice.objects.filter(destination=row).delete()
            else:
                QuietChoice.objects.update_or_create(destination=row, defaults={"applies": chosen})
    events.emit("preferences.quiet_hours_set", user=user.pk, on=rule is not None)
