"""Rows a second of the fan-out insert, beside a bare insert of as many keys."""

from __future__ import annotations

import json
import os
import time
from statistics import median

from bench.row import Row, at_least
from bench.stack import stack

SUBSCRIBERS = 100_000
LEAST = 80_000
RUNS = 5
#: Tells how fast the machine is at the time: two keys a row, chosen by nothing.
BARE = "CREATE TABLE bench_bare (post bigint, destination bigint, PRIMARY KEY (post, destination))"


def measure() -> list[Row]:
    """Fan one post out to 100,000 destinations on each engine."""
    rows = []
    for engine in ("sqlite", "postgresql"):
        with stack(engine) as made:
            rates = json.loads(made.python("-m", "bench.fan_out"))
        bare = ("a bare insert of its keys", float(rates["bare"]))
        name = f"fan-out insert, {engine}"
        rows.append(at_least(name, float(rates["fan_out"]), "rows/s", LEAST, bare))
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
    """Print the median rates of fan-outs, and of bare inserts in turn with them, as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")
    import django

    django.setup()
    from django.db import connection

    from signalcast.delivery.fan_out import fan_out
    from signalcast.delivery.models import Delivery, Post
    from signalcast.feeds.models import Source
    from signalcast.signals.models import Signal

    feed = prepare(SUBSCRIBERS)
    source = Source.objects.create(feed_id=feed, slug="s")
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    took: dict[str, list[float]] = {"fan_out": [], "bare": []}
    for _ in range(RUNS):
        signal = Signal.objects.create(feed_id=feed, source=source, symbol="BTCUSDT")
        post = Post.objects.create(
            feed_id=feed, signal=signal, number=1, type="signal.published", data={}
        )
        began = time.perf_counter()
        while not fan_out(post):
            pass
        took["fan_out"].append(time.perf_counter() - began)
        assert Delivery.objects.filter(post=post).count() == SUBSCRIBERS
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_bare SELECT %s, id FROM channels_destination ORDER BY id",
                [post.pk],
            )
            assert cursor.rowcount == SUBSCRIBERS
        took["bare"].append(time.perf_counter() - began)
    print(json.dumps({name: SUBSCRIBERS / median(each) for name, each in took.items()}))


if __name__ == "__main__":
    main()
