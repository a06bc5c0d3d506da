"""Segments: people by how they stand to plans, for announcements that go by no feed.

An announcement is no signal. So it reaches whoever is in its segment at each destination of theirs
that is connected, whatever a plan allows, also people whose time is over. What is turned off or
unsubscribed gets nothing. It carries no signal, and its post no feed: nothing that asks who may
read a feed ever finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.plans.entitlement import current_subscriptions
from signalcast.plans.models import Subscription
from signalcast.plans.states import SubscriptionState

State = SubscriptionState


class Who(models.TextChoices):
    """How people stand."""

    CURRENT = "current", _("everybody with a current subscription")
    TRIALING = "trialing", _("who is on trial")
    PAST_DUE = "past_due", _("whose payment failed (past due)")
    GRACE = "grace", _("whose payment is missing (in grace)")
    ENDED = "ended", _("whose subscription has ended")


#: States of a current subscription that mean one of them.
STATES = {
    Who.TRIALING: State.TRIALING,
    Who.PAST_DUE: State.PAST_DUE,
    Who.GRACE: State.GRACE,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """Whom an announcement is for. Kept as JSON with its post: see `stored` and `read`."""

    who: Who
    #: Of these plans, by id; none: of all.
    plans: tuple[int, ...] = ()
    #: Those that ended at this moment or later, where that is asked for.
    ended_after: datetime | None = None
    #: A channel's folder name; empty: all channels.
    kind: str = ""

    @property
    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        after = self.ended_after.isoformat() if self.ended_after else None
        kept = {"plans": list(self.plans), "ended_after": after, "kind": self.kind}
        return {"who": self.who.value, **kept}


def read_segment(stored: Mapping[str, Any]) -> Segment:
    """The segment that `stored` made."""
    after = stored["ended_after"]
    return Segment(
        Who(stored["who"]),
        tuple(stored["plans"]),
        datetime.fromisoformat(after) if after else None,
        stored["kind"],
    )


def people_in(segment: Segment) -> QuerySet[User]:
    """Who is in it at this moment, by the database's clock."""
    return User.objects.filter(_belongs(segment, "pk"), is_active=True)


def destinations_in(segment: Segment) -> QuerySet[Destination]:
    """Every destination that gets what is announced to a segment now."""
    rows = Destination.objects.filter(
        _belongs(segment, "owner_id"), state=Destination.State.ACTIVE, owner__is_active=True
    )
    return rows.filter(kind=segment.kind) if segment.kind else rows


def _belongs(segment: Segment, owner: str) -> Q:
    """A condition on an outer query: the user in column OWNER is in the segment."""
    if segment.who is Who.ENDED:
        return Q(_ended(segment, owner)) & ~Q(
            Exists(current_subscriptions().filter(user_id=OuterRef(owner)))
        )
    rows = current_subscriptions().filter(user_id=OuterRef(owner))
    if state := STATES.get(segment.who):
        rows = rows.filter(state=state)
    return Q(Exists(_of_plans(rows, segment)))


def _ended(segment: Segment, owner: str) -> Exists:
    # What waited for its first payment did not begin, so it did not end.
    began = Q(period_start__isnull=False) | Q(amount_due=0)
    rows = Subscription.objects.filter(began, user_id=OuterRef(owner), ends_at__lte=Now())
    if segment.ended_after:
        rows = rows.filter(ends_at__gte=segment.ended_after)
    return Exists(_of_plans(rows, segment))


def _of_plans(rows: QuerySet[Subscription], segment: Segment) -> QuerySet[Subscription]:
    return rows.filter(plan__in=segment.plans) if segment.plans else rows
