"""Make a feed of what its form was filled in with."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.feeds.forms import FeedForm
from signalcast.feeds.models import Feed


def create_feed(form: FeedForm, *, by: User) -> Feed:
    """The feed of a valid FORM."""
    with transaction.atomic():
        feed = form.save()
        noted(by, "feeds.created", target=feed.slug)
    events.emit("feed.created", feed=feed.slug)
    return feed
