"""All feeds, for those who set the installation up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, In, Limit, Page, Slug, Word
from signalcast.api.filled import as_shown, valid
from signalcast.api.needs import MANAGE
from signalcast.api.page import page
from signalcast.feeds.change_feed import change_feed as change
from signalcast.feeds.create_feed import create_feed as create
from signalcast.feeds.forms import LONGEST, FeedForm
from signalcast.feeds.models import Feed

router = Router()
EXAMPLE: dict[str, Any] = {
    "slug": "crypto",
    "name": "Crypto majors",
    "market_validity": 300,
    "waiting_validity": 86_400,
}
Seconds = Annotated[StrictInt, Field(ge=1, le=LONGEST)]


class FeedOut(BaseModel):
    """A stream of signals, with the seconds that they are worth sending."""

    slug: str
    name: str
    market_validity: int
    waiting_validity: int
    created_at: datetime

    model_config = ConfigDict(
        json_schema_extra={"example": EXAMPLE | {"created_at": "2026-11-01T08:00:00Z"}}
    )


class FeedIn(In):
    """A new feed. Without a slug one is made of its name."""

    name: Word
    slug: Slug | None = None
    market_validity: Seconds = 300
    waiting_validity: Seconds = 86_400

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class FeedChange(In):
    """What is to be changed about it; what is left out stays."""

    name: Word | None = None
    slug: Slug | None = None
    market_validity: Seconds | None = None
    waiting_validity: Seconds | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"market_validity": 120}})


@router.get(
    "/manage/feeds",
    response=Page[FeedOut],
    auth=MANAGE,
    operation_id="manage_feeds",
    summary="All feeds",
)
def list_feeds(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[FeedOut]:
    """Newest first."""
    rows, after = page(Feed.objects.all(), cursor, limit)
    return Page(items=[_told(row) for row in rows], next=after)


@router.post(
    "/manage/feeds",
    response={201: FeedOut},
    auth=MANAGE,
    operation_id="create_feed",
    summary="Create a feed",
)
def create_feed(request: HttpRequest, body: FeedIn) -> FeedOut:
    """A source may post into it then."""
    form = valid(FeedForm(body.model_dump()))
    return _told(create(form, by=user_of(request)))


@router.get(
    "/manage/feeds/{slug:slug}",
    response=FeedOut,
    auth=MANAGE,
    operation_id="read_managed_feed",
    summary="A feed with its settings",
)
def read_feed(request: HttpRequest, slug: str) -> FeedOut:
    """One feed."""
    return _told(get_object_or_404(Feed, slug=slug))


@router.patch(
    "/manage/feeds/{slug:slug}",
    response=FeedOut,
    auth=MANAGE,
    operation_id="change_feed",
    summary="Change a feed",
)
def change_feed(request: HttpRequest, slug: str, body: FeedChange) -> FeedOut:
    """For signals from now on."""
    feed = get_object_or_404(Feed, slug=slug)
    shown = as_shown(FeedForm(instance=feed), **body.model_dump(exclude_none=True))
    return _told(change(valid(FeedForm(shown, instance=feed)), by=user_of(request)))


def _told(feed: Feed) -> FeedOut:
    return FeedOut(
        slug=feed.slug,
        name=feed.name,
        market_validity=feed.market_validity,
        waiting_validity=feed.waiting_validity,
        created_at=feed.created_at,
    )
