"""Paths of the alerts page."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.alerts import views

urlpatterns = [
    path("", views.alerts, name="alerts"),
    path("<int:pk>/acknowledge/", views.acknowledge_alert, name="acknowledge_alert"),
    path("silence/", views.begin_silence, name="begin_silence"),
    path("receivers/", views.create_receiver, name="create_receiver"),
    path("receivers/<int:pk>/", views.change_receiver, name="change_receiver"),
    path("rules/<slug:name>/", views.edit_rule, name="edit_rule"),
]
