"""`signalcast worker`: decides and fans out when a bell rings, and runs jobs."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from signalcast.cli import command
from signalcast.core import events
from signalcast.core.env import environment, max_lifetime
from signalcast.core.process import die_with_parent
from signalcast.ops.queues.tell_minutes import tell_minutes
from signalcast.ops.telemetry import telemetry
from signalcast.pipeline import Queue
from signalcast.work.beat import Beat
from signalcast.work.check_settings import check_bells
from signalcast.work.end_when_stalled import end_when_stalled
from signalcast.work.life import life
from signalcast.work.tally import tally


class Command(command.Command):
    """One worker process; run as many as there are cores to spare."""

    stays = True
    help = (
        "Decide on receipts, fan out what they make, run jobs: one Celery worker process, the "
        "queues in strict order.\n\n  signalcast worker"
    )

    def handle(self, **options: Any) -> None:
        """Work until told to stop; what is in hand is finished first."""
        die_with_parent()
        events.set_up()
        telemetry.begin("worker")
        # Heavy, and only this command needs it. Not the `celery` command: that one loads a shell.
        from signalcast.celery import app
        from signalcast.core.celery_worker import Worker
        from signalcast.delivery.worker_excused import worker_excused

        check_bells(app.conf)
        # About root, who could be harmed by pickled messages: ours are JSON, and without content.
        warnings.filterwarnings("ignore", message=".*superuser privileges")
        worker = Worker(
            app=app,
            hostname=f"worker-{os.getpid()}@{os.uname().nodename}",
            pool_cls="solo",
            queues=[queue.label for queue in Queue],
            quiet=True,
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        beat = Beat(
            "worker",
            in_hand=lambda: int(bool(tally.doing)),
            at_rest=worker.listen_not,
            report=tell_minutes if environment().queue_history else None,
            life=max_lifetime(),
        )
        beat.start()
        end_when_stalled("worker", lambda: life.at, excused=worker_excused)
        worker.start()
        telemetry.end()
        beat.leave()
        sys.exit(worker.exitcode)
