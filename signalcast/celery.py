"""The Celery application with every task: what a worker runs."""

from __future__ import annotations

from signalcast.core.celery import app

__all__ = ["app"]

app.autodiscover_tasks(["signalcast.work", "signalcast.delivery"])
