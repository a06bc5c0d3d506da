"""Rows a second of the fan-out insert."""

from __future__ import annotations

import json
import os
import time

from bench.row import Row, at_least
from bench.stack import stack

SUBSCRIBERS = 100_000
LEAST = 80_000


def measure() -> list[Row]:
    """Fan one post out to 100,000 destinations on each engine."""
    rows = []
    for engine in ("sqlite", "postgresql"):
        with stack(engine) as made:
            rate = float(json.loads(made.python("-m", "bench.fan_out"))["rate"])
        rows.append(at_least(f"fan-out insert, {engine}", rate, "rows/s", LEAST))
    return rows


def prepare(subscribers: int) -> int:
    """Make that many entitled destinations. Returns the feed's id."""
    from django.db import connection
    from django.utils import timezone

    from signalcast.accounts.models import User
    from signalcast.channels.models import Destination
    from signalcast.feeds.models import Feed
    from signalcast.plans.models import Plan, PlanChannel, Subscription

    feed = Feed.objects.create(slug="f", name="F")
    plan = Plan.objects.create(slug="p", name="P", price=1000, currency="USD", interval="month")
    plan.feeds.add(feed)
    PlanChannel.objects.create(plan=plan, kind="webhook")
    people = [User(email=f"s{number}@example.org", password="!") for number in range(subscribers)]
    User.objects.bulk_create(people, batch_size=5_000)
    ids = list(User.objects.values_list("pk", flat=True))
    began = timezone.now()
    Subscription.objects.bulk_create(
        [Subscription(user_id=pk, plan=plan, starts_at=began) for pk in ids], batch_size=5_000
    )
    Destination.objects.bulk_create(
        [Destination(owner_id=pk, kind="webhook", address=f"https://{pk}.test/") for pk in ids],
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return feed.pk


def main() -> None:
    """Print the median rate of three fan-outs as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")
    import django

    django.setup()
    from signalcast.delivery.fan_out import fan_out
    from signalcast.delivery.models import Delivery, Post

    feed = prepare(SUBSCRIBERS)
    rates = []
    for _ in range(3):
        post = Post.objects.create(feed_id=feed, type="announcement", data={})
        began = time.perf_counter()
        while not fan_out(post):
            pass
        elapsed = time.perf_counter() - began
        assert Delivery.objects.filter(post=post).count() == SUBSCRIBERS
        rates.append(SUBSCRIBERS / elapsed)
    print(json.dumps({"rate": sorted(rates)[1]}))


if __name__ == "__main__":
    main()
