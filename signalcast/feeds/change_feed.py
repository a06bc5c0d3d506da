"""Change a feed to what its form was filled in with."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.feeds.forms import FeedForm
from signalcast.feeds.models import Feed


def change_feed(form: FeedForm, *, by: User) -> Feed:
    """The feed of a valid FORM, changed."""
    with transaction.atomic():
        feed = form.save()
        noted(by, "feeds.changed", target=feed.slug, fields=", ".join(form.changed_data))
    events.emit("feed.changed", feed=feed.slug)
    return feed
