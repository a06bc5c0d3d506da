"""The page that shows what all sinks received, for people, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from aiohttp import web
from django.template import Context, Engine

from signalcast.cli.sinks.received import Messages, Received

#: Messages on one page.
SHOWN = 100
#: Characters of a message's raw form on the page.
LONGEST = 20_000

_ENGINE = Engine(dirs=[str(Path(__file__).parent)], libraries={"i18n": "django.templatetags.i18n"})


def show(app: web.Application, sinks: Mapping[str, Messages]) -> None:
    """Add the page at `/` and `/received.json` to APP."""

    async def page(request: web.Request) -> web.Response:
        kind = _chosen(request, sinks)
        shown = _newest(sinks, kind)[:SHOWN]
        context = {
            "counts": {name: messages.count for name, messages in sinks.items()},
            "total": sum(messages.count for messages in sinks.values()),
            "chosen": kind,
            "messages": shown,
            "paused": "pause" in request.query,
            "longest": LONGEST,
        }
        text = _ENGINE.get_template("page.html").render(Context(context))
        return web.Response(text=text, content_type="text/html")

    async def as_json(request: web.Request) -> web.Response:
        found = [_plain(received) for received in _newest(sinks, _chosen(request, sinks))]
        return web.json_response(found)

    app.router.add_get("/", page)
    app.router.add_get("/received.json", as_json)


def _chosen(request: web.Request, sinks: Mapping[str, Messages]) -> str:
    kind = request.query.get("kind", "")
    return kind if kind in sinks else ""


def _newest(sinks: Mapping[str, Messages], kind: str) -> list[Received]:
    chosen = [messages.last for name, messages in sinks.items() if kind in ("", name)]
    return sorted(chain.from_iterable(chosen), key=lambda received: received.at, reverse=True)


def _plain(received: Received) -> dict[str, Any]:
    return asdict(received) | {"at": received.at.isoformat()}
