"""Who hears what, in which order, and how a stream is resumed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import timezone

from signalcast.accounts.models import RoleGrant, User
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.live.cursor import Cursor, read_cursor
from signalcast.live.door import Live
from signalcast.live.models import LiveToken
from signalcast.live.renew_token import renew_token
from signalcast.plans.models import Plan, PlanChannel, Subscription

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

T = TypeVar("T")


@pytest.fixture
def feed() -> Feed:
    return Feed.objects.create(slug="crypto", name="Crypto")


@pytest.fixture
def token(feed: Feed) -> str:
    """Of somebody whose plan has the feed and the live stream."""
    plan = Plan.objects.create(slug="gold", name="Gold", price=1, currency="USD", interval="month")
    plan.feeds.add(feed)
    PlanChannel.objects.create(plan=plan, kind="live")
    user = User.objects.create_user("alice@example.org", "a long password 1")
    Subscription.objects.create(user=user, plan=plan, starts_at=timezone.now() - timedelta(days=1))
    return renew_token(user)


def post(feed: Feed, word: str, **fields: Any) -> Post:
    return Post.objects.create(feed=feed, type="signal.published", data={"word": word}, **fields)


class Listening:
    """One stream as a client sees it."""

    def __init__(self, live: Live, **headers: str) -> None:
        self.status = 0
        self.text = ""
        self.ended = False
        self._changed = asyncio.Event()
        self._gone = asyncio.Event()
        scope: MutableMapping[str, Any] = {
            "type": "http", "method": "GET", "path": "/live/", "query_string": b"",
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
            ],
        }  # fmt: skip
        self.task = asyncio.ensure_future(live(scope, self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.ended = message["type"] == "http.response.body" and not message.get("more_body")
        self._changed.set()

    async def until(self, condition: Callable[[], bool], within: float = 10) -> None:
        async with asyncio.timeout(within):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def words(self, *words: str) -> None:
        """Wait until exactly these were heard, in this order."""
        await self.until(lambda: len(self.heard) >= len(words))
        assert self.heard == list(words)

    @property
    def heard(self) -> list[str]:
        return [
            line.partition('"word":"')[2].partition('"')[0]
            for line in self.text.split("\n")
            if '"word":"' in line
        ]

    @property
    def last_id(self) -> str:
        return [line[4:] for line in self.text.split("\n") if line.startswith("id: ")][-1]

    async def hang_up(self) -> None:
        self._gone.set()
        await self.task


async def in_thread(function: Callable[[], T]) -> T:
    """Call in a thread of its own, with a connection of its own."""

    def call() -> T:
        try:
            return function()
        finally:
            connection.close()

    return await asyncio.to_thread(call)


class Play(Protocol):
    """Runs a scenario with the streams of one web process."""

    def __call__(self, scenario: Callable[[Live], Awaitable[None]], **options: Any) -> None: ...


@pytest.fixture
def play() -> Iterator[Play]:
    """Runs a scenario with the streams of one web process."""

    def run(scenario: Callable[[Live], Awaitable[None]], **options: Any) -> None:
        async def whole() -> None:
            live = Live(**options)
            try:
                await scenario(live)
            finally:
                live.close()
                await asyncio.sleep(0)

        asyncio.run(whole())

    yield run
    for thread in threading.enumerate():
        if thread.name.startswith("live"):
            thread.join(5)
    close_old_connections()


def test_a_listener_hears_what_is_posted_from_now_on(feed: Feed, token: str, play: Play) -> None:
    post(feed, "before")

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "first"))
        await in_thread(lambda: post(feed, "second"))
        await one.words("first", "second")
        assert "event: signal.published" in one.text
        await one.hang_up()

    play(scenario)


def test_whoever_comes_back_hears_what_was_missed_once(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "heard"))
        await one.words("heard")
        place = one.last_id
        await one.hang_up()
        await in_thread(lambda: post(feed, "missed"))

        again = Listening(live, authorization=f"Bearer {token}", last_event_id=place)
        await again.words("missed")
        await in_thread(lambda: post(feed, "new"))
        await again.words("missed", "new")
        once_more = Listening(live, authorization=f"Bearer {token}", last_event_id=again.last_id)
        await in_thread(lambda: post(feed, "newer"))
        await once_more.words("newer")

    play(scenario)


def test_a_post_that_is_committed_late_is_neither_lost_nor_repeated(
    feed: Feed, token: str, play: Play
) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        # Numbers are given when a transaction asks for them, and seen when it commits.
        await in_thread(lambda: post(feed, "early", pk=102))
        await one.words("early")
        place = one.last_id
        await one.hang_up()
        await in_thread(lambda: post(feed, "late", pk=101))
        again = Listening(live, authorization=f"Bearer {token}", last_event_id=place)
        await again.words("late")
        await in_thread(lambda: post(feed, "later still", pk=100))
        await again.words("late", "later still")
        third = Listening(live, authorization=f"Bearer {token}", last_event_id=again.last_id)
        await in_thread(lambda: post(feed, "after", pk=103))
        await third.words("after")

    play(scenario)


def test_a_feed_outside_the_plan_is_not_heard(feed: Feed, token: str, play: Play) -> None:
    other = Feed.objects.create(slug="forex", name="Forex")

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(other, "not for you"))
        await in_thread(lambda: post(feed, "for you"))
        await one.words("for you")

    play(scenario)


def test_a_signed_in_owner_hears_everything(feed: Feed, play: Play) -> None:
    owner = User.objects.create_user("owner@example.org", "a long password 1")
    RoleGrant.objects.create(user=owner, role="owner")
    client = Client()
    client.force_login(owner)
    cookie = f"a=b; sessionid={client.cookies['sessionid'].value}"

    async def scenario(live: Live) -> None:
        one = Listening(live, cookie=cookie)
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "all"))
        await one.words("all")

    play(scenario)


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer nobody"}, {"cookie": "sessionid=x"}, {"cookie": "=;\x01"}],
)
def test_strangers_are_told_to_sign_in(headers: dict[str, str], play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, **headers)
        await one.until(lambda: one.ended)
        assert one.status == 401
        assert "Sign in" in one.text

    play(scenario)


@pytest.mark.parametrize("ending", ["plan", "token"])
def test_a_stream_ends_with_the_right_to_it(
    feed: Feed, token: str, ending: str, play: Play
) -> None:
    def end() -> None:
        if ending == "plan":
            Subscription.objects.update(ends_at=timezone.now())
        else:
            LiveToken.objects.all().delete()

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(end)
        await one.until(lambda: one.ended)
        assert "The right to listen has ended." in one.text

    play(scenario, rights_every=0.1)


def test_whoever_was_away_too_long_is_told_so(feed: Feed, token: str, play: Play) -> None:
    old = post(feed, "old")
    Post.objects.update(created_at=timezone.now() - timedelta(days=2))

    async def scenario(live: Live) -> None:
        for place in (str(old.pk - 1), "garbage", "1.x", "9" * 30):
            one = Listening(live, authorization=f"Bearer {token}", last_event_id=place)
            await one.until(lambda one=one: "event: reset" in one.text)  # type: ignore[misc]
            assert not one.heard
            await one.hang_up()

    play(scenario)


def test_a_listener_that_does_not_keep_up_is_let_go(feed: Feed, token: str, play: Play) -> None:
    def many() -> None:
        for number in range(10):
            post(feed, str(number))

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(many)
        await one.until(lambda: one.ended)

    play(scenario, most_waiting=3)


def test_all_streams_end_when_the_process_stops(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        streams = [Listening(live, authorization=f"Bearer {token}") for _ in range(5)]
        for one in streams:
            await one.until(lambda one=one: "id:" in one.text)  # type: ignore[misc]
        live.close()
        for one in streams:
            await one.until(lambda one=one: one.ended)  # type: ignore[misc]

    play(scenario)


@pytest.mark.parametrize("text", ["120", "120.117.118", "0"])
def test_a_place_is_read_as_it_was_written(text: str) -> None:
    cursor = read_cursor(text)

    assert cursor is not None
    assert read_cursor(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "1.", "-1", "1 2", "\u0661", "1.2." * 100])
def test_what_is_no_place_is_none(text: str) -> None:
    assert read_cursor(text) is None


def test_only_the_newest_missing_numbers_are_named() -> None:
    cursor = Cursor(1_000, frozenset(range(1, 900)))

    assert len(str(cursor).split(".")) == 65
