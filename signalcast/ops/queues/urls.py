"""Paths of the queue pages."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.queues import views

urlpatterns = [
    path("", views.overview, name="queues"),
    path("parked/", views.parked, name="parked"),
    path("parked/redrive/", views.redrive_parked, name="redrive"),
    path("parked/redrive/<slug:kind>/", views.confirm_redrive, name="confirm_redrive"),
]
