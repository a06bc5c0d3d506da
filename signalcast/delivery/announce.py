"""Tell everybody who reads a feed something that is no signal."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.core.retry import retried
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.work.give_way import give_way
from signalcast.work.models import Job

TYPE = "announcement.published"
JOB = "announce"


def announce(*, feed: Feed, title: str, text: str, by: User, key: str) -> Post:
    """The announcement, to be fanned out by a job. KEY makes it one however often it is asked for.

    TITLE is one line; TEXT is plain.
    """
    data = {
        "feed": {"slug": feed.slug, "name": feed.name},
        "announcement": {"title": title, "text": text},
    }
    once = f"{JOB}:{key}"
    try:
        with transaction.atomic():
            post = Post.objects.create(feed=feed, type=TYPE, data=data)
            Job.objects.create(
                name=JOB,
                arguments={"post": post.pk},
                queue=Queue.NOTIFICATIONS,
                schedule_run=once,
            )
            audit("announcements.made", by=by.email, target=feed.slug, title=title, post=post.pk)
            ring_after_commit(RUN_JOBS)
    except IntegrityError:
        return Post.objects.get(pk=Job.objects.get(schedule_run=once).arguments["post"])
    events.emit("announcement.made", post=post.pk, feed=feed.slug, by=by.email)
    return post


def fan_out_announcement(post: int) -> None:
    """The job: make its deliveries, chunk by chunk, from where an earlier try stopped."""
    made = Post.objects.filter(pk=post, fanned_out_at=None).first()
    while made is not None and not retried(lambda: fan_out(made)):
        give_way()
