"""Refuse to start with settings under which work could be done twice or be killed in hand."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signalcast.core.env import WrongSetting, environment, pairs, variable
from signalcast.pipeline import (
    JOB_LIMIT,
    JOB_LIMITS,
    JOBS,
    RESCUE_EVERY,
    SCHEDULES,
    TAKEN_OVER_WITHIN,
    longest_job,
    worker_stops_within,
)

#: Renewals that a lease must outlast, so that one that comes late takes no row away.
RENEWALS = 2
#: Seconds before the end of a lease at which a sender takes its row for lost, and a bit.
MARGIN = 2.5


class Timing(NamedTuple):
    """What has to fit together, in seconds."""

    lease: float
    renewal: float
    #: The longest that a job may take which does not give way, and what it is given when stopped.
    longest_job: float
    stop_within: float


def check_settings(timing: Timing | None = None) -> None:
    """Called at the start of every process that stays. Raises WrongSetting with all that is wrong.

    TIMING is that of this process unless given.
    """
    wrong = [*_wrong_times(timing or _timing()), *_wrong_jobs()]
    if wrong:
        raise WrongSetting("\n".join(wrong))


def check_bells(conf: Any) -> None:
    """The same for Celery's settings, at the start of a worker. CONF is `app.conf`.

    A bell may ring twice without harm, as it carries nothing; that it would is still a mistake:
    it must be acknowledged before it is followed, and wait longer than anything that keeps a
    worker from it.
    """
    if conf.task_acks_late:
        raise WrongSetting(
            _("task_acks_late is on: every job that outlasts the broker's patience rings again.")
        )
    longest = max(JOB_LIMIT, *JOB_LIMITS.values())
    patience = (conf.broker_transport_options or {}).get("visibility_timeout", 0)
    if patience <= longest:
        told = {"patience": patience, "longest": longest}
        raise WrongSetting(
            _(
                "The broker's visibility_timeout (%(patience)g s) must be longer than any job may "
                "take (%(longest)g s)."
            )
            % told
        )


def _timing() -> Timing:
    settings = environment()
    return Timing(settings.lease, settings.lease_renewal, longest_job(), worker_stops_within())


def _wrong_times(timing: Timing) -> Iterator[str]:
    told = {
        "lease": variable("lease"),
        "renewal": variable("lease_renewal"),
        "stop": variable("stop_within"),
        "limits": variable("job_limits"),
        "least": max(RENEWALS * timing.renewal, timing.renewal + MARGIN),
        "most": TAKEN_OVER_WITHIN - RESCUE_EVERY,
        **{f"{name}_is": value for name, value in timing._asdict().items()},
    }
    if timing.lease < told["least"]:
        yield (
            _(
                "%(lease)s=%(lease_is)g is too short for %(renewal)s=%(renewal_is)g: rows would be "
                "taken from a process that works on them, and be done twice. Make it %(least)g or "
                "more, or renew more often."
            )
            % told
        )
    if timing.lease > told["most"]:
        yield (
            _(
                "%(lease)s=%(lease_is)g is too long: what a killed process had in hand would be "
                "missed for over half a minute. Make it %(most)g or less."
            )
            % told
        )
    if timing.stop_within < timing.longest_job:
        yield (
            _(
                "%(stop)s=%(stop_within_is)g is less than a job may take with its time to end "
                "(%(longest_job_is)g s): it would be killed at every restart and run again. Make "
                "it %(longest_job_is)g or more, take it away, or lower %(limits)s."
            )
            % told
        )


def _wrong_jobs() -> Iterator[str]:
    own = pairs("own_jobs")
    known = {*JOBS, *(planned.job for planned in SCHEDULES)}
    for name in pairs("job_limits"):
        if name not in known:
            told = {"variable": variable("job_limits"), "name": name}
            yield _("%(variable)s limits %(name)r, but no job has that name.") % told
    for name, place in own.items():
        module, _colon, function = place.partition(":")
        try:
            usable = callable(getattr(import_module(module), function))
        except Exception:  # whatever is wrong with a module that is not ours
            usable = False
        if not usable:
            told = {"variable": variable("own_jobs"), "name": name, "place": place}
            words = _(
                "%(variable)s says that %(name)s is %(place)s, and no function can be loaded from "
                "there. Write it as name=module:function."
            )
            yield words % told
