"""Where a delivery won't arrive, those that were held for it have their turn at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Q
from django.db.models.functions import Now

from signalcast.channels.preferences import FallbackStep
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.delivery.verdict import Verdict
from signalcast.pipeline import SEND
from signalcast.work.claim import Claimed

#: States in which a delivery has failed its receiver.
FAILED = (DeliveryState.DISCARDED, DeliveryState.STALE)


def wake_fallbacks(verdicts: Mapping[Claimed, Verdict]) -> None:
    """Have the rules look again at what waits behind deliveries that were given up or parked.

    In the transaction that gives them up. No statement where none was, one where none has a place
    in a list.
    """
    lost = [
        row.id for row, verdict in verdicts.items() if verdict.parked or verdict.state in FAILED
    ]
    if not lost:
        return
    rows = Delivery.objects.filter(pk__in=lost, destination__fallback_step__isnull=False)
    posts: dict[int, set[int]] = defaultdict(set)
    for post, user in rows.values_list("post_id", "destination__fallback_step__user_id"):
        posts[user].add(post)
    if not posts:
        return
    waiting = Q(pk__in=[])
    steps = FallbackStep.objects.filter(user__in=posts, position__gt=0)
    for user, destination in steps.values_list("user_id", "destination_id"):
        waiting |= Q(post__in=posts[user], destination=destination)
    held = Delivery.objects.filter(waiting, state=DeliveryState.HELD, leased_until=None)
    if held.update(due=Now()):
        ring_after_commit(SEND)
