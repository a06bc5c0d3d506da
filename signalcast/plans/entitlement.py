"""Who may read a feed, and through which channel: one rule, for fan-out, send and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from signalcast.accounts.models import STAFF_ROLES, RoleGrant, User
from signalcast.channels.models import Broadcast, Destination
from signalcast.channels.preferences import DestinationMute
from signalcast.feeds.models import Feed
from signalcast.plans.models import Subscription
from signalcast.plans.states import ENTITLING


def current_subscriptions() -> QuerySet[Subscription]:
    """Subscriptions that count at this moment, by the database's clock."""
    return Subscription.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=Now()),
        state__in=ENTITLING,
        starts_at__lte=Now(),
        user__is_active=True,
    )


def entitled(*, owner: str, kind: str, feed: int | OuterRef, one_by_one: bool = False) -> Exists:
    """A condition on an outer query: the user in column OWNER may get FEED through channel KIND.

    OWNER and KIND are column paths of the outer query; FEED an id or an outer reference.
    ONE_BY_ONE is for outer queries of few rows: without it PostgreSQL may compute the rights of
    everybody first, which takes longer than looking a few up.
    """
    subscriptions = current_subscriptions().filter(
        user_id=OuterRef(owner), plan__feeds=feed, plan__channels__kind=OuterRef(kind)
    )
    if one_by_one:
        # Says nothing new, but what is compared by order can't be hashed.
        subscriptions = subscriptions.filter(user_id__lte=OuterRef(owner))
    return Exists(subscriptions)


def allowed_destinations(feed_id: int) -> QuerySet[Destination]:
    """Every subscriber's destination that may get what is posted to a feed now."""
    return Destination.objects.filter(
        entitled(owner="owner_id", kind="kind", feed=feed_id), state=Destination.State.ACTIVE
    )


def turned_off(feed_id: int) -> Exists:
    """A condition on destinations: their owners turned FEED off there."""
    return Exists(DestinationMute.objects.filter(destination=OuterRef("pk"), feed=feed_id))


def entitled_destinations(feed_id: int) -> QuerySet[Destination]:
    """Every subscriber's destination that gets what is posted to a feed now."""
    return allowed_destinations(feed_id).filter(~turned_off(feed_id))


def broadcast(*, destination: str, feed: int | OuterRef) -> Exists:
    """A condition on an outer query: the owner lets FEED be read at the one in DESTINATION."""
    return Exists(Broadcast.objects.filter(destination_id=OuterRef(destination), feed=feed))


def broadcast_destinations(feed_id: int) -> QuerySet[Destination]:
    """Every destination that a feed is broadcast to: few, but with many readers each."""
    return Destination.objects.filter(
        broadcast(destination="pk", feed=feed_id),
        owner=None,
        state=Destination.State.ACTIVE,
    )


def readable_feeds(user: User) -> QuerySet[Feed]:
    """The feeds whose signals a user may read: all for staff, else those of current plans."""
    if user.is_staff:
        return Feed.objects.all()
    return Feed.objects.filter(
        Exists(current_subscriptions().filter(user=user, plan__feeds=OuterRef("pk")))
    )


def feeds_of(destination: Destination) -> QuerySet[Feed]:
    """The feeds that are sent to a destination at this moment: by its owner's plans, or what is
    broadcast to it."""
    if destination.owner_id is None:
        return Feed.objects.filter(
            Exists(Broadcast.objects.filter(destination=destination, feed=OuterRef("pk")))
        )
    return Feed.objects.filter(
        Exists(
            current_subscriptions().filter(
                user=destination.owner_id,
                plan__feeds=OuterRef("pk"),
                plan__channels__kind=destination.kind,
            )
        )
    )


def feeds_through(kind: str, users: Collection[int]) -> dict[int, frozenset[int]]:
    """The feeds that each of these users may read through channel KIND: all for staff, else those
    of current plans that allow it. Who may use the channel for no feed at all is left out.

    Two statements for however many users, and one more when there is staff among them.
    """
    if not users:
        return {}
    grants = RoleGrant.objects.filter(role__in=STAFF_ROLES, user__is_active=True, user__in=users)
    staff = set(grants.values_list("user_id", flat=True))
    found: dict[int, set[int]] = defaultdict(set)
    plans = current_subscriptions().filter(
        user__in=users, plan__channels__kind=kind, plan__feeds__isnull=False
    )
    for user, feed in plans.values_list("user_id", "plan__feeds"):
        found[user].add(feed)
    # Thousands of subscribers have a few plans: each set of feeds is kept once.
    same: dict[frozenset[int], frozenset[int]] = {}
    rights = {user: same.setdefault(one := frozenset(feeds), one) for user, feeds in found.items()}
    if staff:
        rights |= dict.fromkeys(staff, frozenset(Feed.objects.values_list("pk", flat=True)))
    return rights
