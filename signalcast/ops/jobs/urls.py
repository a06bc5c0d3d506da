"""Paths of the pages of jobs, schedules, fan-outs and parked rows."""

from __future__ import annotations

from django.urls import path

from signalcast.ops.jobs.views import fan_outs, job, jobs, parked, schedules, watched

urlpatterns = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/act/", jobs.act_on_selected, name="act_on_jobs"),
    path("jobs/all/<slug:name>/", jobs.confirm_jobs, name="confirm_jobs"),
    path("jobs/all/<slug:name>/act/", jobs.act_on_matching, name="act_on_matching"),
    path("jobs/watch/", watched.watch_search, name="watch_search"),
    path("jobs/watch/<int:pk>/remove/", watched.unwatch_search, name="unwatch_search"),
    path("jobs/<int:pk>/", job.job, name="job"),
    path("jobs/<int:pk>/arguments/", job.job_arguments, name="job_arguments"),
    path("jobs/<int:pk>/attempts/<int:attempt>/log/", job.attempt_log, name="attempt_log"),
    path("jobs/<int:pk>/<slug:name>/", job.act_on_job, name="act_on_job"),
    path("schedules/", schedules.schedules, name="schedules"),
    path("schedules/<slug:name>/", schedules.change_schedule, name="change_schedule"),
    path("fan-outs/", fan_outs.fan_outs, name="fan_outs"),
    path("fan-outs/<int:pk>/", fan_outs.fan_out, name="fan_out"),
    path("parked/", parked.parked, name="parked"),
    path("parked/redrive/", parked.redrive_parked, name="redrive"),
    path("parked/redrive/<slug:kind>/", parked.confirm_redrive, name="confirm_redrive"),
]
