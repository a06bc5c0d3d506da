"""Paths of the audit log."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.audit import views

urlpatterns = [path("", views.audit_log, name="audit")]
