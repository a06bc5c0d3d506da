"""Telegram on a whole installation: fetched, brought to the door, sent and connected."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from signalcast.channels.telegram.tests.peer import Peer, wait
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import TOKEN, request
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

SECRET = "secret-of-the-door"
CALLS = 9
PRICES = {number: f"{64_000 + number}.5" for number in range(CALLS)}


def call(number: int, **more: Any) -> dict[str, Any]:
    """An update with a call that no other one is like."""
    text = f"BUY BTCUSDT {PRICES[number]} SL 60000 TP 70000"
    message = {"message_id": number + 1, "date": 1, "text": text}
    chat = {"id": -100, "type": "channel", "title": "Calls"}
    return {"update_id": 500 + number, "channel_post": message | {"chat": chat} | more}


def said(telegram: Peer, chat: str) -> list[str]:
    """The entry prices that a chat was told, in their order."""
    found = [re.search(r"Entry: ([0-9.]+)", text) for text in telegram.texts(chat)]
    return [match[1] for match in found if match]


def prepare(made: Installation, telegram: Peer, targets: Receivers) -> None:
    """A channel that the feed is broadcast to, through a bot that calls are written to as well."""
    plan = document(targets, ["alice"])
    plan["sources"][0]["body_secret"] = SECRET
    plan["plans"][0]["channels"].append("telegram")
    made.prepare(plan)
    settings = telegram.account(source="desk")
    made.query(f"Account.objects.create(kind='telegram', name='desk', settings={settings!r}).pk")
    made.query(
        "Broadcast.objects.create(feed=Feed.objects.get(slug='crypto'), destination="
        "Destination.objects.create(kind='telegram', address='@calls',"
        " account=Account.objects.get())).pk"
    )


def test_what_is_written_to_a_bot_reaches_the_channel_once(
    directory: Path, targets: Receivers
) -> None:
    with Peer() as telegram, installation(directory, Database()) as made:
        prepare(made, telegram, targets)
        made.start_all()
        fetcher = made.start("telegram")
        telegram.updates = [call(number) for number in range(4)]
        wait_for(lambda: len(said(telegram, "@calls")) >= 1, within=30, message="the first call")

        # Fetched again by the next one, unless it was committed: nothing is lost or told twice.
        telegram.updates += [call(number) for number in range(4, 8)]
        kill(fetcher)
        made.start("telegram")
        # What is brought to the door as well is the same update.
        for number in range(6, CALLS):
            answer = request(
                f"{made.url}/in/telegram/{TOKEN}",
                "POST",
                json.dumps(call(number)).encode(),
                {"X-Telegram-Bot-Api-Secret-Token": SECRET},
            )
            assert answer.status == 200
        wait_for(
            lambda: set(said(telegram, "@calls")) == set(PRICES.values()),
            within=90,
            message="all calls",
        )

        assert sorted(said(telegram, "@calls")) == sorted(PRICES.values())
        assert telegram.wrong == []
        assert made.query("Signal.objects.count()") == CALLS
        assert len(targets.of("alice")) == CALLS


def test_somebody_connects_his_chat_and_a_wait_is_kept(directory: Path, targets: Receivers) -> None:
    code = (
        "__import__('signalcast.channels.telegram.code').channels.telegram.code.make_code("
        "User.objects.get(email='alice@example.org'), Account.objects.get())"
    )
    with Peer() as telegram, installation(directory, Database()) as made:
        prepare(made, telegram, targets)
        made.start_all()
        made.start("telegram")
        message = {"message_id": 1, "date": 1, "chat": {"id": 77, "type": "private"}}
        message |= {"text": f"/start {made.query(code)}"}
        telegram.updates = [{"update_id": 1, "message": message}]
        wait_for(lambda: telegram.texts("77"), within=30, message="an answer in the chat")
        assert "alice@example.org" in telegram.texts("77")[0]

        telegram.say("@calls", wait(12_966))
        telegram.updates = [call(0)]
        wait_for(lambda: said(telegram, "77") == [PRICES[0]], within=30, message="the call")
        retrying = "list(Delivery.objects.filter(state='retrying').values('attempts', 'due'))"
        [waiting] = wait_for(lambda: made.query(retrying), within=20, message="it is put off")
        assert waiting["attempts"] == 0
        assert len(said(telegram, "@calls")) == 1
