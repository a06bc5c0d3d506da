"""Who listens, and what they may hear: one look for all listeners of a process."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from signalcast.accounts.models import User
from signalcast.core.secrets import token_digest
from signalcast.live.models import LiveToken
from signalcast.plans.entitlement import feeds_through

#: The channel that a plan must allow.
KIND = "live"


class Shown(NamedTuple):
    """What a request shows: a session's key or a token."""

    session: str = ""
    token: str = ""


class Listener(NamedTuple):
    """Who listens, and by what right: a session's key or a token's digest."""

    user: int
    session: str = ""
    digest: str = ""
    #: The user's password as it is stored. A new one ends the sessions that were begun before.
    password: str = ""


class Right(NamedTuple):
    """Who listens, None for a stranger; and the feeds, None when the live stream is not theirs."""

    listener: Listener | None = None
    feeds: frozenset[int] | None = None


def admit(shown: Collection[Shown]) -> dict[Shown, Right]:
    """What each of these may hear."""
    digests = {one: token_digest(one.token) for one in shown if one.token}
    rows = LiveToken.objects.filter(digest__in=digests.values(), user__is_active=True)
    owners = dict(rows.values_list("digest", "user_id"))
    found: dict[Shown, Listener | None] = {}
    for one in shown:
        digest = digests.get(one)
        if digest is None:
            found[one] = _signed_in(one.session) if one.session else None
        else:
            found[one] = Listener(owners[digest], digest=digest) if digest in owners else None
    rights = allowed(listener for listener in found.values() if listener)
    return {
        one: Right(listener, rights.get(listener)) if listener else Right()
        for one, listener in found.items()
    }


def allowed(listeners: Iterable[Listener]) -> dict[Listener, frozenset[int]]:
    """The feeds that each listener may hear now. Those whose right has ended are left out.

    As many statements for thousands as for one.
    """
    valid = still_valid(listeners)
    feeds = feeds_through(KIND, {listener.user for listener in valid})
    return {one: feeds[one.user] for one in valid if one.user in feeds}


def still_valid(listeners: Iterable[Listener]) -> set[Listener]:
    """Those who are still signed in, or whose token is still the same."""
    listeners = set(listeners)
    digests = {one.digest for one in listeners if one.digest}
    sessions = {one.session: one.user for one in listeners if one.session}
    tokens: set[str] = set()
    keys: set[str] = set()
    passwords: dict[int, str] = {}
    if digests:
        rows = LiveToken.objects.filter(digest__in=digests)
        tokens = set(rows.values_list("digest", flat=True))
    if sessions:
        begun = Session.objects.filter(session_key__in=sessions, expire_date__gt=Now())
        keys = set(begun.values_list("session_key", flat=True))
        users = User.objects.filter(pk__in=set(sessions.values()))
        passwords = dict(users.values_list("pk", "password"))
    return {
        one
        for one in listeners
        if one.digest in tokens or (one.session in keys and passwords.get(one.user) == one.password)
    }


def _signed_in(key: str) -> Listener | None:
    """Whose session it is, by Django's own rules, but without changing anything: an answer of
    ours carries no cookie, so a session that got a new key here would be lost."""
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    session = store(key)
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=session[SESSION_KEY], is_active=True).first()
    if user is None:
        return None
    proof = session.get(HASH_SESSION_KEY, "")
    good = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    if not any(constant_time_compare(proof, one) for one in good):
        return None
    return Listener(user.pk, session=key, password=user.password)
