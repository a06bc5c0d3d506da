"""Give somebody a token for programs of his."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from signalcast.accounts.models import ApiToken, User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.core.secrets import token_digest

#: How all of them begin, so that they are known where they should not be, as in code.
BEGINNING = "sct_"
#: Characters of a token that lists show.
SHOWN = 10


def create_token(
    user: User, *, name: str, scopes: Collection[str], expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """The new token's row, and the token: this is the only moment at which that is known."""
    token = BEGINNING + secrets.token_urlsafe(32)
    with transaction.atomic():
        made = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=token[:SHOWN],
            digest=token_digest(token),
            scopes=" ".join(sorted(scopes)),
            expires_at=expires_at,
        )
        noted(user, "tokens.created", target=str(made), scopes=made.scopes, until=expires_at)
    events.emit("token.created", user=user.pk, prefix=made.prefix, scopes=made.scopes)
    return made, token
