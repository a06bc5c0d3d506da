"""Paths of the API of jobs."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.jobs import api

urlpatterns = [
    path("jobs", api.jobs, name="jobs_json"),
    path("jobs/<int:pk>", api.job, name="job_json"),
    path("jobs/<slug:name>", api.act, name="act_json"),
    path("schedules", api.schedule_list, name="schedules_json"),
    path("fan-outs", api.fan_out_list, name="fan_outs_json"),
]
