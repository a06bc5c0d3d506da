"""Who may post, for those who set the installation up. Secrets go in; tokens come out once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from signalcast.accounts.noted import noted
from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, In, Limit, Page, Slug, Text
from signalcast.api.filled import as_shown, valid
from signalcast.api.needs import MANAGE
from signalcast.api.page import page
from signalcast.api.refuse import wrong
from signalcast.feeds.change_source import change_source as change
from signalcast.feeds.create_source import create_source as create
from signalcast.feeds.desk import outside_sources
from signalcast.feeds.forms import LONGEST
from signalcast.feeds.models import Feed, Source
from signalcast.feeds.pause_source import pause_source as pause
from signalcast.feeds.resume_source import resume_source as resume
from signalcast.feeds.rotate_token import rotate_token
from signalcast.intake.problems import FieldError
from signalcast.signals.source_form import SourceForm

router = Router()
ASKED: dict[str, Any] = {
    "slug": "tradingview",
    "feed": "crypto",
    "publish": "auto",
    "parser": "english",
    "max_lag": None,
    "chats": "",
}
EXAMPLE = ASKED | {
    "is_active": True,
    "has_body_secret": False,
    "has_signing_secret": False,
    "created_at": "2026-11-01T08:00:00Z",
}
Lag = Annotated[StrictInt, Field(ge=1, le=LONGEST)]


class SourceOut(BaseModel):
    """Somebody who may post into a feed."""

    slug: str
    feed: str
    publish: Source.Publish
    parser: str
    #: Seconds by which an alert's own time may lag; null: any.
    max_lag: int | None
    #: Telegram chats that count, by their numbers, with spaces between them.
    chats: str
    is_active: bool
    has_body_secret: bool
    has_signing_secret: bool
    created_at: datetime

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class SourceWithToken(SourceOut):
    """The same, with its token: it is shown this once."""

    token: str

    model_config = ConfigDict(
        json_schema_extra={"example": EXAMPLE | {"token": "yNQmSr2P4vJ8fTzUo0cXkD1hWbLgE7aI"}}
    )


class SourceIn(In):
    """A new source."""

    slug: Slug
    feed: Slug
    publish: Source.Publish = Source.Publish.AUTO
    #: What reads its texts; JSON needs none.
    parser: Slug = "english"
    max_lag: Lag | None = None
    chats: Text = ""
    #: What a hook's body must carry as `secret`.
    body_secret: Text = ""
    #: Standard Webhooks, whsec_…: a hook must then be signed.
    signing_secret: Text = ""

    model_config = ConfigDict(json_schema_extra={"example": ASKED})


class SourceChange(In):
    """What is to be changed about it; what is left out stays."""

    slug: Slug | None = None
    feed: Slug | None = None
    publish: Source.Publish | None = None
    parser: Slug | None = None
    max_lag: Lag | None = None
    chats: Text | None = None
    body_secret: Text | None = None
    signing_secret: Text | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"publish": "review"}})


@router.get(
    "/manage/sources",
    response=Page[SourceOut],
    auth=MANAGE,
    operation_id="list_sources",
    summary="All sources",
)
def list_sources(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[SourceOut]:
    """Newest first."""
    rows, after = page(_rows(), cursor, limit)
    return Page(items=[SourceOut(**_told(row)) for row in rows], next=after)


@router.post(
    "/manage/sources",
    response={201: SourceWithToken},
    auth=MANAGE,
    operation_id="create_source",
    summary="Create a source",
)
def create_source(request: HttpRequest, body: SourceIn) -> SourceWithToken:
    """Its token is in the answer, this once."""
    form = valid(SourceForm(body.model_dump() | {"feed": _feed(body.feed).pk}))
    source, token = create(**{name: form.cleaned_data[name] for name in form.Meta.fields})
    noted(user_of(request), "sources.created", target=source.slug)
    return SourceWithToken(**_told(source), token=token)


@router.get(
    "/manage/sources/{slug:slug}",
    response=SourceOut,
    auth=MANAGE,
    operation_id="read_source",
    summary="A source",
)
def read_source(request: HttpRequest, slug: str) -> SourceOut:
    """One source."""
    return SourceOut(**_told(_one(slug)))


@router.patch(
    "/manage/sources/{slug:slug}",
    response=SourceOut,
    auth=MANAGE,
    operation_id="change_source",
    summary="Change a source",
)
def change_source(request: HttpRequest, slug: str, body: SourceChange) -> SourceOut:
    """Doors know it within seconds. Its token stays."""
    source = _one(slug)
    changes = body.model_dump(exclude_unset=True)
    if body.feed:
        changes["feed"] = _feed(body.feed).pk
    shown = as_shown(SourceForm(instance=source), **changes)
    form = valid(SourceForm(shown, instance=_one(slug)))
    return SourceOut(**_told(change(form, by=user_of(request))))


@router.post(
    "/manage/sources/{slug:slug}/rotate",
    response=SourceWithToken,
    auth=MANAGE,
    operation_id="rotate_source",
    summary="Give a source another token",
)
def rotate_source(request: HttpRequest, slug: str) -> SourceWithToken:
    """The new token is in the answer, this once; the old one ends within seconds."""
    source = _one(slug)
    token = rotate_token(source)
    noted(user_of(request), "sources.token_rotated", target=slug)
    return SourceWithToken(**_told(source), token=token)


@router.post(
    "/manage/sources/{slug:slug}/pause",
    response=SourceOut,
    auth=MANAGE,
    operation_id="pause_source",
    summary="Refuse what a source posts",
)
def pause_source(request: HttpRequest, slug: str) -> SourceOut:
    """Within seconds, with 401."""
    source = _one(slug)
    pause(source, by=user_of(request))
    return SourceOut(**_told(source))


@router.post(
    "/manage/sources/{slug:slug}/resume",
    response=SourceOut,
    auth=MANAGE,
    operation_id="resume_source",
    summary="Take what a source posts again",
)
def resume_source(request: HttpRequest, slug: str) -> SourceOut:
    """Within seconds."""
    source = _one(slug)
    resume(source, by=user_of(request))
    return SourceOut(**_told(source))


def _rows() -> QuerySet[Source]:
    return outside_sources().select_related("feed")


def _one(slug: str) -> Source:
    return get_object_or_404(_rows(), slug=slug)


def _feed(slug: str) -> Feed:
    found = Feed.objects.filter(slug=slug).first()
    if found is None:
        raise wrong(FieldError("/feed", _("There is no such feed. Create it first.")))
    return found


def _told(source: Source) -> dict[str, Any]:
    return {
        "slug": source.slug,
        "feed": source.feed.slug,
        "publish": source.publish,
        "parser": source.parser,
        "max_lag": source.max_lag,
        "chats": source.chats,
        "is_active": source.is_active,
        "has_body_secret": bool(source.body_secret),
        "has_signing_secret": bool(source.signing_secret),
        "created_at": source.created_at,
    }
