"""`signalcast sink`: receivers of all channels to look at, for the demo and for tries."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from signalcast.cli import command, demo
from signalcast.cli.sinks.serve import HOST, serve
from signalcast.core import events
from signalcast.core.ports import why_taken
from signalcast.core.process import die_with_parent


class Command(command.Command):
    """Takes messages of every channel and shows the last ones."""

    help = (
        "Receive messages of every channel on this machine and show them on a page. Webhooks come "
        "in at any path, Telegram's below /telegram, Discord's below /api/webhooks, Apprise's "
        "(json://) below /apprise, mail at a port of its own. The last 200 of each kind are kept, "
        "in memory.\n\n"
        "  signalcast sink --port 8900 --smtp-port 8925"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen."""
        parser.add_argument("--port", type=int, required=True, help=_("port of page and HTTP"))
        parser.add_argument("--smtp-port", type=int, help=_("port of the mail server"))

    def handle(self, *, port: int, smtp_port: int | None, **options: Any) -> None:
        """Receive until told to stop."""
        die_with_parent()
        events.set_up()
        for chosen in [port, *([] if smtp_port is None else [smtp_port])]:
            if problem := _why_not(chosen):
                raise CommandError(
                    _("Cannot listen on %(host)s:%(port)d: %(problem)s. Choose another port.")
                    % {"host": HOST, "port": chosen, "problem": problem}
                )
        # The demo's messages are signed with a secret that this home knows.
        secret = demo.read().receiver_secret if demo.exists() else ""
        asyncio.run(_serve(port, smtp_port, secret))


def _why_not(port: int) -> str:
    if not 0 < port < 65_536:
        return _("ports are numbers from 1 to 65535")
    return why_taken(HOST, port)


async def _serve(port: int, smtp_port: int | None, secret: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serve(port=port, smtp_port=smtp_port, secret=secret):
        await stopped.wait()
