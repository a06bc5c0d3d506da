"""`signalcast telegram`: fetch what is written to bots."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from signalcast.cli import command
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.process import die_with_parent
from signalcast.intake.committer import Committer
from signalcast.intake.fetch_updates import fetch_updates
from signalcast.ops.telemetry import telemetry
from signalcast.work.beat import Beat

#: Seconds that stopping waits for what is not committed yet.
STOP_WITHIN = 8.0


class Command(command.Command):
    """Fetches the updates of Telegram bots, for installations without a public address."""

    stays = True
    help = (
        "Fetch what is written to Telegram bots, until SIGTERM or Ctrl-C. For installations that "
        "Telegram cannot reach: bots with a webhook secret are left to the door. One process is "
        "enough; of two for the same bot, Telegram serves one.\n\n  signalcast telegram"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fetch until told to stop."""
        die_with_parent()
        events.set_up()
        telemetry.begin("telegram")
        beat = Beat("telegram")
        beat.start()
        asyncio.run(_fetch())
        beat.leave()
        telemetry.end()


async def _fetch() -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    committer = Committer(backlog=environment().intake_backlog)
    committer.start(loop)
    events.emit("telegram.started")
    await fetch_updates(committer, stopped)
    await asyncio.to_thread(committer.stop, STOP_WITHIN)
    events.emit("telegram.stopped")
