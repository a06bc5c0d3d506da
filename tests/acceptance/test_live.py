"""Scenario 18: live listeners are cut off and come back; the server is killed in between."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.listener import Listener
from tests.acceptance.plan import Played, document
from tests.acceptance.poster import status_of
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(18), pytest.mark.wide]

SIGNALS = 60


def token_of(made: Installation, name: str) -> str:
    """A token for the live stream."""
    token: str = made.query(
        "__import__('signalcast.live.renew_token', fromlist=['x'])"
        f".renew_token(User.objects.get(email='{name}@example.org'))"
    )
    return token


def test_listeners_that_come_back_hear_everything_once(
    directory: Path, targets: Receivers, seed: int
) -> None:
    dice = random.Random(seed)
    with installation(directory, Database()) as made:
        wanted = document(targets, ["alice"])
        wanted["plans"][0]["channels"].append("live")
        made.prepare(wanted)
        made.start_all(workers=2, senders=1)
        played = Played(made, targets, ["alice"])
        comments = [f"signal-{seed}-{number}" for number in range(SIGNALS)]
        with (
            Listener(made.port, token_of(made, "alice")) as calm,
            Listener(made.port, token_of(made, "alice")) as _old_token,
        ):
            # The second token took the place of the first.
            calm.token = _old_token.token
            wait_for(lambda: _old_token.last_id, within=20, message="it listens")
            wait_for(lambda: calm.last_id, within=20, message="it listens")
            posting = threading.Thread(
                target=played.poster.post_all, args=(comments,), kwargs={"at_once": 2}
            )
            posting.start()
            pause = threading.Event()
            for _ in range(6):
                pause.wait(dice.uniform(0.1, 0.5))
                calm.cut()
            [web] = made.started("web")
            kill(web)
            wait_for(
                lambda: not status_of(f"{made.url}/livez"), within=10, message="nobody answers"
            )
            made.start("web", "--workers", "1")
            posting.join()
            wait_for(lambda: len(calm.events) >= SIGNALS, within=30, message="all are heard")

            assert sorted(calm.comments) == sorted(comments)
            assert calm.connections > 2
            assert not calm.resets


def test_a_server_with_open_streams_stops_at_once_when_it_is_told_to(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made:
        wanted = document(targets, ["alice"])
        wanted["plans"][0]["channels"].append("live")
        made.prepare(wanted)
        made.start("valkey")
        web = made.start("web", "--workers", "1")
        made.wait_ready()
        with Listener(made.port, token_of(made, "alice")) as listener:
            wait_for(lambda: listener.last_id, within=20, message="it listens")
            web.terminate()

            assert web.wait(8) == 0
