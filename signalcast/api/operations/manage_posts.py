"""Announcements, and deliveries that are not to be sent after all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.accounts.noted import noted
from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, In, Limit, Page, Slug, Text, Word
from signalcast.api.filled import valid
from signalcast.api.needs import MANAGE
from signalcast.api.operations.deliveries import DeliveryOut, told
from signalcast.api.page import page
from signalcast.api.refuse import wrong
from signalcast.core.ids import new_id
from signalcast.delivery.announce import TYPE, announce
from signalcast.delivery.announcement_form import AnnouncementForm
from signalcast.delivery.cancel import cancel
from signalcast.delivery.models import Delivery, Post
from signalcast.feeds.models import Feed
from signalcast.intake.problems import FieldError
from signalcast.plans.states import Refused

router = Router()
ASKED: dict[str, Any] = {
    "feed": "crypto",
    "title": "Holidays",
    "text": "No signals until Monday.",
}


class AnnouncementOut(BaseModel):
    """Something that was told to all who read a feed, or to a segment of people."""

    id: int
    #: null: it went to a segment of people.
    feed: str | None
    title: str
    text: str
    created_at: datetime
    #: Destinations that it goes to so far, and when that was all of them.
    recipients: int
    fanned_out_at: datetime | None

    model_config = ConfigDict(
        json_schema_extra={
            "example": ASKED
            | {
                "id": 121,
                "created_at": "2026-11-26T09:00:00Z",
                "recipients": 200,
                "fanned_out_at": "2026-11-26T09:00:01Z",
            }
        }
    )


class AnnouncementIn(In):
    """A title of one line and a plain text."""

    feed: Slug
    title: Word
    text: Text

    model_config = ConfigDict(json_schema_extra={"example": ASKED})


@router.get(
    "/manage/announcements",
    response=Page[AnnouncementOut],
    auth=MANAGE,
    operation_id="list_announcements",
    summary="Announcements",
)
def list_announcements(
    request: HttpRequest, limit: Limit = 50, cursor: Cursor = ""
) -> Page[AnnouncementOut]:
    """Newest first."""
    found = Post.objects.filter(type=TYPE).select_related("feed")
    rows, after = page(found, cursor, limit)
    return Page(items=[_told(row) for row in rows], next=after)


@router.post(
    "/manage/announcements",
    response={202: AnnouncementOut},
    auth=MANAGE,
    operation_id="create_announcement",
    summary="Tell everybody who reads a feed",
)
def create_announcement(request: HttpRequest, body: AnnouncementIn) -> AnnouncementOut:
    """It is on its way then."""
    feed = Feed.objects.filter(slug=body.feed).first()
    if feed is None:
        said = _("There is no such feed. Create it first.")
        raise wrong(FieldError("/feed", said))
    form = valid(AnnouncementForm(body.model_dump() | {"feed": feed.pk}))
    post = announce(
        to=form.to,
        title=form.cleaned_data["title"],
        text=form.cleaned_data["text"],
        by=user_of(request),
        key=str(new_id()),
    )
    return _told(Post.objects.select_related("feed").get(pk=post.pk))


@router.post(
    "/manage/deliveries/{int:id}/cancel",
    response=DeliveryOut,
    auth=MANAGE,
    operation_id="cancel_delivery",
    summary="Stop a delivery that waits",
)
def cancel_delivery(request: HttpRequest, id: int) -> DeliveryOut:
    """One that is being sent or is finished stays as it is: 409."""
    rows = Delivery.objects.select_related("destination", "post__feed")
    get_object_or_404(rows, pk=id)
    by = user_of(request)
    if not cancel([id], reason=_("Cancelled by %(who)s.") % {"who": by}):
        raise Refused(_("It is being sent or is finished: nothing was changed."))
    noted(by, "deliveries.cancelled", target=str(id), count=1)
    return DeliveryOut(**told(rows.get(pk=id)))


def _told(post: Post) -> AnnouncementOut:
    said = post.data["announcement"]
    return AnnouncementOut(
        id=post.pk,
        feed=post.feed.slug if post.feed else None,
        title=said["title"],
        text=said["text"],
        created_at=post.created_at,
        recipients=post.recipients,
        fanned_out_at=post.fanned_out_at,
    )
