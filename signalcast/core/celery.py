"""The Celery application: bells for workers. The rows are the truth, so nothing here is durable."""

from __future__ import annotations

from celery import Celery

from signalcast.core.broker import celery_broker_url
from signalcast.core.env import environment

# Without Celery's fixup for Django, which loads every page to check it: tasks close connections
# that broke by themselves.
app = Celery("signalcast", fixups=[])
app.conf.update(
    broker_url=celery_broker_url(),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "global_keyprefix": f"{environment().namespace}:celery:",
        # Round robin is the default; ours is strict, in the order a worker is given its queues.
        "queue_order_strategy": "priority",
        "socket_connect_timeout": 0.25,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
    },
    task_default_queue="default",
    # A lost bell is found by the rescuer; acknowledging late would only ring it twice.
    task_acks_late=False,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_publish_retry=False,
    worker_consumer="signalcast.core.celery_worker:Consumer",
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=True,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_heartbeat=0,
    event_queue_expires=60,
    timezone="UTC",
)
