"""The demo's Bot API: takes what the product sends and refuses what Telegram would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from signalcast.channels.base import Address, Content, Message, Outcome
from signalcast.channels.registry import channel
from signalcast.channels.wording import examples, types
from signalcast.cli.sinks.tests.test_sinks import Sinks, run
from signalcast.core.env import environment

TOKEN = "4711:a-token-of-the-demo"


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    environment.cache_clear()


def test_what_is_sent_through_a_bot_is_shown() -> None:
    signal = next(iter(examples("signal.published")))
    signal.data["signal"] |= {"symbol": "\U0001f680X", "comment": "<b>*x*"}
    others = [content for type_ in types() for content in examples(type_)]
    contents: list[Content] = [signal, *others]

    async def steps(sinks: Sinks) -> None:
        account = json.dumps({"token": TOKEN, "base": sinks.url("/telegram")})
        async with channel("telegram").open() as transport:
            for content in contents:
                address = Address("uid", "@calls", account=account)
                result = await transport.send(Message("msg_1", content), address)
                assert result.outcome is Outcome.ACCEPTED, result
        received = await sinks.received("telegram")
        assert len(received) == len(contents)
        assert {one["to"] for one in received} == {"@calls"}
        first = received[-1]
        assert first["subject"] == "BUY \U0001f680X"
        assert first["body"].startswith("Crypto")
        assert first["body"].endswith("<b>*x*")

    run(steps)


@pytest.mark.parametrize(
    "message",
    [
        {"text": "x"},
        {"chat_id": 1},
        {"chat_id": 1, "text": ""},
        {"chat_id": 1, "text": "x" * 4_097},
        {"chat_id": 1, "text": "x", "parse_mode": 1},
        {"chat_id": "name", "text": "x"},
        {"chat_id": 1, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
        "nonsense",
    ],
)
def test_what_telegram_would_not_take_is_refused(message: Any) -> None:
    async def steps(sinks: Sinks) -> None:
        path = f"/telegram/bot{TOKEN}/sendMessage"
        status, said = await sinks.post(path, json.dumps(message).encode())
        assert (status, said["ok"], said["error_code"]) == (400, False, 400)
        assert await sinks.received("telegram") == []

    run(steps)


def test_a_bot_there_is_asked_and_has_nothing_to_fetch() -> None:
    async def steps(sinks: Sinks) -> None:
        bot = f"/telegram/bot{TOKEN}"
        assert (await sinks.post(f"{bot}/getMe", b"{}"))[1]["result"]["id"] == 4711
        fetched = await sinks.post(f"{bot}/getUpdates", b'{"offset": 1, "timeout": 0}')
        assert fetched == (200, {"ok": True, "result": []})
        assert (await sinks.post(f"{bot}/getUpdates", b'{"limit": 0}'))[0] == 400
        assert (await sinks.post(f"{bot}/deleteEverything", b"{}"))[0] == 404
        assert (await sinks.post("/telegram/botx/getMe", b"{}"))[0] == 404

    run(steps)
