"""Whose request it is."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest
from django.utils.translation import gettext as _

from signalcast.accounts.create_token import BEGINNING
from signalcast.accounts.find_token import BadToken, find_token
from signalcast.accounts.models import ApiToken, User
from signalcast.accounts.second_factor import lacks_second_factor
from signalcast.intake.problems import Problem

CHALLENGE = [(b"www-authenticate", b'Bearer realm="api"')]
SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, by a token."""

    user: User
    token: ApiToken


def admit(request: HttpRequest) -> Caller:
    """Whose request it is, kept with it. Raises Problem: 401, 403.

    Nothing but `Authorization: Bearer` counts: no session of a browser, no form.
    """
    scheme, _space, shown = request.headers.get("Authorization", "").partition(" ")
    shown = shown.strip()
    if scheme.lower() != SCHEME or not shown.startswith(BEGINNING):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            _("Show a token: `Authorization: Bearer sct_…`. The page of your account makes one."),
            headers=CHALLENGE,
        )
    try:
        token = find_token(shown)
    except BadToken as reason:
        raise Problem(HTTPStatus.UNAUTHORIZED, str(reason), headers=CHALLENGE) from None
    if lacks_second_factor(token.user):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            _("Staff needs a second factor here. Set one up on the page of your account first."),
        )
    found = Caller(token.user, token)
    request.caller = found  # type: ignore[attr-defined]
    return found


def caller_of(request: HttpRequest) -> Caller:
    """Whose request it is that was let in."""
    found: Caller = request.caller  # type: ignore[attr-defined]
    return found


def user_of(request: HttpRequest) -> User:
    """The user behind it."""
    return caller_of(request).user
