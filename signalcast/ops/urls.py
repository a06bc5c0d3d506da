"""Paths of the operations console."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("queues/", include("signalcast.ops.queues.urls")),
    path("queues/", include("signalcast.ops.jobs.urls")),
    path("api/", include("signalcast.ops.jobs.api_urls")),
    path("alerts/", include("signalcast.ops.alerts.urls")),
    path("", include("signalcast.ops.health.urls")),
    path("logs/", include("signalcast.ops.logs.urls")),
]
