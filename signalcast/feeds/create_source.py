"""Let somebody post into a feed."""

from __future__ import annotations

from typing import Any

from signalcast.core import events
from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.feeds.tokens import new_token


def create_source(*, slug: str, feed: Feed, **settings: Any) -> tuple[Source, str]:
    """The new source, and its token: this is the only moment at which that is known.

    Raises django.db.IntegrityError when the slug is taken.
    """
    token = new_token()
    source = Source.objects.create(
        slug=slug, feed=feed, token_digest=token_digest(token), **settings
    )
    events.emit("source.created", source=slug, feed=feed.slug)
    return source, token
