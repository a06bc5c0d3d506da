"""Providers of OpenID Connect that people may sign in with, as a setting lists them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from signalcast.core.env import WrongSetting, environment, variable

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,30}$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+\S*$")]


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of them."""

    #: Part of the addresses at which it sends people back.
    id: Id
    #: What the button says.
    name: str
    #: Where its `/.well-known/openid-configuration` is.
    url: Address
    client_id: str
    secret: str


def providers() -> tuple[Provider, ...]:
    """Those that the owner set up. Raises WrongSetting with a sentence."""
    told = environment().openid
    if not told:
        return ()
    try:
        return tuple(msgspec.json.decode(told, type=list[Provider]))
    except msgspec.MsgspecError as problem:
        # What it holds is secret, so that the value is not told.
        raise WrongSetting(
            f"{variable('openid')} cannot be used: {problem}. Give a JSON list of objects with"
            " id, name, url, client_id and secret."
        ) from None


def allauth_providers() -> dict[str, Any]:
    """The same for allauth."""
    apps = [
        {
            "provider_id": one.id,
            "name": one.name,
            "client_id": one.client_id,
            "secret": one.secret,
            "settings": {"server_url": one.url, "oauth_pkce_enabled": True},
        }
        for one in providers()
    ]
    return {"openid_connect": {"APPS": apps}}
