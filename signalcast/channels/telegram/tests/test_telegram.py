"""What Telegram gets, and what its answers mean."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from signalcast.channels.base import Address, Content, Message, Outcome, Result
from signalcast.channels.registry import channel
from signalcast.channels.telegram.tests.peer import (
    BLOCKED,
    CHAT,
    NO_CHAT,
    REVOKED,
    TOKEN,
    Peer,
    migrated,
    refusal,
    wait,
)
from signalcast.channels.telegram.text import text_of, units
from signalcast.channels.tests.receiving import ASKED, Behaviour
from signalcast.channels.webhook.tests.peer import plain
from signalcast.channels.wording import examples
from signalcast.core.env import environment


@pytest.fixture(scope="module", autouse=True)
def loopback() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
        environment.cache_clear()
        yield
    environment.cache_clear()


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setattr(channel("telegram"), "answer_within", 0.5)
    with Peer() as made:
        yield made
        assert made.wrong == []


def content(**signal: Any) -> Content:
    made = next(iter(examples("signal.published")))
    made.data["signal"] |= signal
    return made


def send(address: Address, what: Content | None = None) -> Result:
    async def one() -> Result:
        async with channel("telegram").open() as transport:
            return await transport.send(Message("msg_1", what or content()), address)

    return asyncio.run(one())


def test_a_signal_is_plain_text_with_a_bold_first_line(peer: Peer) -> None:
    assert send(peer.address()).outcome is Outcome.ACCEPTED

    [message] = peer.messages
    assert message["chat_id"] == int(CHAT)
    assert message["text"].startswith("BUY BTCUSDT\n\nCrypto · 1h")
    assert message["entities"] == [{"type": "bold", "offset": 0, "length": len("BUY BTCUSDT")}]
    assert message["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in message


def test_a_channel_is_reached_by_its_name(peer: Peer) -> None:
    send(peer.address()._replace(address="@my_channel"))
    assert peer.messages[0]["chat_id"] == "@my_channel"


@pytest.mark.parametrize(
    "comment", ["<b>x</b> & <a href='x'>", "*x* _y_ [z](x) `w`", '"\\\n\u2028x']
)
def test_markup_in_a_comment_is_text(peer: Peer, comment: str) -> None:
    send(peer.address(), content(comment=comment))
    assert comment in peer.messages[0]["text"]


def test_the_length_of_the_bold_part_counts_as_telegram_counts(peer: Peer) -> None:
    send(peer.address(), content(symbol="\U0001f680X"))
    assert peer.messages[0]["entities"][0]["length"] == len("BUY X") + 2


def test_a_long_comment_is_cut_and_all_levels_stay(peer: Peer) -> None:
    send(peer.address(), content(comment="\U0001f680 " * 4_000))

    text = peer.messages[0]["text"]
    assert 4_000 < units(text) <= 4_096
    assert "Target 2: 66000" in text


NUMBERS = some.decimals(min_value=Decimal("0.00000001"), max_value=10**9, places=8)


@settings(max_examples=60, deadline=None)
@given(
    stop=NUMBERS,
    entries=some.lists(NUMBERS, min_size=1, max_size=5),
    targets=some.lists(NUMBERS, min_size=1, max_size=10),
    comment=some.text(max_size=200),
)
def test_any_numbers_are_told_unchanged(
    stop: Decimal, entries: list[Decimal], targets: list[Decimal], comment: str
) -> None:
    plainly = [format(number, "f") for number in (stop, *entries, *targets)]
    made = content(
        stop_loss=plainly[0],
        entries=plainly[1 : 1 + len(entries)],
        take_profits=[{"price": price, "share": None} for price in plainly[1 + len(entries) :]],
        comment=comment.replace("\0", ""),
    )
    told = text_of(made, "en").decode()

    for number in plainly:
        assert number in told


@pytest.mark.parametrize("seconds", [5, 60, ASKED])
def test_a_wait_is_told_whole(peer: Peer, seconds: int) -> None:
    peer.say(CHAT, wait(seconds))
    result = send(peer.address())
    assert (result.outcome, result.status, result.wait) == (Outcome.WAIT, 429, seconds)


@pytest.mark.parametrize(
    "said",
    [
        BLOCKED,
        NO_CHAT,
        refusal(403, "Forbidden: bot was kicked from the supergroup chat"),
        refusal(403, "Forbidden: user is deactivated"),
        refusal(400, "Bad Request: group chat was deactivated"),
    ],
)
def test_a_chat_that_is_closed_to_the_bot_is_refused(peer: Peer, said: bytes) -> None:
    peer.say(CHAT, said)
    result = send(peer.address())
    assert result.outcome is Outcome.REFUSED
    assert "Connect the chat again." in result.detail


def test_a_group_that_moved_gets_the_message_where_it_is_now(peer: Peer) -> None:
    peer.say("-5", migrated(-1_005))
    result = send(peer.address()._replace(address="-5"))

    assert (result.outcome, result.moved_to) == (Outcome.ACCEPTED, "-1005")
    assert len(peer.texts("-1005")) == 1


def test_a_group_that_moved_is_followed_although_the_message_was_not_taken(peer: Peer) -> None:
    peer.say("-5", migrated(-1_005))
    peer.say("-1005", wait(60))
    result = send(peer.address()._replace(address="-5"))

    assert (result.outcome, result.wait, result.moved_to) == (Outcome.WAIT, 60, "-1005")


@pytest.mark.parametrize("said", [REVOKED, refusal(404, "Not Found")])
def test_a_token_that_was_revoked_is_the_accounts_fault(peer: Peer, said: bytes) -> None:
    peer.say(CHAT, said)
    result = send(peer.address())

    assert (result.outcome, result.account_fails) == (Outcome.FAILED, True)
    assert "BotFather" in result.detail


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("", "Choose the bot's account"),
        ("{}", "Enter the bot's token"),
        ("nonsense", "Enter the bot's token"),
        ('{"token": "no token"}', "Copy it from BotFather"),
        ('{"token": "1:abcdef\\r\\nX: y"}', "Copy it from BotFather"),
        ('{"token": "1:abcdef", "base": "ftp://x"}', "Bot API"),
        ('{"token": "1:abcdef", "base": "http://x/ HTTP/1.1"}', "Bot API"),
    ],
)
def test_an_account_that_is_none_is_told_in_words(account: str, problem: str) -> None:
    result = send(Address("uid", CHAT, account=account))

    assert result.outcome is Outcome.FAILED
    assert problem in result.detail
    assert result.account_fails is bool(account)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (plain(200, body=b"<html>"), Outcome.AMBIGUOUS),
        (plain(502, body=b"<html>"), Outcome.FAILED),
        (plain(429), Outcome.WAIT),
        (refusal(400, "Bad Request: message text is empty"), Outcome.FAILED),
        (Behaviour.HANG, Outcome.AMBIGUOUS),
    ],
)
def test_other_answers_are_taken_for_what_they_are(
    peer: Peer, said: bytes | Behaviour, outcome: Outcome
) -> None:
    peer.say(CHAT, said)
    result = send(peer.address())
    assert result.outcome is outcome
    assert TOKEN.partition(":")[2] not in result.detail


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" -1001234567890 ", "-1001234567890"),
        ("42", "42"),
        ("@my_channel", "@my_channel"),
        ("https://t.me/my_channel", "@my_channel"),
        ("t.me/my_channel/", "@my_channel"),
    ],
)
def test_chats_are_known_by_their_spellings(text: str, stored: str) -> None:
    assert channel("telegram").check_address(text) == stored
