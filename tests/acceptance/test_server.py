"""The web server: idle connections hurt nobody, and a killed master leaves nothing that answers."""

from __future__ import annotations

import os
import resource
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import alive, descendants, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.poster import status_of
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = pytest.mark.acceptance

IDLE = 2_000


def test_two_thousand_idle_connections_do_not_delay_intake_and_nothing_outlives_the_master(
    directory: Path, targets: Receivers
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, IDLE + 500)), hard))
    with installation(directory, Database()) as made, ExitStack() as idle:
        made.prepare(document(targets, ["alice"]))
        web = made.start("web", "--workers", "2")
        made.wait_ready()
        played = Played(made, targets, ["alice"])
        for number in range(IDLE):
            connection = idle.enter_context(socket.create_connection(("127.0.0.1", made.port)))
            if number % 2:  # half of them have begun a request that never ends
                connection.sendall(b"POST /in/v1/signals HTTP/1.1\r\nhost: localhost\r\n")
        answers = [played.poster.post(f"signal-{number}") for number in range(20)]
        assert {answer.status for answer in answers} == {202}
        assert max(answer.seconds for answer in answers) < 1

        workers = descendants(web.pid)
        assert len(workers) >= 2
        os.kill(web.pid, signal.SIGKILL)
        wait_for(lambda: not alive(workers), within=10, message="the workers are gone")
        assert status_of(f"{made.url}/livez") == 0
