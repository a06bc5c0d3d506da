"""A subscriber's webhook: takes every post and checks its signature."""

from __future__ import annotations

import json
import time

from aiohttp import web
from django.utils.translation import gettext as _

from signalcast.cli.sinks.received import MESSAGES, Messages, Received
from signalcast.core import signing
from signalcast.core.clock import now


def webhook_sink(secret: str = "") -> web.Application:
    """Takes posts at every path. SECRET is the one that they should be signed with."""
    app = web.Application()
    app[MESSAGES] = Messages()

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        request.app[MESSAGES].keep(_received(request.path, headers, body, secret))
        return web.Response(text="ok")

    app.router.add_post("/{path:.*}", receive)
    return app


def _received(path: str, headers: dict[str, str], body: bytes, secret: str) -> Received:
    text = body.decode(errors="replace")
    try:
        content = json.loads(text)
        text = json.dumps(content, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        content = None
    kind = content.get("type") if isinstance(content, dict) else None
    lines = [f"{name}: {value}" for name, value in sorted(headers.items())]
    return Received(
        kind="webhook",
        at=now(),
        to=path,
        subject=" · ".join(filter(None, (str(kind or ""), _signed(headers, body, secret)))),
        body=text,
        raw="\n".join([*lines, "", body.decode(errors="replace")]),
    )


def _signed(headers: dict[str, str], body: bytes, secret: str) -> str:
    if not secret:
        return ""
    try:
        signing.verify([secret], headers, body, now=int(time.time()))
    except signing.BadSignature as problem:
        return str(problem)
    return _("signature holds")
