"""Paths of the console's first page."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.console import views

urlpatterns = [path("", views.console, name="console")]
