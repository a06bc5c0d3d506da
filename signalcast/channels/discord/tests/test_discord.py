"""What is particular to Discord."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from signalcast.channels.base import Address, AddressError, Content, Message, Outcome, Result
from signalcast.channels.discord.embed import BUY, DESCRIPTION, ENDED, SELL, TITLE, TOLD, embed
from signalcast.channels.discord.markdown import escape, unescape
from signalcast.channels.discord.tests.peer import PATH, TOKEN, Peer, answer
from signalcast.channels.discord.transport import channel
from signalcast.channels.webhook.tests.peer import plain
from signalcast.channels.wording import examples, types, word
from signalcast.core.env import environment

OTHER_PATH = PATH.replace("112233445566778899", "998877665544332211")
FULL = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30.5"}


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    environment.cache_clear()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


def content(type_: str = "signal.published", **signal: Any) -> Content:
    made = next(iter(examples(type_)))
    made.data.get("signal", {}).update(signal)
    return made


def send(peer: Peer, *paths: str, what: Content | None = None) -> list[Result]:
    async def one_after_the_other() -> list[Result]:
        async with channel.open() as transport:
            return [
                await transport.send(
                    Message("msg_1", what or content()), Address("uid", "", peer.url(path))
                )
                for path in paths or (PATH,)
            ]

    return asyncio.run(one_after_the_other())


def headers(found: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in found.items())


def shown(what: Content) -> dict[str, Any]:
    [found] = json.loads(embed(what, "en"))["embeds"]
    return dict(found)


def test_a_signal_is_an_embed_that_pings_nobody(peer: Peer) -> None:
    send(peer, what=content(comment="@everyone look"))

    [arrival] = peer.arrivals
    assert arrival.path == f"{PATH}?wait=true"
    assert arrival.json == {
        "embeds": [
            {
                "title": "BUY BTCUSDT",
                "description": "Crypto · 1h\n\nEntry: 64250.5 \u2013 64100 (limit)\n"
                "Stop loss: 63000\n"
                "Target 1: 65000\nTarget 2: 66000\nLeverage: 5x\n\n@everyone look",
                "color": BUY,
                "timestamp": "2026-12-01T00:00:00+00:00",
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_a_thread_is_posted_into(peer: Peer) -> None:
    peer.say(f"{PATH}?wait=true&thread_id=123456789", answer(200))
    send(peer, f"{PATH}?thread_id=123456789")

    assert peer.arrivals[0].path == f"{PATH}?wait=true&thread_id=123456789"


@pytest.mark.parametrize(
    ("type_", "side", "colour"),
    [
        ("signal.published", "buy", BUY),
        ("signal.updated", "sell", SELL),
        ("signal.closed", "buy", ENDED),
        ("signal.cancelled", "sell", ENDED),
        ("announcement.published", None, TOLD),
        ("test.published", None, TOLD),
    ],
)
def test_the_colour_tells_the_side(type_: str, side: str | None, colour: int) -> None:
    assert shown(content(type_, side=side))["color"] == colour


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        ("**bold** _it_ ~~no~~ `code` ||spoiler||", None),
        ("[click](https://example.org/a_b)", r"\[click\](https://example.org/a_b)"),
        ("see https://example.org/a_b_c.", "see https://example.org/a_b_c."),
        ("<@123> <#5> <t:0:R>", r"\<@123\> \<\#5\> \<t:0:R\>"),
        ("# Heading\n> quote\n- item\n1. first", "\\# Heading\n\\> quote\n\\- item\n1\\. first"),
        (":rocket: at 12:30:45", r"\:rocket: at 12:30:45"),
        ("64250.5 \u2013 -1.5 +2", "64250.5 \u2013 -1.5 +2"),
        ("\\*", r"\\\*"),
        ("```\n-5\n```", "\\`\\`\\`\n-5\n\\`\\`\\`"),
    ],
)
def test_markdown_is_shown_as_it_was_written(written: str, escaped: str | None) -> None:
    assert unescape(escape(written)) == written
    assert escaped is None or escape(written) == escaped
    assert unescape(shown(content(comment=written))["description"]).endswith(written)


@pytest.mark.parametrize("type_", types())
@pytest.mark.parametrize("comment", ["*" * 9_000, "word " * 3_000, "\U0001f680" * 5_000])
def test_a_long_comment_is_cut_and_no_number_is(type_: str, comment: str) -> None:
    what = content(type_, comment=comment)
    if "announcement" in what.data:
        what.data["announcement"]["text"] = comment
    found = shown(what)

    assert len(found["title"]) <= TITLE
    assert len(found["description"].encode("utf-16-le")) // 2 <= DESCRIPTION
    without = word(content(type_, comment=""), kind="discord", language="en")
    if type_.startswith("signal."):
        assert unescape(found["description"]).startswith(without.body)


def test_a_subject_that_is_too_long_for_a_title_is_not_cut() -> None:
    what = content("announcement.published")
    what.data["announcement"]["title"] = "title " * 60 + "64250.5"

    assert "title" not in shown(what)
    assert "64250.5\n\n" in shown(what)["description"]


def test_a_message_without_room_even_without_its_comment_fails_in_words(peer: Peer) -> None:
    what = content(take_profits=[{"price": "65000.12345678", "share": None}] * 300)
    [result] = send(peer, what=what)

    assert (result.outcome, peer.arrivals) == (Outcome.FAILED, [])
    assert "characters" in result.detail


def test_the_body_is_made_once_for_all_readers_of_a_language() -> None:
    what = content()

    assert embed(what, "en") is embed(what, "en")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_webhook_that_is_gone_is_refused_at_once(peer: Peer, status: int) -> None:
    peer.say(f"{PATH}?wait=true", answer(status, message="Invalid", code=0))
    [result] = send(peer)

    assert (result.outcome, result.status) == (Outcome.REFUSED, status)
    assert "Make a new" in result.detail


@pytest.mark.parametrize(
    ("said", "outcome", "words"),
    [
        (plain(204), Outcome.ACCEPTED, ""),
        (answer(302), Outcome.FAILED, "302"),
        (answer(400, message="Invalid Form Body"), Outcome.FAILED, "400. Invalid Form Body"),
        (answer(400, message=f"no {TOKEN}"), Outcome.FAILED, "400."),
        (answer(502), Outcome.FAILED, "502."),
        (answer(429), Outcome.WAIT, "60.0 s"),
        (answer(429, "Retry-After: 7"), Outcome.WAIT, "7.0 s"),
        (answer(429, "Retry-After: 7", retry_after=0.25), Outcome.WAIT, "0.2 s"),
        (answer(429, retry_after="NaN"), Outcome.WAIT, "60.0 s"),
        (answer(429, retry_after=12_966), Outcome.WAIT, "12966.0 s"),
    ],
)
def test_an_answer_means(peer: Peer, said: bytes, outcome: Outcome, words: str) -> None:
    peer.say(f"{PATH}?wait=true", said)
    [result] = send(peer)

    assert result.outcome is outcome
    assert words in result.detail
    assert TOKEN not in result.detail


def test_a_webhook_whose_limit_is_reached_is_left_alone_and_others_are_not(peer: Peer) -> None:
    peer.say(f"{PATH}?wait=true", answer(200, *headers(FULL)))
    first, second, other = send(peer, PATH, PATH, OTHER_PATH)

    assert [first.outcome, second.outcome, other.outcome] == [
        *(Outcome.ACCEPTED, Outcome.WAIT, Outcome.ACCEPTED)
    ]
    assert 29 < second.wait <= 30.5
    assert len(peer.arrivals) == 2


def test_a_short_rest_is_waited_for(peer: Peer) -> None:
    soon = headers(FULL | {"X-RateLimit-Reset-After": "0.2"})
    peer.say(f"{PATH}?wait=true", answer(200, *soon), answer(200))
    began = time.monotonic()
    results = send(peer, PATH, PATH)

    assert [one.outcome for one in results] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert time.monotonic() - began >= 0.19


def test_what_is_in_flight_counts_against_what_is_left(peer: Peer) -> None:
    left = answer(200, "X-RateLimit-Remaining: 2", "X-RateLimit-Reset-After: 30")
    peer.say(f"{PATH}?wait=true", left, 0.2)

    async def three_at_once() -> list[Result]:
        async with channel.open() as transport:
            address = Address("uid", "", peer.url(PATH))
            message = Message("msg_1", content())
            await transport.send(message, address)
            return await asyncio.gather(*[transport.send(message, address) for _ in range(3)])

    outcomes = sorted(result.outcome for result in asyncio.run(three_at_once()))
    assert outcomes == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.WAIT]


@pytest.mark.parametrize("told", [{"global": True}, {"global": False}])
def test_a_global_limit_holds_for_all_webhooks(peer: Peer, told: dict[str, bool]) -> None:
    peer.say(f"{PATH}?wait=true", answer(429, retry_after=64.57, **told))
    first, other = send(peer, PATH, OTHER_PATH)

    assert (first.outcome, first.wait) == (Outcome.WAIT, 64.57)
    assert other.outcome is (Outcome.WAIT if told["global"] else Outcome.ACCEPTED)


@pytest.mark.parametrize(
    "text",
    [
        f"https://discord.com{PATH}",
        f" https://discordapp.com{PATH}/ ",
        f"https://ptb.discord.com{PATH}",
        f"https://canary.discord.com{PATH}?wait=true",
        f"https://discord.com{PATH.replace('/api/', '/api/v10/')}",
    ],
)
def test_all_spellings_of_a_webhook_are_one(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "0")
    environment.cache_clear()

    assert channel.check_address(text) == f"https://discord.com{PATH}"


def test_the_token_is_hidden_from_people() -> None:
    address = channel.check_address(f"https://discord.com{PATH}?thread_id=123456")
    hidden = channel.hide(address)

    assert (hidden.secret, TOKEN in hidden.shown) == (address, False)
    assert hidden.shown == (
        "https://discord.com/api/webhooks/112233445566778899/…?thread_id=123456"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"http://127.0.0.1:9{PATH}", "private"),
        (f"https://example.org{PATH}", "not the address of a Discord webhook"),
        (f"https://discord.com.example.org{PATH}", "not the address of a Discord webhook"),
        (f"http://discord.com{PATH}", "begins with https"),
        (f"https://discord.com{PATH}/slack", "not the address of a Discord webhook"),
        ("https://discord.com/channels/1/2", "Integrations"),
        (f"https://discord.com{PATH}?thread_id=x", "thread_id"),
        (f"https://x@discord.com{PATH}", "user name"),
    ],
)
def test_anything_else_is_no_webhook(
    text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "0")
    environment.cache_clear()

    with pytest.raises(AddressError, match=problem) as error:
        channel.check_address(text)
    assert TOKEN not in str(error.value)
