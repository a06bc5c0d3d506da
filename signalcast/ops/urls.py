"""Paths of the operations console."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("signalcast.ops.console.urls")),
    path("audit/", include("signalcast.ops.audit.urls")),
    path("queues/", include("signalcast.ops.queues.urls")),
    path("api/", include("signalcast.ops.queues.api_urls")),
    path("queues/", include("signalcast.ops.jobs.urls")),
    path("api/", include("signalcast.ops.jobs.api_urls")),
    path("alerts/", include("signalcast.ops.alerts.urls")),
    path("", include("signalcast.ops.health.urls")),
    path("logs/", include("signalcast.ops.logs.urls")),
]
