"""All sinks in one process: one port for what comes by HTTP and for the page, one for mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec

from aiohttp import web

from signalcast.cli.sinks.apprise import apprise_sink
from signalcast.cli.sinks.discord import discord_sink
from signalcast.cli.sinks.received import MESSAGES, Messages
from signalcast.cli.sinks.show import show
from signalcast.cli.sinks.smtp import smtp_sink
from signalcast.cli.sinks.webhook import webhook_sink

#: Only this machine may send here.
HOST = "127.0.0.1"


@asynccontextmanager
async def serve(
    *, port: int, smtp_port: int | None = None, secret: str = ""
) -> AsyncIterator[web.Application]:
    """Serve for as long as the context lasts. Raises OSError when a port is taken."""
    mails = Messages()
    async with AsyncExitStack() as stack:
        if smtp_port is not None:
            await stack.enter_async_context(smtp_sink(HOST, smtp_port, mails))
        app = application(secret, mails)
        # What waits for updates of Telegram would wait on.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, port).start()
        yield app


def application(secret: str, mails: Messages) -> web.Application:
    """What answers by HTTP: the page, the webhook, and the other sinks below their paths."""
    app = webhook_sink(secret)
    below = {
        "discord": ("/api/webhooks", discord_sink()),
        "apprise": ("/apprise", apprise_sink()),
    }
    if find_spec("signalcast.cli.sinks.telegram"):
        telegram = import_module("signalcast.cli.sinks.telegram")
        below["telegram"] = ("/telegram", telegram.telegram_sink())
    sinks = {"webhook": app[MESSAGES], "email": mails}
    for kind, (path, sink) in below.items():
        sinks[kind] = sink[MESSAGES]
        app.add_subapp(path, sink)
    show(app, sinks)
    return app
