"""What a service of Apprise gets, by its plainest one: `json://host:port/apprise/<name>`."""

from __future__ import annotations

from aiohttp import web

from signalcast.cli.sinks.received import MESSAGES, Messages, Received
from signalcast.core.clock import now


def apprise_sink() -> web.Application:
    """Takes Apprise's JSON posts at every path."""
    app = web.Application()
    app[MESSAGES] = Messages()
    app.router.add_post("/{path:.*}", _receive)
    return app


async def _receive(request: web.Request) -> web.Response:
    raw = await request.text()
    try:
        content = await request.json()
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return web.Response(status=400, text="This is not a message of Apprise.")
    request.app[MESSAGES].keep(
        Received(
            kind="apprise",
            at=now(),
            to=request.path,
            subject=str(content.get("title", "")),
            body=str(content.get("message", "")),
            raw=raw,
        )
    )
    return web.Response(text="ok")
