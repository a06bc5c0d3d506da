"""Send somebody a test to a destination of his."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.channels.models import Destination
from signalcast.delivery.models import Delivery
from signalcast.delivery.send_test import send_test
from signalcast.feeds.models import Feed
from signalcast.plans.entitlement import readable_feeds
from signalcast.plans.states import Refused


def try_destination(found: Destination, *, by: User) -> Delivery:
    """The delivery of a test, as signals of a feed will look that is read there. Raises Refused."""
    if found.state != Destination.State.ACTIVE:
        raise Refused(_("Resume it first: nothing is sent to what is disabled."))
    feed = Feed.objects.filter(broadcasts__destination=found).order_by("pk").first()
    feed = feed or readable_feeds(by).order_by("pk").first()
    if feed is None:
        raise Refused(_("There is no feed that you may read yet, so nothing to test."))
    with transaction.atomic():
        made = send_test(found, feed)
        noted(by, "destinations.tested", target=str(found))
    return made
