"""One stream out of the files of many processes."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from signalcast.core.env import environment, use_home
from signalcast.core.home import home, subdirectory
from signalcast.ops.logs.entry import Entry, read_entry
from signalcast.ops.logs.follow import Follower, follow
from signalcast.ops.logs.newest import newest
from signalcast.ops.logs.show import show
from signalcast.ops.logs.wanted import Wanted, WrongTime, moment
from signalcast.portal.tests.cast import signed_in, staff

START = datetime(2026, 11, 24, 8, tzinfo=UTC)


def line(second: float, event: str, level: str = "info", **fields: Any) -> str:
    at = (START + timedelta(seconds=second)).isoformat()
    return json.dumps({"timestamp": at, "level": level, "event": event, **fields}) + "\n"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "sender-0.log").write_text(
        line(2, "delivery.attempted", accepted=3)
        + line(4, "delivery.failed", "warning", delivery=51, signal="0192f0c1-aaaa")
    )
    (tmp_path / "sender-0.log.1").write_text(line(0, "sender.started") + line(1, "bell.found"))
    (tmp_path / "web-0.log").write_text(
        line(1.5, "intake.committed", requests="ab-1 ab-2", receipts="r1 r2")
        + line(3, "process.failed", "error", exception="Traceback\n  ValueError")
        + "a line that is no event\n"
    )
    return tmp_path


def events(found: list[Entry]) -> list[str]:
    return [entry.event or entry.text for entry in found]


def test_the_newest_lines_of_all_processes_come_in_the_order_of_time(logs: Path) -> None:
    assert events(newest(logs, Wanted(), most=100)) == [
        "sender.started",
        "bell.found",
        "intake.committed",
        "delivery.attempted",
        "process.failed",
        "a line that is no event",
        "delivery.failed",
    ]
    assert events(newest(logs, Wanted(), most=1)) == ["delivery.failed"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(level="warning"), ["process.failed", "delivery.failed"]),
        (Wanted(event="delivery.*"), ["delivery.attempted", "delivery.failed"]),
        (Wanted(process="web", event="*"), ["intake.committed", "process.failed", ""]),
        (Wanted(ids={"request": "ab-2"}), ["intake.committed"]),
        (Wanted(ids={"delivery": "51"}), ["delivery.failed"]),
        (Wanted(ids={"delivery": "5"}), []),
        (Wanted(ids={"signal": "0192f0c1"}), ["delivery.failed"]),
        (Wanted(since=START + timedelta(seconds=3.5)), ["delivery.failed"]),
    ],
)
def test_a_filter_shows_what_fits(logs: Path, wanted: Wanted, found: list[str]) -> None:
    assert [entry.event for entry in newest(logs, wanted, most=100)] == found


def test_lines_longer_than_a_block_are_read_whole(tmp_path: Path) -> None:
    (tmp_path / "x-0.log").write_text(
        "".join(line(n, "long.line", text="é" * 40_000, n=n) for n in range(5))
    )

    found = newest(tmp_path, Wanted(), most=100)
    assert [entry.fields["n"] for entry in found] == [0, 1, 2, 3, 4]
    assert {len(entry.fields["text"]) for entry in found} == {40_000}


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"event": 1}', '{"timestamp": 5, "level": "info", "event": "x"}']
)
def test_what_is_no_entry_is_none(text: str) -> None:
    assert read_entry(text, "x") is None


def test_the_manager_and_the_broker_are_understood() -> None:
    manager = read_entry("2026-11-24 07:09:46,959 WARN gone: sender-0", "supervisord")
    broker = read_entry("12:M 24 Nov 2026 07:09:46.959 # Out of memory", "valkey-0")

    assert manager is not None
    assert broker is not None
    assert (manager.level, manager.text) == ("warning", "gone: sender-0")
    assert (broker.level, broker.text) == ("warning", "Out of memory")
    assert manager.at == broker.at


def test_following_goes_on_over_rotation_and_finds_new_processes(logs: Path) -> None:
    follower = Follower(logs)
    path = logs / "sender-0.log"
    with path.open("a") as file:
        file.write(line(5, "one.happened") + line(6, "two.happened")[:20])
    assert events(follower.look()) == ["one.happened"]
    with path.open("a") as file:
        file.write(line(6, "two.happened")[20:])
    path.rename(logs / "sender-0.log.1")
    path.write_text(line(7, "three.happened"))
    (logs / "sender-1.log").write_text(line(6.5, "other.happened"))

    assert events(follower.look()) == ["two.happened", "other.happened", "three.happened"]
    assert follower.look() == []
    follower.close()


def test_what_is_known_already_is_not_told_again(logs: Path) -> None:
    follower = Follower(logs)
    with (logs / "sender-0.log").open("a") as file:
        file.write(line(5, "one.happened"))
    known = newest(logs, Wanted(), most=10)
    stop = threading.Event()
    stop.set()

    assert list(follow(follower, Wanted(), stop, known=known)) == []
    follower.close()


def test_a_time_is_told_as_an_age_or_a_moment() -> None:
    assert moment("2026-11-24T08:00") == START
    assert moment("10m") < moment("5m") < moment("0s")
    with pytest.raises(WrongTime):
        moment("yesterday")


def test_people_read_one_line_for_an_entry() -> None:
    entry = read_entry(line(0.25, "job.failed", "warning", job=7, error="it broke"), "worker-0")
    assert entry is not None

    assert (
        show(entry)
        == "2026-11-24 08:00:00.250 worker-0     warning  job.failed  job=7 error='it broke'"
    )
    assert "\033[33m" in show(entry, colours=True)


@pytest.fixture
def at_home(tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    before = home()
    use_home(tmp_path)
    logs_of_home = subdirectory("log")
    for path in logs.glob("*.log*"):
        path.rename(logs_of_home / path.name)
    yield logs_of_home
    use_home(before)
    environment.cache_clear()


def test_the_command_shows_filters_and_says_when_nothing_fits(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("logs", "--level", "error", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert (shown["event"], shown["process"]) == ("process.failed", "web-0")

    with pytest.raises(SystemExit) as ended:
        call_command("logs", "--event", "nothing.*")
    assert ended.value.code == 1
    with pytest.raises(CommandError, match="10m, 2h"):
        call_command("logs", "--since", "yesterday")


@pytest.mark.django_db
def test_the_page_is_for_those_who_operate_and_escapes_what_it_shows(at_home: Path) -> None:
    (at_home / "worker-0.log").write_text(line(9, "job.failed", "warning", error="<b>x</b>"))
    path = "/ops/logs/"
    assert Client().get(path).status_code == 302
    assert signed_in(staff("ann", "analyst")).get(path).status_code == 403
    operator = signed_in(staff("olaf", "operator"))

    page = operator.get(path, {"event": "job.*"}).content.decode()
    assert "&lt;b&gt;x" in page
    assert "delivery.attempted" not in page
    assert "signalcast logs --event &#x27;job.*&#x27; --follow" in page
    assert "could not be read" in operator.get(path, {"since": "nonsense"}).content.decode()
    assert "Nothing fits" in operator.get(path, {"signal": "unknown"}).content.decode()
