"""The document that `signalcast load` reads: its schema, and what it means."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Slug = Annotated[
    str,
    Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=64, description="letters, digits, - and _"),
]
Days = Annotated[int, Meta(ge=0, le=366)]
Text = Annotated[str, Meta(min_length=1, max_length=120)]
Role = Literal["owner", "operator", "analyst", "support", "subscriber"]


class Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every part of the document has in common: unknown fields are refused."""


class Feed(Part):
    """A named stream of signals, what plans sell."""

    slug: Slug
    name: Text
    broadcasts: Annotated[
        list[Destination], Meta(description="what gets one message for all who read along")
    ] = []


class Plan(Part):
    """Feeds and channels for a price."""

    slug: Slug
    name: Text
    price: Annotated[Decimal, Meta(description="in the currency's units, as in 29.00")]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
    interval: Literal["month", "quarter", "year", "lifetime"]
    feeds: Annotated[list[Slug], Meta(description="slugs of feeds")]
    channels: Annotated[list[str], Meta(description="names of channels, such as webhook")]
    family: Annotated[
        Slug | Literal[""],
        Meta(description="plans of one family are alternatives: a user has one of them"),
    ] = ""
    description: Annotated[str, Meta(max_length=2_000, description="for the pricing page")] = ""
    trial_days: Annotated[Days, Meta(description="days for nothing, once for each user")] = 0
    grace_days: Annotated[Days, Meta(description="days without a payment after a period")] = 0
    destinations_per_channel: Annotated[
        Annotated[int, Meta(ge=1, le=1_000)] | None, Meta(description="none: any number")
    ] = None
    visibility: Annotated[
        Literal["public", "hidden", "archived"],
        Meta(description="on the pricing page; by its link only; not sold any more"),
    ] = "public"
    order: Annotated[int, Meta(ge=0, le=32_767, description="place on the pricing page")] = 0


class Source(Part):
    """Who may post into a feed."""

    slug: Slug
    feed: Annotated[Slug, Meta(description="slug of a feed")]
    token: Annotated[str, Meta(min_length=8, max_length=200, description="what it signs in with")]
    publish: Annotated[Literal["auto", "review"], Meta(description="at once or after review")] = (
        "auto"
    )
    body_secret: Annotated[str, Meta(description="a hook's body must carry it")] = ""
    signing_secret: Annotated[str, Meta(description="whsec_..., a hook must be signed")] = ""
    max_lag: Annotated[int, Meta(ge=1, description="seconds an alert may be late")] | None = None
    parser: Annotated[str, Meta(description="reads its texts")] = "english"
    chats: Annotated[
        list[Annotated[int, Meta(ge=-(10**18), le=10**18)]],
        Meta(
            max_length=25, description="numbers of the Telegram chats that count; none: the first"
        ),
    ] = []


class Account(Part):
    """What the installation signs in with at a medium: a Telegram bot, a mail server."""

    channel: Annotated[str, Meta(description="name of a channel, such as email")]
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    settings: Annotated[dict[str, Any], Meta(description="what the channel needs, see its page")]


class Destination(Part):
    """Where a user is reached, or what a feed is broadcast to."""

    channel: Annotated[str, Meta(description="name of a channel, such as webhook")]
    url: Annotated[str, Meta(max_length=500, description="the address; for webhooks a URL")]
    account: Annotated[str, Meta(description="name of an account to send through")] = ""
    secret: Annotated[
        str, Meta(description="signs each message; several, newest first, separated by spaces")
    ] = ""


class User(Part):
    """Somebody who can sign in, subscribe and be reached."""

    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    password: Annotated[str, Meta(description="without one nobody can sign in as this user")] = ""
    name: Annotated[str, Meta(max_length=120)] = ""
    language: Annotated[
        str, Meta(pattern=r"^([a-z]{2}(-[a-z]+)?)?$", max_length=8, description='as in "de"')
    ] = ""
    roles: list[Role] = []
    plans: Annotated[list[Slug], Meta(description="slugs of plans, subscribed from now on")] = []
    destinations: list[Destination] = []


class Document(Part):
    """Everything in one document. Every part may be left out; loading it again changes nothing."""

    accounts: list[Account] = []
    feeds: list[Feed] = []
    plans: list[Plan] = []
    sources: list[Source] = []
    users: list[User] = []
