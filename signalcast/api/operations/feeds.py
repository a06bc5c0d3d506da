"""Feeds that one may read."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router

from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, Limit, Named, Page
from signalcast.api.needs import READ
from signalcast.api.page import page
from signalcast.plans.entitlement import readable_feeds

router = Router()


@router.get(
    "/feeds",
    response=Page[Named],
    auth=READ,
    operation_id="list_feeds",
    summary="Feeds that you may read",
)
def list_feeds(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[Named]:
    """Those of your current plans; all of them for staff."""
    rows, after = page(readable_feeds(user_of(request)), cursor, limit)
    return Page(items=[Named(slug=feed.slug, name=feed.name) for feed in rows], next=after)


@router.get(
    "/feeds/{slug:slug}",
    response=Named,
    auth=READ,
    operation_id="read_feed",
    summary="A feed",
)
def read_feed(request: HttpRequest, slug: str) -> Named:
    """One feed that you may read."""
    feed = get_object_or_404(readable_feeds(user_of(request)), slug=slug)
    return Named(slug=feed.slug, name=feed.name)
