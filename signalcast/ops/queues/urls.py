"""Paths of the queue pages."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.queues import actions, pages

urlpatterns = [
    path("", pages.overview, name="queues"),
    path("decisions/", pages.decisions, name="decisions"),
    path("order/", pages.confirm_order, name="confirm_order"),
    path("order/give/", actions.give_order, name="give_order"),
    path("pause/<slug:label>/", actions.pause_or_resume, name="pause_queue"),
]
