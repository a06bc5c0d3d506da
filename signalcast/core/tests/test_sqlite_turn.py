"""Writers of an embedded database take turns, whatever happens to the one whose turn it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from django.db import connections, transaction

from signalcast.core.sqlite.base import DatabaseWrapper
from signalcast.core.sqlite.turn import Turn

HOLDER = (
    "import sys; from signalcast.core.sqlite.turn import Turn\n"
    "turn = Turn(sys.argv[1]); turn.take(); print('mine', flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "db.sqlite3-turn")


def holder(path: str) -> subprocess.Popen[bytes]:
    """Another process, once it has its turn."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"mine\n"
    return process


def free(path: str) -> bool:
    """Whether somebody else would have the turn at once."""
    other = Turn(path)
    other.take(within=0)
    mine = other.mine
    other.leave()
    return mine


def test_one_writer_at_a_time_has_the_turn(path: str) -> None:
    turn = Turn(path)
    turn.take()
    turn.take()
    assert not free(path)
    turn.give()
    turn.give()
    assert free(path)


def test_who_waits_has_the_turn_once_it_is_given(path: str) -> None:
    first, second, waits = Turn(path), Turn(path), Event()
    first.take()

    def wait() -> bool:
        waits.set()
        second.take(within=60)
        return second.mine

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        waits.wait()
        assert not waiting.done()
        first.give()
        assert waiting.result()


def test_the_turn_of_a_process_that_is_killed_is_free(path: str) -> None:
    process = holder(path)
    assert not free(path)
    process.kill()
    process.communicate()
    assert free(path)


def test_nobody_waits_for_ever_for_a_process_that_is_stopped(path: str) -> None:
    process = holder(path)
    process.send_signal(signal.SIGSTOP)
    turn = Turn(path)
    turn.take(within=0.01)
    assert not turn.mine
    process.kill()
    process.communicate()
    turn.take()
    assert turn.mine


def test_a_fork_neither_has_nor_gives_its_parents_turn(path: str) -> None:
    turn = Turn(path)
    turn.take()
    child = os.fork()
    if not child:
        turn.give()
        turn.take(within=0)
        os._exit(turn.mine)
    assert os.waitpid(child, 0)[1] == 0
    assert not free(path)


@pytest.mark.django_db
def test_transactions_and_single_statements_have_the_turn_until_they_end(tmp_path: Path) -> None:
    name = str(tmp_path / "own.sqlite3")
    connections["own"] = own = DatabaseWrapper(
        {**connections["default"].settings_dict, "NAME": name}, "own"
    )
    try:
        with own.cursor() as cursor:
            cursor.execute("CREATE TABLE seen (free bool)")
            own.connection.create_function("is_free", 0, lambda: free(f"{name}-turn"))
            with transaction.atomic("own"):
                cursor.execute("INSERT INTO seen SELECT is_free()")
            cursor.execute("INSERT INTO seen SELECT is_free()")
            with pytest.raises(ZeroDivisionError), transaction.atomic("own"):
                raise ZeroDivisionError
            assert cursor.execute("SELECT free, is_free() FROM seen").fetchall() == [(0, 1)] * 2
            with transaction.atomic("own"):
                own.close()
        assert free(f"{name}-turn")
    finally:
        del connections["own"]
