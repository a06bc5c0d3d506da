"""Give a user a token for the live stream."""

from __future__ import annotations

import secrets

from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.core.secrets import token_digest
from signalcast.live.models import LiveToken


def renew_token(user: User) -> str:
    """A new token of USER's, to be shown once. The one before it stops working within seconds."""
    token = "live_" + secrets.token_urlsafe(24)
    LiveToken.objects.update_or_create(user=user, defaults={"digest": token_digest(token)})
    events.emit("live.token_renewed", user=user.pk)
    return token
