"""Settings under which work could be done twice, or be killed in hand, stop a process at once."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.management import load_command_class

from signalcast.core.env import WrongSetting, environment, pairs
from signalcast.pipeline import JOB_GRACE, JOB_LIMIT, longest_job, processes
from signalcast.work.check_settings import Timing, check_bells, check_settings

GOOD = Timing(lease=15.0, renewal=5.0, longest_job=630.0, stop_within=640.0)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Variables of this process, as an operator would set them."""
    yield monkeypatch
    monkeypatch.undo()
    environment.cache_clear()


def put(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"SIGNALCAST_{name.upper()}", value)
    environment.cache_clear()


def refused(timing: Timing) -> str:
    with pytest.raises(WrongSetting) as wrong:
        check_settings(timing)
    return str(wrong.value)


def test_what_an_installation_comes_with_is_safe() -> None:
    check_settings()
    check_settings(GOOD)


@pytest.mark.parametrize("renewal", [15.0, 20.0, 8.0, 13.0])
def test_a_lease_that_a_late_renewal_could_miss_is_refused(renewal: float) -> None:
    told = refused(GOOD._replace(renewal=renewal))

    assert f"SIGNALCAST_LEASE=15 is too short for SIGNALCAST_LEASE_RENEWAL={renewal:g}" in told
    assert "done twice" in told


def test_a_lease_that_would_miss_a_killed_process_for_too_long_is_refused() -> None:
    assert "SIGNALCAST_LEASE=26 is too long" in refused(GOOD._replace(lease=26.0))


def test_a_stop_that_would_kill_a_job_in_hand_is_refused() -> None:
    told = refused(GOOD._replace(stop_within=30.0))

    assert "SIGNALCAST_STOP_WITHIN=30 is less than a job may take" in told
    assert "630 or more" in told


def test_everything_that_is_wrong_is_said_at_once() -> None:
    told = refused(Timing(lease=60.0, renewal=50.0, longest_job=630.0, stop_within=1.0))

    assert len(told.splitlines()) == 3


def test_workers_have_as_long_to_stop_as_a_job_may_take() -> None:
    [worker] = [process for process in processes() if process.name == "worker"]

    assert longest_job() >= JOB_LIMIT + JOB_GRACE
    assert worker.stop_within > longest_job()


@pytest.mark.parametrize(
    ("own", "limits", "words"),
    [
        ("mine", "", "no name=value"),
        ("mine=nowhere.at.all:run", "", "no function can be loaded"),
        ("mine=signalcast.pipeline:LEASE", "", "no function can be loaded"),
        ("mine=signalcast.pipeline", "", "no function can be loaded"),
        ("", "moon=7", "no job has that name"),
        ("", "announce", "no name=value"),
    ],
)
def test_jobs_that_cannot_be_run_are_refused(
    settings: pytest.MonkeyPatch, own: str, limits: str, words: str
) -> None:
    put(settings, own_jobs=own, job_limits=limits)
    with pytest.raises(WrongSetting, match=words):
        check_settings(GOOD)


def test_several_jobs_of_ones_own_are_listed_with_commas(settings: pytest.MonkeyPatch) -> None:
    put(settings, own_jobs="one = signalcast.core.retry:retried, two=signalcast.core.ids:new_id,")

    assert pairs("own_jobs") == {
        "one": "signalcast.core.retry:retried",
        "two": "signalcast.core.ids:new_id",
    }
    check_settings(GOOD)


def bells(*, late: bool = False, patience: float = 7_200.0) -> SimpleNamespace:
    options = {"visibility_timeout": patience}
    return SimpleNamespace(task_acks_late=late, broker_transport_options=options)


def test_bells_that_would_ring_again_during_a_long_job_are_refused() -> None:
    check_bells(bells())
    with pytest.raises(WrongSetting, match="must be longer than any job may take"):
        check_bells(bells(patience=3_600.0))
    with pytest.raises(WrongSetting, match="task_acks_late"):
        check_bells(bells(late=True))


def test_the_bells_of_an_installation_are_as_they_should_be() -> None:
    from signalcast.celery import app

    check_bells(app.conf)


def test_every_process_that_stays_checks_its_settings_when_it_starts() -> None:
    ours = {process.command for process in processes()} - {"valkey"}

    for name in ours | {"up", "telegram"}:
        assert load_command_class("signalcast.cli", name).stays, name  # type: ignore[attr-defined]
