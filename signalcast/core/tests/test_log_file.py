"""A process that writes its log file itself loses no line when that is turned over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.waiting import wait_for

#: Prints a number at each byte of its input, from itself and from a child that it forked.
COUNT = """
import os, sys
from pathlib import Path
from signalcast.core.log_file import print_to
print_to(Path(sys.argv[1]))
child = not os.fork()
for number, _ in enumerate(iter(lambda: sys.stdin.buffer.raw.read(1), b"")):
    os.write(2 if child else 1, b"%s %d\\n" % (b"child" if child else b"parent", number))
"""
#: Lines that both print together.
LINES = 400


@contextmanager
def counting(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", COUNT, str(path)], stdin=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.communicate()


def lines(directory: Path) -> list[str]:
    return [line for file in directory.iterdir() for line in file.read_text().splitlines()]


@pytest.mark.wide
def test_a_renamed_file_is_opened_anew_and_no_line_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "worker-0.log"
    with counting(path) as process:
        assert process.stdin is not None
        for turn in range(4):
            process.stdin.write(b"." * (LINES // 4))
            process.stdin.flush()
            printed = (turn + 1) * LINES // 4
            wait_for(
                partial(lambda wanted: len(lines(tmp_path)) == wanted, printed),
                within=20,
                message="what both printed",
            )
            path.rename(tmp_path / f"worker-0.log.{turn}")
            wait_for(path.exists, within=20, message="the file under its name")

    assert len(set(lines(tmp_path))) == LINES
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = subprocess.run(
        [sys.executable, "-m", "signalcast.cli", "valkey"],
        env={
            "SIGNALCAST_HOME": str(tmp_path),
            "PYTHONPATH": ".",
            "SIGNALCAST_LOG_FILE": str(tmp_path / "none" / "valkey.log"),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert stopped.returncode == 1
    assert "SIGNALCAST_LOG_FILE=" in stopped.stderr
    assert "No such file or directory. Correct or remove it." in stopped.stderr
