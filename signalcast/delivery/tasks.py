"""What workers do when a bell rings."""

from __future__ import annotations

from celery import shared_task
from django.db import close_old_connections

from signalcast.delivery.publish import publish
from signalcast.pipeline import PUBLISH
from signalcast.work.life import life


@shared_task(name=PUBLISH.task)
def run_publish() -> None:
    """Work off due receipts."""
    close_old_connections()  # the database may have been restarted since the last bell
    with life.turn():
        publish()
