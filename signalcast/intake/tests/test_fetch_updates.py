"""Fetching updates of bots: each is stored once, and confirmed only when it is."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from signalcast.accounts.models import User
from signalcast.channels.models import Account
from signalcast.channels.telegram.code import make_code
from signalcast.channels.telegram.tests.peer import REVOKED, Peer, refusal, wait
from signalcast.core.env import environment
from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.intake.committer import Committer
from signalcast.intake.fetch_updates import Pace, fetch_updates
from signalcast.intake.models import Receipt
from signalcast.work.models import Job
from tests.waiting import wait_for

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

HASTE = Pace(look=0.2, again=0.05, again_at_most=0.2, helpless=0.1, commit=0.3)


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    with Peer() as made:
        yield made
        assert made.wrong == []
    environment.cache_clear()


@pytest.fixture
def bot(peer: Peer) -> Account:
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    Source.objects.create(slug="desk", feed=feed, token_digest=token_digest("x"))
    return Account.objects.create(
        kind="telegram", name="desk", settings=peer.account(source="desk")
    )


@contextmanager
def running() -> Iterator[None]:
    """The process's work, in a thread."""
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    async def work() -> None:
        committer = Committer(backlog=1_000)
        committer.start(asyncio.get_running_loop())
        await fetch_updates(committer, stopped, HASTE)
        await asyncio.to_thread(committer.stop, 5)

    def in_thread() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(work())

    thread = threading.Thread(target=in_thread)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(20)
        connection.close()
    assert not thread.is_alive()


def update(number: int, **more: Any) -> dict[str, Any]:
    chat = {"id": -100, "type": "channel"}
    post = {"message_id": number, "date": 1, "chat": chat, "text": f"Text {number}"}
    return {"update_id": number, "channel_post": post | more}


def stored() -> list[int]:
    bodies = Receipt.objects.order_by("pk").values_list("body", flat=True)
    return [json.loads(bytes(body))["update_id"] for body in bodies]


def wait_for_stored(*numbers: int) -> None:
    wait_for(lambda: stored() == list(numbers), within=10, message=f"{numbers} to be stored")


def wait_for_confirmed(peer: Peer, *, before: int) -> None:
    def is_confirmed() -> bool:
        return bool(peer.fetches) and peer.fetches[-1]["offset"] == before

    wait_for(is_confirmed, within=5, message="a confirmation")


def test_updates_are_stored_once_and_then_confirmed(peer: Peer, bot: Account) -> None:
    peer.updates = [update(7), update(8)]
    with running():
        wait_for_stored(7, 8)
        wait_for_confirmed(peer, before=9)
        peer.updates = [*peer.updates, update(9)]
        wait_for_stored(7, 8, 9)

    assert peer.fetches[0]["offset"] == 0
    assert "channel_post" in peer.fetches[0]["allowed_updates"]
    assert Receipt.objects.get(body=Receipt.objects.earliest("pk").body).door == "telegram"


def test_what_was_stored_before_a_restart_is_not_stored_again(peer: Peer, bot: Account) -> None:
    peer.updates = [update(7)]
    with running():
        wait_for_stored(7)
    peer.updates = [update(7), update(8)]
    with running():
        wait_for_stored(7, 8)


def test_what_is_not_committed_is_not_confirmed(peer: Peer, bot: Account) -> None:
    peer.updates = [update(7)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_receipt RENAME TO away")
    try:
        with running():
            wait_for(lambda: len(peer.fetches) > 2, within=10, message="a second fetch")
            assert {fetch["offset"] for fetch in peer.fetches} == {0}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO intake_receipt")
    with running():
        wait_for_stored(7)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (refusal(409, "Conflict: terminated by other getUpdates request"), "Another program"),
        (refusal(409, "Conflict: can't use getUpdates while webhook is active"), "deleteWebhook"),
        (REVOKED, "BotFather"),
        (refusal(500, "Internal Server Error"), "500"),
        (wait(1), "429"),
    ],
)
def test_trouble_is_told_in_words_until_it_is_over(
    peer: Peer, bot: Account, said: bytes, words: str
) -> None:
    def told() -> str:
        bot.refresh_from_db()
        return bot.last_error

    peer.fetching.append(said)
    peer.updates = [update(7)]
    with running():
        wait_for(lambda: words in told(), within=5, message=words)
        wait_for_stored(7)
        wait_for(lambda: told() == "", within=5, message="the trouble to be forgotten")


def test_bots_that_bring_their_updates_to_the_door_are_left_alone(peer: Peer, bot: Account) -> None:
    bot.settings = peer.account(source="desk", webhook_secret="x")
    bot.save()
    other = Account.objects.create(
        kind="telegram", name="other", settings=peer.account(source="nowhere")
    )
    with running():
        assert not peer.fetches
        other.settings = peer.account(source="desk")
        other.save()
        wait_for(lambda: peer.fetches, within=5, message="the other bot's fetch")


def test_a_bot_without_a_source_hears_start_alone(peer: Peer, bot: Account) -> None:
    bot.settings = peer.account()
    bot.save()
    code = make_code(User.objects.create(email="a@example.org"), bot)
    chat = {"id": 5, "type": "private"}
    for number, text in enumerate(["Hello", f"/start {code}"], start=1):
        message = {"message_id": number, "date": 1, "chat": chat, "text": text}
        peer.updates.append({"update_id": number, "message": message})
    with running():
        wait_for_confirmed(peer, before=3)

    assert Job.objects.get().arguments["code"] == code
    assert not Receipt.objects.exists()
