"""Paths of the queue pages."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.queues import actions, pages, views

urlpatterns = [
    path("", pages.overview, name="queues"),
    path("decisions/", pages.decisions, name="decisions"),
    path("order/", pages.confirm_order, name="confirm_order"),
    path("order/give/", actions.give_order, name="give_order"),
    path("pause/<slug:label>/", actions.pause_or_resume, name="pause_queue"),
    path("parked/", views.parked, name="parked"),
    path("parked/redrive/", views.redrive_parked, name="redrive"),
    path("parked/redrive/<slug:kind>/", views.confirm_redrive, name="confirm_redrive"),
]
