"""Scenario 8: Telegram asks for 5, 60 and 12,966 s, Discord by its headers; senders are killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from signalcast.channels.discord.tests.peer import Peer as Discord
from signalcast.channels.telegram.tests.peer import SENT, Peer, wait
from signalcast.channels.webhook.tests.peer import plain
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(8), pytest.mark.wide]

#: Chats, and the seconds that each is told to wait.
TOLD = {"5": 5, "60": 60, "12966": 12_966}
CALM = [str(number) for number in range(100, 110)]
LIMIT = {"order_type": "limit", "entries": ["64250.5"], "stop_loss": "63000"}
WEBHOOK = "/api/webhooks/123456789012345678/" + "t" * 40
CALLED = f"{WEBHOOK}?wait=true"


def prepare(made: Installation, telegram: Peer, discord: Discord, targets: Receivers) -> None:
    """Chats, a Discord webhook and a subscriber's program, all entitled to the feed."""
    plan = document(targets, ["alice"])
    plan["plans"][0]["channels"] += ["telegram", "discord"]
    settings = json.loads(telegram.account())
    plan["accounts"] = [{"channel": "telegram", "name": "bot", "settings": settings}]
    addresses = [{"channel": "telegram", "url": chat, "account": "bot"} for chat in (*TOLD, *CALM)]
    addresses.append({"channel": "discord", "url": discord.url(WEBHOOK)})
    plan["users"] += [
        {"email": f"reader{number}@example.org", "plans": ["crypto"], "destinations": [address]}
        for number, address in enumerate(addresses)
    ]
    made.prepare(plan)


def put_off(made: Installation) -> dict[str, dict[str, Any]]:
    """Deliveries that wait, by their chat: seconds from the first attempt to the next."""
    rows = made.query(
        "list(Delivery.objects.filter(state='retrying').annotate(began=Min('tried__started_at'))"
        ".annotate(wait=ExpressionWrapper(F('due') - F('began'), output_field=DurationField()))"
        ".values('destination__address', 'attempts', 'wait'))"
    )
    return {row["destination__address"]: row for row in rows}


def seconds(text: str) -> float:
    """A span as Python writes it: `3:36:06.5`."""
    hours, minutes, rest = text.split(":")
    return int(hours) * 3_600 + int(minutes) * 60 + float(rest)


def said_at(telegram: Peer, chat: str) -> list[float]:
    """When each message for a chat arrived."""
    return [one.at for one in telegram.arrivals if json.loads(one.body).get("chat_id") == int(chat)]


def test_who_asks_to_wait_is_left_alone_so_long_and_nobody_else_waits(
    directory: Path, targets: Receivers
) -> None:
    with Peer() as telegram, Discord() as discord, installation(directory, Database()) as made:
        prepare(made, telegram, discord, targets)
        made.start_all(senders=2)
        played = Played(made, targets, ["alice"])
        for chat, told in TOLD.items():
            telegram.say(chat, wait(told), SENT)
        discord.say(CALLED, plain(429, "Retry-After: 5"), plain(204))
        played.poster.insist("first", **LIMIT)
        played.wait_until_delivered(within=20)
        wait_for(
            lambda: all(len(telegram.texts(chat)) == 1 for chat in (*CALM, *TOLD)),
            within=20,
            message="every chat was tried once, and the calm ones have it",
        )
        wait_for(lambda: {"60", "12966"} <= put_off(made).keys(), within=20, message="put off")

        # What is waited for is in the rows: those who come after a killed sender wait on.
        for sender in made.started("sender"):
            kill(sender)
            made.start("sender")
        waiting = put_off(made)
        for chat in ("60", "12966"):
            assert waiting[chat]["attempts"] == 0
            assert TOLD[chat] - 0.1 <= seconds(waiting[chat]["wait"]) < TOLD[chat] + 30

        # A message that comes meanwhile delays nobody, and is no reason to ask again.
        played.poster.insist("second", **LIMIT)
        wait_for(
            lambda: all(len(telegram.texts(chat)) == 2 for chat in CALM),
            within=20,
            message="the calm chats have the second",
        )
        played.wait_until_delivered(within=20)
        for chat in ("5", "60"):
            wait_for(
                lambda chat=chat: len(telegram.texts(chat)) == 3,  # type: ignore[misc]
                within=TOLD[chat] + 40,
                message=f"both messages after {chat} s",
            )
            refused, taken, *_more = said_at(telegram, chat)
            assert taken - refused >= TOLD[chat]
        wait_for(lambda: len(discord.at(CALLED)) == 3, within=20, message="Discord has both")
        refused, taken, *_more = [one.at for one in discord.at(CALLED)]
        assert taken - refused >= 5

        assert len(telegram.texts("12966")) == 1
        used = made.query(
            "list(Delivery.objects.filter(state='sent').values_list('attempts', flat=True))"
        )
        assert set(used) == {1}
        assert telegram.wrong == []
        assert played.duplicates() == 0
