"""`signalcast scheduler`: schedules and rescue."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import CommandParser
from django.db import Error, connection

from signalcast.cli import command
from signalcast.core import events
from signalcast.core.process import die_with_parent
from signalcast.core.stopping import ask_to_stop
from signalcast.delivery.watch import watch
from signalcast.ops.capacity.scale import Scaler
from signalcast.ops.observe import observe, observe_once
from signalcast.ops.telemetry import telemetry
from signalcast.pipeline import RESCUE_EVERY
from signalcast.work.beat import Beat
from signalcast.work.end_when_stalled import end_when_stalled
from signalcast.work.life import life
from signalcast.work.resting import resting
from signalcast.work.schedule import Seen, schedule


class Command(command.Command):
    """Write due schedule runs and take back what nobody works on. Any number may run."""

    stays = True
    help = (
        "Write due schedule runs, take back rows whose process died, and work off what nobody "
        "claims. Any number may run.\n\n"
        "  signalcast scheduler\n"
        "  signalcast scheduler --once    (for cron)"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The command's options."""
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, **options: Any) -> None:
        """Look every few seconds until told to stop."""
        events.set_up()
        telemetry.begin("scheduler")
        seen: Seen = {}
        if options["once"]:
            schedule(seen)
            watch()
            observe_once()
            telemetry.end()
            return
        die_with_parent()
        stop = threading.Event()

        def end(*_: object) -> None:
            ask_to_stop()
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        beat = Beat("scheduler")
        beat.start()
        scaler = Scaler()
        observe(stop)
        # A job that it runs in person has a limit of its own.
        end_when_stalled("scheduler", lambda: life.at, excused=lambda: life.in_job)
        while not stop.is_set():
            life.show()
            if not resting():
                _look(seen, scaler)
            stop.wait(RESCUE_EVERY)
        telemetry.end()
        beat.leave()


def _look(seen: Seen, scaler: Scaler) -> None:
    try:
        schedule(seen)
        watch()
        scaler.scale()
    except Error as error:  # it comes back, and so do we
        events.warn("scheduler.waits", error=str(error))
        connection.close()
