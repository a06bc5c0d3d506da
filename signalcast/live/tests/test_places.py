"""No gap and no repeat: across processes, late commits, floods, and long absences."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.live.door import Live
from signalcast.live.tests.listening import Listening, Play, in_thread, post

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

#: Seconds: longer than any test takes.
NEVER = 600.0


def post_many(feed: Feed, count: int, **fields: Any) -> None:
    """Posts that become visible at the same moment, named by their number."""
    Post.objects.bulk_create(
        Post(feed=feed, type="signal.published", data={"word": str(number)}, **fields)
        for number in range(count)
    )


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


@pytest.mark.wide
def test_a_listener_that_is_ahead_of_the_process_it_comes_back_to_hears_nothing_twice(
    feed: Feed, token: str, play: Play
) -> None:
    shown = f"Bearer {token}"

    async def scenario(behind: Live) -> None:
        # Two web processes of one installation; this one has not looked for a while.
        idle = Listening(behind, authorization=shown)
        await idle.until(lambda: "id:" in idle.text)
        ahead = Live()
        one = Listening(ahead, authorization=shown)
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "heard"))
        await one.words("heard")
        again = Listening(behind, authorization=shown, last_event_id=one.last_id)
        await again.until(lambda: again.text.count("id:") == 1)
        await in_thread(lambda: post(feed, "new"))
        # Somebody else who is further on makes this process look.
        await one.words("heard", "new")
        third = Listening(behind, authorization=shown, last_event_id=one.last_id)
        await third.until(lambda: "id:" in third.text)
        await again.words("new")
        await idle.words("heard", "new")
        assert not third.heard
        ahead.close()

    play(scenario, look_every=NEVER)


def test_who_comes_first_after_a_silence_hears_nothing_old(
    feed: Feed, token: str, play: Play
) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await one.hang_up()
        await in_thread(lambda: post(feed, "nobody listened"))
        again = Listening(live, authorization=f"Bearer {token}")
        await again.until(lambda: "id:" in again.text)
        await in_thread(lambda: post(feed, "new"))
        await again.words("new")

    play(scenario)


def test_a_transaction_that_is_overtaken_is_heard_once(feed: Feed, token: str, play: Play) -> None:
    written, go_on = threading.Event(), threading.Event()
    if connection.vendor == "sqlite":
        go_on.set()  # one writer at a time: nobody is overtaken

    def begin_and_wait() -> None:
        with transaction.atomic():
            post(feed, "slow")
            written.set()
            go_on.wait(10)

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        slow = threading.Thread(target=lambda: _closing(begin_and_wait))
        slow.start()
        await in_thread(lambda: written.wait(10))
        await in_thread(lambda: post(feed, "quick"))
        await one.until(lambda: "quick" in one.heard)
        # Whoever comes back now, and whoever was there, both miss nothing.
        again = Listening(live, authorization=f"Bearer {token}", last_event_id=one.last_id)
        await again.until(lambda: "id:" in again.text)
        go_on.set()
        await in_thread(slow.join)
        await in_thread(lambda: post(feed, "last"))
        await one.until(lambda: len(one.heard) == 3)
        assert sorted(one.heard) == ["last", "quick", "slow"]
        await again.until(lambda: "last" in again.heard)
        rest = [word for word in one.heard if word not in one.heard_until(again.since)]
        assert sorted(again.heard) == sorted(rest)

    play(scenario)


def _closing(function: Any) -> None:
    try:
        function()
    finally:
        connection.close()


def test_a_flood_drops_nobody_who_keeps_up(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post_many(feed, 1_500))
        await one.words(*numbered(1_500))

    play(scenario, most_waiting=200)


def test_many_missed_posts_are_replayed_in_their_order_before_new_ones(
    feed: Feed, token: str, play: Play
) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        place = one.last_id
        await in_thread(lambda: post_many(feed, 350))
        await one.words(*numbered(350))
        again = Listening(live, authorization=f"Bearer {token}", last_event_id=place)
        await in_thread(lambda: post(feed, "new"))
        await again.words(*numbered(350), "new")
        assert again.last_id == one.last_id

    play(scenario)


def test_a_replay_that_is_cut_off_goes_on_where_it_was(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post_many(feed, 120))
        await one.words(*numbered(120))
        for place, rest in ((one.ids[0], 120), (one.ids[40], 80), (one.ids[119], 1)):
            again = Listening(live, authorization=f"Bearer {token}", last_event_id=place)
            await again.words(*numbered(120)[-rest:])
            await again.hang_up()

    play(scenario)


def test_a_listener_of_a_quiet_feed_is_not_reset_for_what_others_missed(
    feed: Feed, token: str, play: Play
) -> None:
    other = Feed.objects.create(slug="forex", name="Forex")
    place = post(feed, "long ago").pk
    post(other, "not for you")
    Post.objects.update(created_at=timezone.now() - timedelta(days=2))

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}", last_event_id=str(place))
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "new"))
        await one.words("new")
        assert "reset" not in one.text

    play(scenario)


def test_a_place_that_is_yet_to_come_starts_afresh(feed: Feed, token: str, play: Play) -> None:
    newest = post(feed, "before").pk

    async def scenario(live: Live) -> None:
        for place in (str(newest + 1), "9" * 18, f"{10**17}.{newest}"):
            one = Listening(live, authorization=f"Bearer {token}", last_event_id=place)
            await one.until(lambda one=one: "event: reset" in one.text)  # type: ignore[misc]
            assert "Load the page again." in one.text
        await in_thread(lambda: post(feed, "new"))
        await one.words("new")

    play(scenario)


def test_a_leap_of_the_numbers_costs_nothing(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "far", pk=10**12))
        await in_thread(lambda: post(feed, "farther", pk=10**12 + 2))
        await one.words("far", "farther")
        await in_thread(lambda: post(feed, "late", pk=10**12 + 1))
        await one.words("far", "farther", "late")

    play(scenario)
