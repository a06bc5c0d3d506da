"""Paths of the queues for programs."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.queues import api

urlpatterns = [
    path("queues", api.overview, name="queues_json"),
    path("queues/history", api.over_time, name="queue_history_json"),
    path("queues/processes", api.processes, name="processes_json"),
    path("queues/processes/order", api.give_order, name="order_json"),
    path("queues/decisions", api.decisions, name="decisions_json"),
    path("queues/<slug:label>/pause", api.pause, name="pause_queue_json"),
    path("queues/<slug:label>/resume", api.resume, name="resume_queue_json"),
]
