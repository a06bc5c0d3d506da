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


def test_what_was_rendered_for_the_host_gives_way_to_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "settings.env").write_text("SIGNALCAST_PORT=9001\nSIGNALCAST_HOST=0.0.0.0\n")
    (tmp_path / ".env").write_text("SIGNALCAST_PORT=9002\n")

    assert [read(name, tmp_path).stdout.strip() for name in ("port", "host")] == ["9002", "0.0.0.0"]


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


def test_a_value_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://signalcast:made-up@database/signalcast\n")
    (tmp_path / ".env").write_text(f"DATABASE_URL_FILE={secret}\n")

    assert "made-up@database" in read("database_url", tmp_path).stdout
    # What goes before a file goes before what that file names.
    assert read("database_url", tmp_path, DATABASE_URL="sqlite:///x").stdout == "sqlite:///x\n"
    (tmp_path / "settings.env").write_text("DATABASE_URL=sqlite:///y\n")
    assert "made-up@database" in read("database_url", tmp_path).stdout


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"SIGNALCAST_SECRET_KEY_FILE": "{home}/none"},
         "SIGNALCAST_SECRET_KEY_FILE names {home}/none, which cannot be read: No such file"),
        ({"SIGNALCAST_SECRET_KEY_FILE": "{home}/empty"}, "which holds nothing. Write the value"),
        ({"SIGNALCAST_SECRET_KEY_FILE": "{home}/lines"}, "which holds more than one line"),
        ({"SIGNALCAST_SECRET_KEY_FILE": "{home}/bytes"}, "cannot be read: it is no text"),
        ({"SIGNALCAST_SECRET_KEY_FILE": "{home}/secret", "SIGNALCAST_SECRET_KEY": "x"},
         "SIGNALCAST_SECRET_KEY and SIGNALCAST_SECRET_KEY_FILE are both set. Remove one of them."),
        ({"SIGNALCAST_HOME_FILE": "{home}/secret", "SIGNALCAST_HOME": ""}, "Set it itself"),
        ({"SIGNALCAST_PORT_FILE": "{home}/secret"},
         "SIGNALCAST_PORT as {home}/secret holds it cannot be used"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_value_is_refused_without_telling_what_it_holds(
    tmp_path: Path, told: dict[str, str], sentence: str
) -> None:
    for name, content in (("empty", b"\n"), ("lines", b"a\nb"), ("bytes", b"\xff"),
                          ("secret", b"made-up")):  # fmt: skip
        (tmp_path / name).write_bytes(content)
    stopped = subprocess.run(
        [sys.executable, "-m", "signalcast.cli", "check"],
        env={
            "SIGNALCAST_HOME": str(tmp_path),
            "PYTHONPATH": ".",
            **{name: path.format(home=tmp_path) for name, path in told.items()},
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert stopped.returncode == 1
    assert sentence.format(home=tmp_path) in stopped.stderr
    assert "made-up" not in stopped.stderr
    assert "Traceback" not in stopped.stderr
