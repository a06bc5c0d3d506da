"""Who a request is from, and whether it came by HTTPS, where a proxy of ours passes it on.

A proxy is one of ours when SIGNALCAST_TRUSTED_PROXIES says so. What anybody else says in
X-Forwarded-For and X-Forwarded-Proto is heard by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any

from signalcast.core.request_ids import is_trusted

FOR, SCHEME = b"x-forwarded-for", b"x-forwarded-proto"
#: Headers that only proxies may send, in the spelling of ASGI.
FORWARDED = frozenset((FOR, SCHEME, b"x-forwarded-host", b"x-forwarded-port"))
#: The key that a scope has when a proxy of ours said for whom it asks.
BELIEVED = "signalcast.forwarded"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def speaker(peer: str, told: str) -> str:
    """The address that a request is from.

    PEER is the other end's, TOLD what X-Forwarded-For says: addresses, each added by who had the
    request from it. They are believed from the end on, as long as it is one of ours who tells.
    """
    for one in reversed(told.split(",")):
        address = _address(one.strip())
        if not address or not is_trusted(peer):
            break
        peer = address
    return peer


def scheme(told: str) -> str | None:
    """The scheme that X-Forwarded-Proto says, or None when that is nothing we know."""
    last = told.rpartition(",")[2].strip().lower()
    return last if last in ("http", "https") else None


def believe(scope: MutableMapping[str, Any]) -> None:
    """Have an ASGI scope of HTTP say who asks and how, if a proxy of ours tells it."""
    client = scope.get("client")
    peer = client[0] if client else ""
    if not is_trusted(peer):
        return
    told: dict[bytes, str] = {}
    kept = []
    for name, value in scope["headers"]:
        plain = name.lower()
        if plain.replace(b"_", b"-") not in FORWARDED:
            kept.append((name, value))
        elif plain in (FOR, SCHEME):
            before = f"{told[plain]}," if plain in told else ""
            told[plain] = before + value.decode("latin-1")
    scope["headers"] = kept
    if FOR in told:
        scope["client"] = (speaker(peer, told[FOR]), 0)
        scope[BELIEVED] = True
    scope["scheme"] = scheme(told.get(SCHEME, "")) or scope.get("scheme", "http")


def believing(application: Application) -> Application:
    """The same for a WSGI application, which then never sees what proxies say."""

    def believes(environ: Environ, start_response: Any) -> Iterable[bytes]:
        told = {name: environ.pop(_variable(name), "") for name in FORWARDED}  # all are taken out
        peer = environ.get("REMOTE_ADDR", "")
        if is_trusted(peer):
            environ["REMOTE_ADDR"] = speaker(peer, told[FOR])
            environ["wsgi.url_scheme"] = scheme(told[SCHEME]) or environ["wsgi.url_scheme"]
        return application(environ, start_response)

    return believes


def _variable(header: bytes) -> str:
    return "HTTP_" + header.decode().upper().replace("-", "_")


def _address(text: str) -> str:
    """The address in TEXT, which may have a port as some load balancers write it; else ""."""
    plain = text
    if text.startswith("["):
        plain = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        plain = text.partition(":")[0]
    try:
        return str(ip_address(plain))
    except ValueError:
        return ""
