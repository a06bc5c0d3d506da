"""Whose token it is that a program shows, and whether it is good."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.accounts.models import ApiToken
from signalcast.core.clock import read_moment
from signalcast.core.secrets import token_digest

#: How often the time of the last use is written at most.
NOTED_EVERY = timedelta(minutes=1)


class BadToken(Exception):
    """A token that opens nothing. A sentence that says what to do."""


def find_token(text: str) -> ApiToken:
    """The token, with its user. Raises BadToken.

    One statement, and another one a minute, which notes that it was used.
    """
    rows = ApiToken.objects.select_related("user").annotate(now=Now())
    found = rows.filter(digest=token_digest(text)).first()
    if found is None:
        raise BadToken(_("This token is not known here. Create one on the page of your account."))
    if found.revoked_at is not None:
        raise BadToken(_("This token was revoked. Create another one."))
    now = read_moment(found.now)
    if found.expires_at is not None and found.expires_at <= now:
        raise BadToken(_("This token has expired. Create another one."))
    if not found.user.is_active:
        raise BadToken(_("The account of this token is closed. Ask whoever runs this site."))
    if found.last_used_at is None or found.last_used_at <= now - NOTED_EVERY:
        old = Q(last_used_at=None) | Q(last_used_at__lte=Now() - NOTED_EVERY)
        ApiToken.objects.filter(old, pk=found.pk).update(last_used_at=Now())
    return found
