"""The Celery application with every task: what a worker runs."""

from __future__ import annotations

from signalcast.core.celery import app
from signalcast.pipeline import JOB_LIMIT, JOB_LIMITS

__all__ = ["app"]

# A bell that a worker took is rung again when it is not acknowledged in time. It always is, before
# it is followed; one that waits behind a long job must not be taken for lost either.
app.conf.broker_transport_options |= {
    "visibility_timeout": 2 * max(JOB_LIMIT, *JOB_LIMITS.values()),
}

app.autodiscover_tasks(["signalcast.work", "signalcast.delivery"])
