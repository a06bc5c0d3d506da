"""Take a token for programs back."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.models import ApiToken, User
from signalcast.accounts.noted import noted
from signalcast.core import events


def revoke_token(token: ApiToken, *, by: User) -> bool:
    """End it at once, for good. Returns whether it was good until now."""
    with transaction.atomic():
        rows = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        if not rows.update(revoked_at=Now()):
            return False
        noted(by, "tokens.revoked", target=str(token))
    events.emit("token.revoked", user=token.user_id, prefix=token.prefix)
    return True
