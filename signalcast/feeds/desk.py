"""The source that stands for what people write on the pages of this installation."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from signalcast.feeds.models import Feed, Source

#: Stands where other sources have the digest of their token. No digest has a colon, so no token
#: opens a door as a desk, and each feed has one desk at most.
MARK = "desk:"


def desk(feed: Feed) -> Source:
    """The desk of a feed, made when it is first needed."""
    digest = f"{MARK}{feed.pk}"
    # A source somebody made may have the name already: the number never is one of its kind.
    for slug in (f"desk-{feed.slug}"[:64], f"desk-{feed.pk}-{feed.slug}"[:64]):
        known = Source.objects.select_related("feed").filter(token_digest=digest).first()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                return Source.objects.create(slug=slug, feed=feed, token_digest=digest)
        except IntegrityError:
            continue
    return Source.objects.select_related("feed").get(token_digest=digest)


def outside_sources() -> QuerySet[Source]:
    """The sources that post through the doors: all but the desks."""
    return Source.objects.exclude(token_digest__startswith=MARK)


def is_desk(source: Source) -> bool:
    """Whether only people on the pages post through it."""
    return source.token_digest.startswith(MARK)
