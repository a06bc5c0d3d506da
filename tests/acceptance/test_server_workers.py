"""Workers of the web server are replaced when it is time, and whoever is killed is back at once."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.crowd import Crowd
from tests.acceptance.database import Database, PostgreSQL
from tests.acceptance.installation import Installation, alive, descendants, installation
from tests.acceptance.plan import document
from tests.acceptance.poster import status_of
from tests.acceptance.receivers import Receivers
from tests.acceptance.test_server_reload import FAST, assert_answered, status
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Seconds until a process that was killed has a successor that answers.
BACK_WITHIN = 5.0


def workers(made: Installation) -> set[int]:
    """The process ids of those that serve."""
    return {one["pid"] for one in status(made)["workers"] if one["state"] == "serving"}


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ({"SIGNALCAST_WEB_MAX_REQUESTS": "300"}, "requests"),
        ({"SIGNALCAST_WEB_MAX_LIFETIME": "3"}, "lifetime"),
        ({"SIGNALCAST_WEB_MAX_MEMORY": "40"}, "memory"),
    ],
)
def test_workers_past_a_limit_are_replaced_without_dropping_a_request(
    directory: Path, targets: Receivers, limit: dict[str, str], why: str
) -> None:
    with installation(directory, Database(), **FAST, **limit) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("valkey")
        made.start("web", "--workers", "2")
        made.wait_ready()
        first = workers(made)
        with Crowd(made.port, posting=40, looking=4) as crowd:
            wait_for(
                lambda: not first & {one["pid"] for one in status(made)["workers"]},
                within=60,
                every=1,
                message="all workers are others",
            )
        assert not crowd.dropped
        assert_answered(crowd)
        log = (directory / "web.log").read_text()
        assert {
            json.loads(line)["why"] for line in log.splitlines() if "web.worker_replaced" in line
        } == {why}
        assert status(made)["generation"] == 1


@pytest.mark.alone
def test_whoever_is_killed_is_back_within_five_seconds(directory: Path, targets: Receivers) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("up")
        made.wait_ready()
        for victim in ("worker", "pid", "keeper"):
            found = status(made)
            pid = found["workers"][0]["pid"] if victim == "worker" else found[victim]
            old = {pid} | descendants(pid)
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            wait_for(lambda: not alive(old), within=BACK_WITHIN, message="all of it is gone")  # noqa: B023 - asked at once
            wait_for(
                lambda: status_of(f"{made.url}/readyz") == 200,
                within=BACK_WITHIN - (time.monotonic() - killed),
                message=f"an answer after the {victim} was killed",
            )
            wait_for(lambda: len(workers(made)) == 2, within=30, every=1, message="two workers")


def test_a_worker_whose_page_hangs_for_good_is_replaced(
    directory: Path, targets: Receivers
) -> None:
    database = PostgreSQL(directory)
    with (
        closing(database),
        installation(directory, database, SIGNALCAST_PAGE_DEADLINE="1") as made,
    ):
        made.prepare(document(targets, ["alice"]))
        made.start("web", "--workers", "2")
        wait_for(lambda: status_of(f"{made.url}/plans/") == 200, within=30, message="a page")
        first = workers(made)
        with psycopg.connect(database.settings()["DATABASE_URL"]) as held:
            held.execute("LOCK TABLE plans_plan IN ACCESS EXCLUSIVE MODE")
            assert status_of(f"{made.url}/plans/") == 504
            wait_for(lambda: first - workers(made), within=30, every=1, message="another worker")
            assert status_of(f"{made.url}/livez") == 200
        wait_for(lambda: status_of(f"{made.url}/plans/") == 200, within=30, message="a page")
        log = (directory / "web.log").read_text()
        assert {
            json.loads(line)["why"] for line in log.splitlines() if "web.worker_replaced" in line
        } == {"stuck"}


@pytest.mark.parametrize("serve", ["all", "pages"])
def test_a_page_that_waits_too_long_for_its_form_is_answered_for_and_hurts_nobody(
    directory: Path, targets: Receivers, serve: str
) -> None:
    with (
        installation(directory, Database(), SIGNALCAST_PAGE_DEADLINE="1") as made,
        ExitStack() as slow,
    ):
        made.prepare(document(targets, ["alice"]))
        made.start("web", "--serve", serve, "--workers", "1")
        wait_for(lambda: status_of(f"{made.url}/livez") == 200, within=30, message="it answers")
        lines = []
        for _ in range(10):  # more than there are threads for pages
            line = slow.enter_context(socket.create_connection(("127.0.0.1", made.port), 20))
            line.sendall(
                b"POST /sign-in/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 500\r\n"
                b"cookie: csrftoken=" + b"a" * 32 + b"\r\n"
                b"content-type: application/x-www-form-urlencoded\r\n\r\nlogin=a"
            )
            lines.append(line)
        assert status_of(f"{made.url}/livez") == 200
        for line in lines:
            head = line.recv(65_536).lower()
            assert b" 504 " in head.split(b"\r\n")[0]
            assert b"x-request-id" in head
        # On a busy machine another page may take its second too.
        wait_for(lambda: status_of(f"{made.url}/sign-in/") == 200, within=30, message="a page")
        log = (directory / "web.log").read_text()
        assert "page.late" in log
        assert "_load_post_and_files" in log
