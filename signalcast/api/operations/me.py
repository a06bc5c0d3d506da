"""Who you are here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.accounts.profile import ProfileForm, change_profile
from signalcast.api.caller import caller_of
from signalcast.api.fields import In, Word
from signalcast.api.filled import as_shown, valid
from signalcast.api.needs import READ, WRITE

router = Router()
EXAMPLE: dict[str, Any] = {
    "id": 7,
    "email": "alice@example.org",
    "name": "Alice",
    "language": "en",
    "roles": ["subscriber"],
    "created_at": "2026-11-01T08:00:00Z",
    "token": {
        "name": "My bot",
        "prefix": "sct_Q1w2e3",
        "scopes": ["read", "write"],
        "expires_at": "2027-01-01T00:00:00Z",
    },
}


class TokenOut(BaseModel):
    """The token that asks."""

    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None


class Me(BaseModel):
    """You, and the token that you ask with."""

    id: int
    email: str
    name: str
    #: Empty: the language of the installation.
    language: str
    roles: list[str]
    created_at: datetime
    token: TokenOut

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class MeChange(In):
    """What is to become of your profile."""

    name: Word | None = None
    #: As in `de`; empty: the language of the installation.
    language: Word | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"language": "de"}})


@router.get("/me", response=Me, auth=READ, operation_id="read_me", summary="Your profile")
def read_me(request: HttpRequest) -> Me:
    """You, and the token that you ask with."""
    user, token = caller_of(request).user, caller_of(request).token
    return Me(
        id=user.pk,
        email=user.email,
        name=user.name,
        language=user.language,
        roles=sorted(user.roles()),
        created_at=user.created_at,
        token=TokenOut(
            name=token.name,
            prefix=token.prefix,
            scopes=sorted(token.scope_set()),
            expires_at=token.expires_at,
        ),
    )


@router.patch(
    "/me", response=Me, auth=WRITE, operation_id="change_me", summary="Change your profile"
)
def change_me(request: HttpRequest, body: MeChange) -> Me:
    """Your name and your language. The address and the password are changed on the pages."""
    user = caller_of(request).user
    shown = as_shown(ProfileForm(instance=user), **body.model_dump(exclude_none=True))
    change_profile(valid(ProfileForm(shown, instance=user)))
    return read_me(request)
