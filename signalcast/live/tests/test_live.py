"""Who hears what, in which order, and how a stream is resumed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from signalcast.accounts.models import RoleGrant, User
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.live.cursor import Cursor, read_cursor
from signalcast.live.door import Live
from signalcast.live.models import LiveToken
from signalcast.live.tests.listening import Listening, Play, in_thread, post
from signalcast.pipeline import LOOK_EVERY
from signalcast.plans.models import Subscription

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_a_listener_hears_what_is_posted_from_now_on(feed: Feed, token: str, play: Play) -> None:
    """Without a broker, as here: no bell rings."""
    post(feed, "before")

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "first"))
        await in_thread(lambda: post(feed, "second"))
        await one.words("first", "second")
        assert "event: signal.published" in one.text
        await one.hang_up()

    play(scenario, look_every=LOOK_EVERY)


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
            Subscription.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
        else:
            LiveToken.objects.all().delete()

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(end)
        await one.until(lambda: one.ended)
        assert {"plan": "Renew it", "token": "Sign in"}[ending] in one.text

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

    assert len(str(cursor).split(".")) == 129
