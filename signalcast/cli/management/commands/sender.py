"""signalcast sender"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from typing import Any

import uvloop

from signalcast.cli import command
from signalcast.core import events
from signalcast.core.env import environment, max_lifetime
from signalcast.core.process import die_with_parent, raise_descriptor_limit
from signalcast.delivery.sender import Sender
from signalcast.ops.queues.tell_minutes import tell_minutes
from signalcast.ops.telemetry import telemetry
from signalcast.work.beat import Beat
from signalcast.work.end_when_stalled import end_when_stalled

#: Objects made before the collector looks for garbage among them: with the usual 700 it takes up
#: a tenth of a sender's time.
GARBAGE_THRESHOLD = 20_000

#: Seconds that the thread of the database may be kept waiting for Python's lock by a busy loop. The
#: usual 5 ms add up to more than the statements take, since each statement waits for it.
SWITCH_INTERVAL = 0.0005


class Command(command.Command):
    """Claims due deliveries and sends them, until it is told to stop."""

    stays = True
    help = (
        "Send due deliveries until SIGTERM or Ctrl-C; what is in flight then ends first. "
        "Any number may run, on any number of machines.\n\n  signalcast sender"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        die_with_parent()
        raise_descriptor_limit()
        events.set_up()
        telemetry.begin("sender")
        settings = environment()
        sender = Sender(settings.sender_slots)
        report = tell_minutes if settings.queue_history else None
        beat = Beat("sender", in_hand=sender.in_hand, report=report, life=max_lifetime())
        beat.start()
        asyncio.Runner(loop_factory=uvloop.new_event_loop).run(_send(sender))
        telemetry.end()
        beat.leave()


async def _send(sender: Sender) -> None:
    end_when_stalled("sender", lambda: sender.alive_at)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sender.stop)
    events.emit("sender.started", slots=sender.slots.count)
    # Nothing that is there now will ever be garbage, and little of what comes goes in circles.
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    sys.setswitchinterval(SWITCH_INTERVAL)
    await sender.run()
