"""Paths of the log page."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.logs import views

urlpatterns = [path("", views.logs, name="logs")]
