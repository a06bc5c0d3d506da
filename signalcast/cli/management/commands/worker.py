"""`signalcast worker`: decides and fans out when a bell rings, and runs jobs."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand

from signalcast.core import events
from signalcast.core.process import die_with_parent
from signalcast.pipeline import Queue


class Command(BaseCommand):
    """One worker process; run as many as there are cores to spare."""

    help = (
        "Decide on receipts, fan out what they make, run jobs: one Celery worker process, the "
        "queues in strict order. Example: signalcast worker"
    )

    def handle(self, **options: Any) -> None:
        """Work until told to stop; what is in hand is finished first."""
        die_with_parent()
        events.set_up()
        from signalcast.celery import app  # heavy, and only this command needs it

        app.worker_main(
            [
                "--quiet",
                "worker",
                "--pool=solo",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
                f"--queues={','.join(queue.label for queue in Queue)}",
                f"--hostname=worker-{os.getpid()}@%h",
                "--loglevel=WARNING",
            ]
        )
