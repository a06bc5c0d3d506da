"""Bring the states of subscriptions up to their times."""

from __future__ import annotations

from functools import partial

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from signalcast.core.clock import from_now
from signalcast.core.retry import retried
from signalcast.plans.enter_grace import enter_grace
from signalcast.plans.expire import PENDING_DAYS, expire
from signalcast.plans.models import Subscription
from signalcast.plans.states import ENTITLING, SubscriptionState
from signalcast.plans.switch_plan import switch_plan

State = SubscriptionState
#: Who it is in the history.
BY = "schedule"
#: Rows of one look.
BATCH = 500


def move_subscriptions() -> int:
    """The job: changes of plan, ends and grace whose time has come. Returns how many there were.

    Nobody's rights wait for it: those end by the clock. One statement where nothing is to be done.
    """
    moved = last = 0
    while found := list(_due().filter(pk__gt=last).order_by("pk")[:BATCH]):
        for one in found:
            moved += _move(one)
        last = found[-1].pk
    return moved


def _due() -> QuerySet[Subscription]:
    entitling = Q(state__in=ENTITLING)
    return Subscription.objects.filter(
        (entitling & (Q(next_plan_at__lte=Now()) | Q(ends_at__lte=Now())))
        | Q(state=State.PENDING, created_at__lte=from_now(-PENDING_DAYS * 86_400))
        | Q(state__in=(State.ACTIVE, State.PAST_DUE), period_end__lte=Now(), ends_at__gt=Now())
    )


def _move(one: Subscription) -> bool:
    # A change of plan first: it may be what the subscription goes on as.
    switched = retried(partial(switch_plan, one, by=BY))
    ended = retried(partial(expire, one, by=BY))
    return retried(partial(enter_grace, one, by=BY)) or ended or switched
