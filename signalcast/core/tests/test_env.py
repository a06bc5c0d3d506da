"""The environment is read in one place and is loud about a wrong value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SHOW = "from signalcast.core.env import environment as e; print(getattr(e(), {name!r}))"


def read(name: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(name=name)],
        env={"SIGNALCAST_HOME": str(home), "PYTHONPATH": ".", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_variable_wins_over_the_file_in_the_home(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SIGNALCAST_PORT=9001\nSIGNALCAST_HOST=0.0.0.0\n")

    assert read("port", tmp_path, SIGNALCAST_PORT="9002").stdout.strip() == "9002"
    assert read("host", tmp_path).stdout.strip() == "0.0.0.0"


@pytest.mark.parametrize("spelling", ["1", "true", "yes", "on", "True"])
def test_every_usual_spelling_of_yes_is_understood(tmp_path: Path, spelling: str) -> None:
    shown = read("debug", tmp_path, SIGNALCAST_DEBUG=spelling)

    assert shown.stdout.strip() == "True", shown.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNALCAST_PORT", "eighty"),
        ("SIGNALCAST_PORT", "70000"),
        ("SIGNALCAST_DEBUG", "perhaps"),
        ("SIGNALCAST_SENDERS", "-1"),
        ("SIGNALCAST_LOG_FORMAT", "xml"),
        ("STATIC_CDN_URL", "cdn.example.org"),
        ("STATIC_CDN_URL", "https://cdn.example.org/?key=1"),
        ("STATIC_CDN_URL", 'https://cdn.example.org/"onload=x'),
    ],
)
def test_a_wrong_value_stops_every_command_with_a_sentence(
    tmp_path: Path, name: str, value: str
) -> None:
    stopped = subprocess.run(
        [sys.executable, "-m", "signalcast.cli", "check"],
        env={"SIGNALCAST_HOME": str(tmp_path), "PYTHONPATH": ".", name: value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert stopped.returncode == 1
    assert f"{name}={value!r} cannot be used" in stopped.stderr
    assert "Traceback" not in stopped.stderr
