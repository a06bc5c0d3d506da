"""A process that hangs ends itself, whatever it hangs in; one with nothing to do lives."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from signalcast.core.error_text import error_text
from signalcast.delivery.worker_excused import worker_excused
from signalcast.work.end_when_stalled import EXIT_CODE
from signalcast.work.life import Life, life
from signalcast.work.models import Job
from signalcast.work.pause import pause
from signalcast.work.resting import rest

WATCHED = """
import re, sys, threading, time
from signalcast.work.end_when_stalled import end_when_stalled
began = time.monotonic()
end_when_stalled("sender", lambda: {alive}, excused=lambda: {excused}, stalled_after=0.1)
{then}
"""
WAITS = "threading.Event().wait(20)"


def end_of(then: str, *, alive: str = "began", excused: str = "False") -> tuple[int, str]:
    """How a process that is watched ends, and what it said."""
    program = WATCHED.format(then=then, alive=alive, excused=excused)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_process_that_makes_no_progress_is_ended_and_says_where_it_stood() -> None:
    code, said = end_of(WAITS)

    assert code == EXIT_CODE
    assert "process.stalled" in said
    assert 'threading.py", line' in said
    assert "most recent call first" in said


@pytest.mark.wide
def test_one_that_never_gives_pythons_lock_away_is_ended_all_the_same() -> None:
    # A regular expression that takes longer than anybody lives, in one call into C.
    code, said = end_of('re.match(r"(a+)+$", "a" * 60 + "b")')

    assert code != 0
    assert "Timeout" in said
    assert "re.match" in said or "re/__init__.py" in said or "in match" in said


@pytest.mark.wide
@pytest.mark.parametrize("how", [{"alive": "time.monotonic()"}, {"excused": "True"}])
def test_one_that_gets_on_or_has_an_excuse_lives(how: dict[str, str]) -> None:
    code, said = end_of("threading.Event().wait(1.5); sys.exit(3)", **how)

    assert (code, said) == (3, "")


def test_a_turn_is_a_sign_of_life_from_its_beginning_to_its_end() -> None:
    own = Life(at=0.0)
    with own.turn():
        began, meanwhile = own.at, own.in_turn
    assert (meanwhile, own.in_turn) == (True, False)
    assert own.at >= began > 0


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestExcuses:
    """What a worker that was still for a while is still for."""

    def neglect(self, **since: float) -> Job:
        return Job.objects.create(name="talk", due=timezone.now() - timedelta(**since))

    def test_nothing_is_due(self) -> None:
        assert worker_excused()
        self.neglect(seconds=5)
        assert worker_excused()

    def test_what_is_due_is_paused(self) -> None:
        self.neglect(minutes=5)
        pause("queue:high", by="olga@example.org")
        assert worker_excused()

    def test_it_was_told_to_rest_or_has_a_job_in_hand(self) -> None:
        self.neglect(minutes=5)
        rest(True)
        try:
            assert worker_excused()
        finally:
            rest(False)
        life.in_job = True
        try:
            assert worker_excused()
        finally:
            life.in_job = False

    def test_the_broker_is_away_so_that_no_bell_can_be_heard(self) -> None:
        self.neglect(minutes=5)
        assert worker_excused()

    def test_a_turn_that_does_not_come_to_its_end_is_no_excuse(self) -> None:
        with life.turn():
            assert not worker_excused()


class Unspeakable(Exception):
    """Raises when it is asked what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def test_an_error_without_words_is_told_by_its_kind() -> None:
    assert error_text(Unspeakable()) == "Unspeakable"
    assert error_text(ValueError("wrong")) == "ValueError: wrong"
