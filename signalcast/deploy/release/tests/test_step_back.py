"""What a release prepares is done behind what serves, and fails as it would by itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from signalcast.deploy.release.problems import Refused
from signalcast.deploy.release.step_back import LAST, behind
from signalcast.deploy.release.unpack import name_of


def test_it_has_the_lowest_priority_and_a_session_of_its_own() -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)

    assert behind(os.getpriority, os.PRIO_PROCESS, 0) == min(ours + LAST, 19)
    assert behind(os.getsid, 0) != os.getsid(0)
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours


def test_what_goes_wrong_is_told_as_it_would_be_here(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is no release of Signalcast"):
        behind(name_of, tmp_path)
    with pytest.raises(FileNotFoundError) as told:
        behind(os.stat, tmp_path / "gone")
    assert told.value.filename == str(tmp_path / "gone")


def test_one_that_was_killed_is_told_in_a_sentence() -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(Refused, match="A step was killed"):
        behind(die)
