"""Promise 10: observation never fails the work. Its stores are full, gone, or it is switched off;
its log is read by nobody; and signals come in and reach their subscribers all the same."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from signalcast.core.log_output import F_SETPIPE_SZ, PIPE_BYTES
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import Poster, request
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Everything that only tells how it goes: what is needed to accept, decide and send is not here.
STORES = ("health_", "alerts_", "work_processbeat", "work_scalingdecision")
PROCESSES = ("valkey", "web", "worker", "sender", "scheduler")


def stores(database: sqlite3.Connection) -> list[str]:
    names = [
        name
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name.startswith(STORES)
    ]
    assert len(names) >= 6
    return names


def full(made: Installation) -> None:
    """No row can be written any more, and there is no room for what is counted."""
    with sqlite3.connect(made.home / "signalcast.sqlite3") as database:
        for name in stores(database):
            for what in ("INSERT", "UPDATE", "DELETE"):
                database.execute(
                    f"CREATE TRIGGER full_{name}_{what} BEFORE {what} ON {name}"
                    " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                )
    without_place_to_count(made)


def gone(made: Installation) -> None:
    """The tables are not there any more."""
    with sqlite3.connect(made.home / "signalcast.sqlite3") as database:
        database.execute("PRAGMA foreign_keys = OFF")
        for name in stores(database):
            database.execute(f"DROP TABLE {name}")
    without_place_to_count(made)


def without_place_to_count(made: Installation) -> None:
    made.home.joinpath("run").mkdir(exist_ok=True)
    made.home.joinpath("run", "metrics").write_text("not a directory")


def as_it_is(made: Installation) -> None:
    """Nothing is broken."""


def fill(path: Path) -> None:
    """Make it as large as a process of ours would, and write until no more goes in."""
    writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    with suppress(OSError):
        fcntl.fcntl(writer, F_SETPIPE_SZ, PIPE_BYTES)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4_096)
    os.close(writer)


@contextmanager
def logs_that_nobody_reads(made: Installation) -> Iterator[None]:
    """The logs of all processes are pipes that are full, with a reader that does not read."""
    readers = []
    for name in PROCESSES:
        path = made.directory / f"{name}.log"
        os.mkfifo(path)
        readers.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        fill(path)
    try:
        yield
    finally:
        for name, reader in zip(PROCESSES, readers, strict=True):
            made.directory.joinpath(f"{name}.log").unlink()
            os.close(reader)


def work_through(made: Installation, targets: Receivers) -> None:
    """Signals, a receiver that fails for a while, a worker and a sender that die, jobs, a page."""
    targets.behaviour["bob"].first = [500, 500]
    made.start_all()
    poster = Poster(made.url)
    for number in range(6):
        poster.insist(f"before-{number}")
    kill(made.started("worker")[0])
    kill(made.started("sender")[0])
    for number in range(6):
        poster.insist(f"after-{number}")

    for name in ("alice", "bob"):
        wait_for(
            lambda name=name: (
                {one.comment for one in targets.accepted(name)}  # type: ignore[misc]
                == set(poster.accepted)
            ),
            within=90,
            message=f"{name} has everything",
        )
    wait_for(
        lambda: made.query(
            "Job.objects.filter(name='prune_idempotency_keys', state='done').count()"
        ),
        within=60,
        every=1,
        message="a job is done",
    )
    decided = "Receipt.objects.filter(state='decided').count()"
    wait_for(lambda: made.query(decided) == 12, within=20, message="all are decided")
    assert request(f"{made.url}/sign-in/").status == 200
    assert request(f"{made.url}/livez").status == 200


@pytest.mark.parametrize(
    ("breaks", "settings"),
    [
        (full, {}),
        (gone, {}),
        (as_it_is, {"SIGNALCAST_OBSERVE": "off"}),
        (as_it_is, {"SENTRY_DSN": "nonsense", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}),
    ],
    ids=["full", "gone", "off", "nobody-listens"],
)
def test_the_work_goes_on_without_observation(
    directory: Path,
    targets: Receivers,
    breaks: Callable[[Installation], None],
    settings: dict[str, str],
) -> None:
    with installation(directory, Database(), **settings) as made:
        made.prepare(document(targets, ["alice", "bob"]))
        breaks(made)
        work_through(made, targets)


def test_the_work_goes_on_when_nobody_reads_the_logs(directory: Path, targets: Receivers) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice", "bob"]))
        with logs_that_nobody_reads(made):
            full(made)
            work_through(made, targets)


def test_notes_that_cannot_be_stored_leave_no_threads_behind(
    directory: Path, targets: Receivers
) -> None:
    """Everything is looked at again every few seconds then, which must not add up."""
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        with sqlite3.connect(made.home / "signalcast.sqlite3") as database:
            database.execute(
                "CREATE TRIGGER no_notes BEFORE INSERT ON health_checknote"
                " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        scheduler = made.start("scheduler")
        log = directory / "scheduler.log"

        def threads_after(failures: int) -> int:
            wait_for(
                lambda: log.read_text().count('"look":"_examine"') >= failures,
                within=150,
                message=f"{failures} failures",
            )
            return len(os.listdir(f"/proc/{scheduler.pid}/task"))

        # By the second all have begun that there are anyway.
        usual = threads_after(2)
        assert threads_after(4) <= usual


def test_switched_off_leaves_no_trace(directory: Path, targets: Receivers) -> None:
    with installation(directory, Database(), SIGNALCAST_OBSERVE="off") as made:
        made.prepare(document(targets, ["alice"]))
        made.start_all(workers=1, senders=1)
        poster = Poster(made.url)
        poster.insist("one")
        wait_for(lambda: targets.accepted("alice"), within=60, message="it arrives")

        assert not (made.home / "run" / "metrics").exists()
        assert request(f"{made.url}/metrics").status == 404
        with sqlite3.connect(made.home / "signalcast.sqlite3") as database:
            checks = database.execute("SELECT COUNT(*) FROM health_checkstate").fetchone()
        assert checks == (0,)
