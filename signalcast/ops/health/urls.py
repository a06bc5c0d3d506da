"""Paths of the health page."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.health import views

urlpatterns = [
    path("health/", views.health, name="health"),
    path("health/<slug:name>/pause/", views.pause_check, name="pause_check"),
    path("api/health", views.health_json, name="health_json"),
]
