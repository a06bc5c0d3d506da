"""Paths of the queue pages."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.queues import views

urlpatterns = [
    path("", views.overview, name="queues"),
]
