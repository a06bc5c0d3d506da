"""What a request for a stream says."""

from __future__ import annotations

from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from django.conf import settings

from signalcast.live.cursor import Cursor, read_cursor
from signalcast.live.rights import Shown


class Asked(NamedTuple):
    """A request."""

    method: str
    shown: Shown
    #: Where the listener says it has been, as it says it; empty means nowhere yet.
    last_id: str
    #: The same, understood; None when it is no place.
    since: Cursor | None
    #: Whether it is a browser's EventSource, or a program that understands events as well.
    wants_events: bool


def read_request(scope: MutableMapping[str, Any]) -> Asked:
    """Understand an ASGI request. Whatever it holds, this does not fail."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    last_id = headers.get("last-event-id") or query.get("last_event_id", [""])[0]
    return Asked(
        method=scope["method"],
        shown=_shown(headers, query),
        last_id=last_id,
        since=read_cursor(last_id),
        wants_events="text/event-stream" in headers.get("accept", ""),
    )


def _shown(headers: dict[str, str], query: dict[str, list[str]]) -> Shown:
    """The token that a request shows, else the key of its session."""
    scheme, _space, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Shown(token=token.strip())
    if token := query.get("token", [""])[0]:
        return Shown(token=token)
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        cookie = None
    return Shown(session=cookie.value) if cookie else Shown()
