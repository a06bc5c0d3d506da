"""`signalcast sink`: a subscriber's webhook to look at, for the demo and for tries."""

from __future__ import annotations

import html
import json
import time
from collections import deque
from typing import Any

from aiohttp import web
from django.core.management.base import CommandParser
from django.utils import timezone

from signalcast.cli import command, demo
from signalcast.core import events, signing
from signalcast.core.home import home
from signalcast.core.process import die_with_parent

#: Messages that are shown.
SHOWN = 50

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2">
<title>Demo receiver</title>
<style>:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui;max-width:52rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #8886;border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}}
pre{{overflow:auto;margin:.5rem 0 0}}small{{opacity:.75}}</style>
<h1>Demo receiver</h1><p>What the demo's subscriber got, newest first.</p>{rows}</html>"""


class Command(command.Command):
    """Answers every POST with 200 and shows the last messages."""

    help = (
        "Receive webhooks on this machine and show them. The demo's subscriber is one: its "
        "messages are checked for their signature.\n\n"
        "  signalcast sink --port 8900"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen."""
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *, port: int, **options: Any) -> None:
        """Receive until told to stop."""
        die_with_parent()
        events.set_up()
        path = home() / "demo.json"
        secret = demo.prepare().receiver_secret if path.exists() else ""
        app = web.Application()
        receiver = _Receiver(secret)
        app.router.add_get("/", receiver.page)
        app.router.add_get("/received.json", receiver.as_json)
        app.router.add_post("/{path:.*}", receiver.receive)
        web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


class _Receiver:
    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.received: deque[dict[str, Any]] = deque(maxlen=SHOWN)

    async def receive(self, request: web.Request) -> web.Response:
        """Keep one message, and whether its signature held."""
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            signing.verify([self.secret], headers, body, now=int(time.time()))
            signed = "signature holds"
        except signing.BadSignature as problem:
            signed = str(problem)
        text = body.decode(errors="replace")
        self.received.appendleft(
            {
                "at": timezone.now().isoformat(),
                "id": headers.get("webhook-id", ""),
                "signature": signed,
                "body": text,
            }
        )
        events.emit("sink.received", id=headers.get("webhook-id"), body=text[:2_000])
        return web.Response(text="ok")

    async def as_json(self, _request: web.Request) -> web.Response:
        """The last messages for scripts."""
        return web.json_response(list(self.received))

    async def page(self, _request: web.Request) -> web.Response:
        """The last messages for people."""
        rows = "".join(_article(message) for message in self.received)
        empty = "<p>Nothing yet. Send a signal and it appears here.</p>"
        return web.Response(text=PAGE.format(rows=rows or empty), content_type="text/html")


def _article(message: dict[str, Any]) -> str:
    try:
        body = json.dumps(json.loads(message["body"]), indent=2)
    except ValueError:
        body = message["body"]
    shown = (message["at"], message["id"], message["signature"])
    head = " · ".join(html.escape(text) for text in shown)
    return f"<article><small>{head}</small><pre>{html.escape(body)}</pre></article>"
