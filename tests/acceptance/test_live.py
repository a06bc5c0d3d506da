"""Scenario 18: live listeners are cut off and come back; the server is killed in between."""

from __future__ import annotations

import random
import re
import socket
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
#: More than the kernel and the server keep for one listener.
FLOODED = 3_000
FLOOD = (
    "len(Post.objects.bulk_create([Post(feed=Feed.objects.get(slug='crypto'),"
    " type='signal.updated', data={'signal': {'comment': 'x' * 5000}})"
    f" for _ in range({FLOODED})]))"
)


def token_of(made: Installation, name: str) -> str:
    """A token for the live stream."""
    token: str = made.query(
        "__import__('signalcast.live.renew_token', fromlist=['x'])"
        f".renew_token(User.objects.get(email='{name}@example.org'))"
    )
    return token


def prepare(made: Installation, targets: Receivers) -> None:
    """Alice's plan has the live stream."""
    wanted = document(targets, ["alice"])
    wanted["plans"][0]["channels"].append("live")
    made.prepare(wanted)


def test_listeners_that_come_back_hear_everything_once(
    directory: Path, targets: Receivers, seed: int
) -> None:
    dice = random.Random(seed)
    pause = threading.Event()
    with installation(directory, Database()) as made:
        prepare(made, targets)
        made.start_all(workers=2, senders=1)
        played = Played(made, targets, ["alice"])
        comments = [f"signal-{seed}-{number}" for number in range(SIGNALS)]
        token = token_of(made, "alice")
        with Listener(made.port, token) as restless, Listener(made.port, token) as calm:
            wait_for(lambda: restless.last_id and calm.last_id, within=20, message="they listen")
            posting = threading.Thread(
                target=played.poster.post_all, args=(comments,), kwargs={"at_once": 2}
            )
            posting.start()

            def cut_off(times: int) -> None:
                for _ in range(times):
                    pause.wait(dice.uniform(0.05, 0.4))
                    restless.cut()

            cut_off(6)
            [web] = made.started("web")
            kill(web)
            wait_for(
                lambda: not status_of(f"{made.url}/livez"), within=10, message="nobody answers"
            )
            # From now on whoever comes back may meet another process than before.
            made.start("web", "--workers", "2")
            made.wait_ready()
            cut_off(10)
            posting.join()
            for listener in (restless, calm):
                wait_for(
                    lambda one=listener: len(one.events) >= SIGNALS,  # type: ignore[misc]
                    within=30,
                    message="all are heard",
                )
            # What came twice would have come by then.
            played.poster.insist("the-last")
            for listener in (restless, calm):
                wait_for(
                    lambda one=listener: "the-last" in one.comments,  # type: ignore[misc]
                    within=30,
                    message="the last is heard",
                )
                assert sorted(listener.comments) == sorted([*comments, "the-last"])
                assert not listener.resets
            assert restless.connections > 5


def test_a_listener_that_reads_nothing_hurts_nobody_and_catches_up_later(
    directory: Path, targets: Receivers
) -> None:
    """Neither the others nor itself: what it was too slow for is there when it comes back."""
    with installation(directory, Database()) as made:
        prepare(made, targets)
        made.start("valkey")
        made.start("web", "--workers", "1")
        made.wait_ready()
        token = token_of(made, "alice")
        with socket.create_connection(("127.0.0.1", made.port)) as stuck:
            stuck.sendall(f"GET /live/?token={token} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert b" 200 " in stuck.recv(64)
            with Listener(made.port, token) as reader:
                wait_for(lambda: reader.last_id, within=20, message="it listens")
                made.query(FLOOD)
                wait_for(lambda: len(reader.events) >= FLOODED, within=60, message="all are heard")
                assert reader.connections == 1
                log = made.directory / "web.log"
                wait_for(
                    lambda: "live.too_slow" in log.read_text(), within=30, message="it is let go"
                )
                stuck.settimeout(20)
                text = b""
                while not text.endswith(b"0\r\n\r\n") and (more := stuck.recv(1 << 20)):
                    text += more
            place = re.findall(rb"\nid: (\d+)\n", text)[-1].decode()
            heard = text.count(b"event: signal.updated")
            assert 0 < heard < FLOODED
            with Listener(made.port, token, last_id=place) as again:
                wait_for(
                    lambda: len(again.events) + heard >= FLOODED, within=60, message="the rest"
                )
                assert len(again.events) + heard == FLOODED


def test_a_server_with_open_streams_stops_at_once_when_it_is_told_to(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made:
        prepare(made, targets)
        made.start("valkey")
        web = made.start("web", "--workers", "1")
        made.wait_ready()
        with Listener(made.port, token_of(made, "alice")) as listener:
            wait_for(lambda: listener.last_id, within=20, message="it listens")
            web.terminate()

            assert web.wait(8) == 0
