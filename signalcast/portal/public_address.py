"""Where a path of this site is found from outside."""

from __future__ import annotations

from django.http import HttpRequest

from signalcast.core.env import environment


def public_address(request: HttpRequest, path: str) -> str:
    """The whole address of PATH: at the site's public address, else as the reader got here."""
    base = environment().public_url.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    return base + path
