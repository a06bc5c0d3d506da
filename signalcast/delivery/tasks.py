"""What workers do when a bell rings."""

from __future__ import annotations

from celery import shared_task

from signalcast.delivery.publish import publish
from signalcast.pipeline import PUBLISH


@shared_task(name=PUBLISH.task)
def run_publish() -> None:
    """Work off due receipts."""
    publish()
