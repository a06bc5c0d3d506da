"""Tell the readers of a feed, or a segment of people, something that is no signal."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.core.retry import retried
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Post
from signalcast.delivery.segment import Segment
from signalcast.feeds.models import Feed
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.shop.current import current
from signalcast.work.give_way import give_way
from signalcast.work.models import Job

TYPE = "announcement.published"
JOB = "announce"


def announce(*, to: Feed | Segment, title: str, text: str, by: User, key: str) -> Post:
    """The announcement, to be fanned out by a job. KEY makes it one however often it is asked for.

    TITLE is one line; TEXT is plain.
    """
    goes_to: dict[str, Any]
    if isinstance(to, Feed):
        target, goes_to = to.slug, {"feed": to, "segment": None}
    else:
        target, goes_to = to.who.value, {"feed": None, "segment": to.stored}
    once = f"{JOB}:{key}"
    try:
        with transaction.atomic():
            data = announced(to, title, text)
            post = Post.objects.create(type=TYPE, data=data, **goes_to)
            Job.objects.create(
                name=JOB,
                arguments={"post": post.pk},
                queue=Queue.NOTIFICATIONS,
                schedule_run=once,
            )
            audit("announcements.made", by=by.email, target=target, title=title, post=post.pk)
            ring_after_commit(RUN_JOBS)
    except IntegrityError:
        return Post.objects.get(pk=Job.objects.get(schedule_run=once).arguments["post"])
    events.emit("announcement.made", post=post.pk, to=target, by=by.email)
    return post


def announced(to: Feed | Segment, title: str, text: str) -> dict[str, Any]:
    """The content as receivers get it. Of a segment it says nothing: it is nobody's business."""
    slug, name = (to.slug, to.name) if isinstance(to, Feed) else ("", current().name)
    feed = {"slug": slug, "name": name}
    return {"feed": feed, "announcement": {"title": title, "text": text}}


def fan_out_announcement(post: int) -> None:
    """The job: make its deliveries, chunk by chunk, from where an earlier try stopped."""
    made = Post.objects.filter(pk=post, fanned_out_at=None).first()
    while made is not None and not retried(lambda: fan_out(made)):
        give_way()
