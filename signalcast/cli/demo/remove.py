"""Take the demo out of a home, without a trace and without touching anything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from signalcast.accounts.models import AuditEntry, User
from signalcast.channels.models import Account, Broadcast, Destination
from signalcast.cli.demo.document import DOMAIN, PREFIX
from signalcast.cli.demo.plans import COUPON
from signalcast.core.home import home, subdirectory
from signalcast.delivery import announce
from signalcast.delivery.models import Attempt, Delivery, Post
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import ChatReference, IdempotencyKey, Receipt
from signalcast.ops.alerts.models import Alert
from signalcast.plans import remind
from signalcast.plans.models import Coupon, Plan, Reminder, Subscription
from signalcast.signals.models import Revision, Signal, Target
from signalcast.work.models import Job


def remove() -> int:
    """Delete all rows of the demo, and its file. Returns how many rows there were."""
    with transaction.atomic():
        count = sum(rows.delete()[0] for rows in list(_rows()))
        count += _end_sessions()
        count += User.objects.filter(email__endswith=f"@{DOMAIN}").delete()[0]
    (home() / "demo.json").unlink(missing_ok=True)
    for process in ("sink", "player"):
        for log in subdirectory("log").glob(f"{process}-*.log*"):
            log.unlink()
    return count


def _rows() -> Iterator[QuerySet[Any]]:
    """Everything but people, from what depends on others to what others depend on."""
    ours = {"source__feed__slug__startswith": PREFIX}
    posts = Post.objects.filter(feed__slug__startswith=PREFIX)
    people = Q(owner__email__endswith=f"@{DOMAIN}")
    broadcasts = Q(broadcasts__feed__slug__startswith=PREFIX)
    destinations = Destination.objects.filter(people | broadcasts).values("pk")
    deliveries = Delivery.objects.filter(Q(post__in=posts) | Q(destination__in=destinations))
    yield Attempt.objects.filter(delivery__in=deliveries)
    yield deliveries
    announced = set(posts.filter(type=announce.TYPE).values_list("pk", flat=True))
    jobs = Job.objects.filter(name=announce.JOB)
    yield jobs.filter(pk__in=[job.pk for job in jobs if job.arguments["post"] in announced])
    yield posts
    signals = Signal.objects.filter(feed__slug__startswith=PREFIX)
    yield Target.objects.filter(revision__signal__in=signals)
    yield Revision.objects.filter(signal__in=signals)
    yield signals
    yield ChatReference.objects.filter(**ours)
    yield IdempotencyKey.objects.filter(**ours)
    yield Receipt.objects.filter(**ours)
    found = list(destinations.values_list("pk", flat=True))
    yield Broadcast.objects.filter(feed__slug__startswith=PREFIX)
    yield Destination.objects.filter(pk__in=found)
    yield Account.objects.filter(name__startswith=PREFIX)
    subscriptions = Subscription.objects.filter(plan__slug__startswith=PREFIX)
    reminders = set(
        Reminder.objects.filter(subscription__in=subscriptions).values_list("pk", flat=True)
    )
    mails = Job.objects.filter(name=remind.JOB)
    yield mails.filter(pk__in=[job.pk for job in mails if job.arguments["reminder"] in reminders])
    yield subscriptions
    yield Coupon.objects.filter(code=COUPON)
    yield Plan.objects.filter(slug__startswith=PREFIX)
    yield Source.objects.filter(feed__slug__startswith=PREFIX)
    yield Feed.objects.filter(slug__startswith=PREFIX)
    yield Alert.objects.filter(words__contains=PREFIX)
    yield AuditEntry.objects.filter(Q(by__endswith=f"@{DOMAIN}") | Q(target__startswith=PREFIX))


def _end_sessions() -> int:
    """Sign the demo's people out."""
    people = User.objects.filter(email__endswith=f"@{DOMAIN}").values_list("pk", flat=True)
    keys_of_people = set(map(str, people))
    keys = [
        session.session_key
        for session in Session.objects.all()
        if session.get_decoded().get("_auth_user_id") in keys_of_people
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]
