"""Send a test message to one destination, by the way that signals take."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from signalcast.channels.models import Destination
from signalcast.core import events
from signalcast.core.clock import from_now
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.posts import TEST
from signalcast.delivery.states import OPEN
from signalcast.feeds.models import Feed
from signalcast.pipeline import SEND, Queue

#: Seconds after which nobody waits for a test any more.
WORTH = 60.0


def send_test(destination: Destination, feed: Feed) -> Delivery:
    """The delivery of a test to DESTINATION alone: the one that waits already, or a new one.

    It says that signals of FEED will look like it. It needs no plan, since it carries no signal,
    and is tried for a minute only, since somebody waits to see how it ends.
    """
    waiting = Delivery.objects.filter(
        destination=destination, post__type=TEST, state__in=OPEN, parked_at=None
    )
    if found := waiting.order_by("-pk").first():
        return found
    with transaction.atomic():
        post = Post.objects.create(
            feed=feed,
            type=TEST,
            data={"feed": {"slug": feed.slug, "name": feed.name}},
            valid_until=from_now(WORTH),
            # Nobody shall fan it out to the feed's readers.
            fanned_out_at=Now(),
            recipients=1,
        )
        made = Delivery.objects.create(
            post=post,
            destination=destination,
            # Somebody waits for it in front of the page.
            queue=Queue.HIGH,
        )
        ring_after_commit(SEND)
    events.emit("test.sent", destination=str(destination.uid), delivery=made.pk)
    return made
