"""Counting in several processes, and that it harms none of them whatever the disk says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.multiprocess import MultiProcessCollector

from signalcast.core.env import process_environment
from signalcast.core.measure_files import forget_dead, merge_dead

COUNTING = """
import resource, signal, sys
from signalcast.core import events, measure
events.set_up()
eaten = measure.Count("eaten_total", "Things eaten.", "what")
took = measure.Timing("meal_seconds", "Time of a meal.")
eaten.add("nothing before it was set up")
measure.set_up()
"""


def run(home: Path, code: str, **settings: str) -> str:
    """What a process of that home writes to standard error. It must end well."""
    own = {"SIGNALCAST_HOME": str(home), "SIGNALCAST_LOG_FORMAT": "json"}
    done = subprocess.run(
        [sys.executable, "-c", COUNTING + code],
        env=process_environment() | own | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def counted(home: Path) -> dict[str, float]:
    """All samples, as `name label value`."""
    metrics = MultiProcessCollector(None, str(home / "run" / "metrics")).collect()  # type: ignore[no-untyped-call]
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for metric in metrics
        for sample in metric.samples
    }


def files(home: Path) -> set[str]:
    return {path.name for path in (home / "run" / "metrics").glob("*.db")}


def test_what_processes_count_is_added_up_and_outlives_them(tmp_path: Path) -> None:
    run(tmp_path, "eaten.add('apple', by=2); took.note(seconds=0.3)")
    assert len(files(tmp_path)) == 2

    run(tmp_path, "eaten.add('apple'); eaten.add('pear'); took.note_all(seconds=[0.02, 40])")
    # The second one kept what the first had counted, in one file of each kind.
    assert {"counter_0.db", "histogram_0.db"} < files(tmp_path)
    assert len(files(tmp_path)) == 4

    found = counted(tmp_path)
    assert (found["eaten_total apple"], found["eaten_total pear"]) == (3, 1)
    assert found["meal_seconds_count"] == 3
    assert found["meal_seconds_sum"] == pytest.approx(40.32)
    assert found["meal_seconds_bucket 0.025"] == 1
    assert found["meal_seconds_bucket 0.5"] == 2
    assert found["meal_seconds_bucket +Inf"] == 3
    assert not [name for name in found if "nothing" in name]


@pytest.mark.wide
def test_restarts_without_end_leave_no_files_behind(tmp_path: Path) -> None:
    for _ in range(4):
        run(tmp_path, "eaten.add('apple'); took.note(seconds=1)")
    directory = tmp_path / "run" / "metrics"

    assert merge_dead(directory) == 2
    assert files(tmp_path) == {"counter_0.db", "histogram_0.db"}
    assert merge_dead(directory) == 0
    assert counted(tmp_path)["eaten_total apple"] == 4

    forget_dead(directory)
    assert files(tmp_path) == set()


def test_the_file_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    code = (
        "eaten.add('apple')\n"
        "from signalcast.core.measure_files import merge_dead, forget_dead\n"
        "assert merge_dead(measure.directory()) == 0\n"
        "forget_dead(measure.directory()); eaten.add('apple')"
    )
    run(tmp_path, code)
    assert counted(tmp_path)["eaten_total apple"] == 2


def test_every_block_of_a_file_is_on_the_disk_before_it_is_mapped(tmp_path: Path) -> None:
    """A page that has no block yet kills the process that writes to it once the disk is full."""
    code = "for n in range(900): eaten.add(f'thing number {n}' + 'x' * 200)"
    run(tmp_path, code)
    [path] = (tmp_path / "run" / "metrics").glob("counter_*.db")

    about = path.stat()
    assert about.st_size > 65_536
    assert about.st_blocks * 512 >= about.st_size


def test_label_values_without_end_are_cut_off(tmp_path: Path) -> None:
    run(tmp_path, "for n in range(3_000): eaten.add(str(n))")
    assert len(counted(tmp_path)) == 2_000


def test_a_disk_without_room_costs_one_line_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "for n in range(100): eaten.add(str(n)); took.note(seconds=n)\n"
        "print('went on', file=sys.stderr)"
    )
    told = run(tmp_path, code)

    assert told.count("metrics.rest") == 1
    assert "went on" in told
    assert files(tmp_path) == set()


def test_a_place_that_cannot_be_written_costs_one_line_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics").write_text("not a directory")
    told = run(tmp_path, "for n in range(100): eaten.add(str(n)); took.note(seconds=n)")

    assert told.count("metrics.rest") == 1


def test_a_directory_that_vanishes_does_not_stop_anybody(tmp_path: Path) -> None:
    code = (
        "eaten.add('apple')\n"
        "import shutil; shutil.rmtree(measure.directory())\n"
        "eaten.add('apple'); eaten.add('pear'); took.note(seconds=1)"
    )
    run(tmp_path, code)
    assert counted(tmp_path)["meal_seconds_count"] == 1


def test_nothing_is_written_when_it_is_switched_off(tmp_path: Path) -> None:
    told = run(tmp_path, "eaten.add('apple')", SIGNALCAST_METRICS="off")

    assert told == ""
    assert not (tmp_path / "run" / "metrics").exists()
