"""What the live stream answers to whom, and what its looks at rights cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.accounts.models import RoleGrant, User
from signalcast.feeds.models import Feed
from signalcast.live.door import Live
from signalcast.live.renew_token import renew_token
from signalcast.live.rights import Shown, admit, allowed
from signalcast.live.tests.listening import Listening, Play, in_thread, post
from signalcast.plans.models import Plan, PlanChannel, Subscription

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def signed_in(name: str) -> str:
    """The cookie of a browser in which alice has signed in."""
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@example.org"))
    return f"sessionid={client.cookies['sessionid'].value}"


@pytest.mark.parametrize("channel", ["webhook", ""])
def test_a_plan_without_the_channel_is_refused(
    feed: Feed, token: str, channel: str, play: Play
) -> None:
    PlanChannel.objects.update(kind=channel)

    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: one.ended)
        assert one.status == 403
        assert "Choose one that has it." in one.text
        assert one.headers["content-type"] == "application/problem+json"

    play(scenario)


def test_a_token_may_stand_in_the_address(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, query=f"token={token}&last_event_id=0")
        await one.until(lambda: "id:" in one.text)
        await in_thread(lambda: post(feed, "new"))
        await one.words("new")

    play(scenario)


def test_a_new_token_ends_the_streams_of_the_old_one(feed: Feed, token: str, play: Play) -> None:
    async def scenario(live: Live) -> None:
        one = Listening(live, authorization=f"Bearer {token}")
        await one.until(lambda: "id:" in one.text)
        fresh = await in_thread(lambda: renew_token(User.objects.get()))
        await one.until(lambda: one.ended)
        assert "event: end" in one.text
        old = Listening(live, authorization=f"Bearer {token}")
        await old.until(lambda: old.ended)
        assert old.status == 401
        new = Listening(live, authorization=f"Bearer {fresh}")
        await new.until(lambda: "id:" in new.text)

    play(scenario, rights_every=0.1)


def change_password() -> None:
    User.objects.update(password="!changed")


def sign_out() -> None:
    Session.objects.all().delete()


def deactivate() -> None:
    User.objects.update(is_active=False)


@pytest.mark.parametrize("act", [change_password, sign_out, deactivate])
def test_a_stream_ends_with_its_session(
    feed: Feed, token: str, act: Callable[[], None], play: Play
) -> None:
    cookie = signed_in("alice")

    async def scenario(live: Live) -> None:
        one = Listening(live, cookie=cookie)
        await one.until(lambda: "id:" in one.text)
        await in_thread(act)
        await one.until(lambda: one.ended)
        assert "event: end" in one.text
        await in_thread(lambda: post(feed, "not for you any more"))
        again = Listening(live, cookie=cookie, last_event_id=one.last_id)
        await again.until(lambda: again.ended)
        assert again.status in (401, 403)

    play(scenario, rights_every=0.1)


def test_a_stream_goes_on_while_the_right_to_it_does(feed: Feed, token: str, play: Play) -> None:
    cookie = signed_in("alice")

    async def scenario(live: Live) -> None:
        one = Listening(live, cookie=cookie)
        await one.until(lambda: "id:" in one.text)
        for number in range(3):
            await in_thread(lambda number=number: post(feed, str(number)))  # type: ignore[misc]
        await one.words("0", "1", "2")
        assert not one.ended

    play(scenario, rights_every=0.01)


def test_other_methods_are_refused_and_a_head_has_no_body(
    feed: Feed, token: str, play: Play
) -> None:
    async def scenario(live: Live) -> None:
        wrong = Listening(live, method="POST", authorization=f"Bearer {token}")
        await wrong.until(lambda: wrong.ended)
        assert wrong.status == 405
        assert wrong.headers["allow"] == "GET, HEAD"
        head = Listening(live, method="HEAD", authorization=f"Bearer {token}")
        await head.until(lambda: head.ended)
        assert (head.status, head.text) == (200, "")
        assert head.headers["x-accel-buffering"] == "no"
        stranger = Listening(live, method="HEAD")
        await stranger.until(lambda: stranger.ended)
        assert stranger.status == 401

    play(scenario)


def test_a_process_that_stops_sends_browsers_away_so_that_they_come_back(
    feed: Feed, token: str, play: Play
) -> None:
    async def scenario(live: Live) -> None:
        live.close()
        browser = Listening(live, authorization=f"Bearer {token}", accept="text/event-stream")
        await browser.until(lambda: browser.ended)
        assert (browser.status, browser.text) == (200, "retry: 5000\n\n")
        program = Listening(live, authorization=f"Bearer {token}")
        await program.until(lambda: program.ended)
        assert program.status == 503
        assert program.headers["retry-after"] == "5"

    play(scenario)


def test_rights_of_many_cost_as_many_statements_as_those_of_one(feed: Feed, token: str) -> None:
    plan = Plan.objects.get()
    shown = [Shown(token=token)]
    owner = User.objects.create_user("owner@example.org")
    RoleGrant.objects.create(user=owner, role="owner")
    for number in range(20):
        user = User.objects.create_user(f"user-{number}@example.org")
        Subscription.objects.create(
            user=user, plan=plan, starts_at=timezone.now() - timedelta(seconds=1)
        )
        shown.append(Shown(token=renew_token(user)))
        shown.append(Shown(session=signed_in(f"user-{number}").partition("=")[2]))
    shown.append(Shown(session=signed_in("owner").partition("=")[2]))
    listeners = [right.listener for right in admit(shown).values() if right.listener]
    assert len(listeners) == 42

    with CaptureQueriesContext(connection) as asked:
        rights = allowed(listeners)

    assert rights == dict.fromkeys(listeners, frozenset({feed.pk}))
    # Tokens, sessions, passwords; staff, plans, and the feeds that staff sees.
    assert len(asked) == 6
