"""An announcement reaches everybody who gets a feed, once, after the signals."""

from __future__ import annotations

import pytest

from signalcast.accounts.models import User
from signalcast.channels.models import Broadcast, Destination
from signalcast.delivery.announce import announce, fan_out_announcement
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.tests.world import World, chunks, subscribe
from signalcast.pipeline import Queue
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def made(world: World, key: str = "one") -> Post:
    by = User.objects.get_or_create(email="olga@example.org")[0]
    return announce(to=world.feed, title="Holidays", text="Until Monday.", by=by, key=key)


def test_it_goes_to_broadcasts_and_subscribers_on_the_last_queue(world: World) -> None:
    channel = Destination.objects.create(kind="webhook", address="https://channel.test/")
    Broadcast.objects.create(feed=world.feed, destination=channel)
    post = made(world)
    run_jobs()

    rows = Delivery.objects.filter(post=post)
    assert {row.destination for row in rows} == {world.alice, channel}
    assert {row.queue for row in rows} == {Queue.NOTIFICATIONS}
    post.refresh_from_db()
    assert (post.recipients, post.valid_until) == (2, None)
    assert post.fanned_out_at is not None


def test_the_same_key_announces_once(world: World) -> None:
    assert made(world) == made(world)
    assert made(world, "other") != made(world)
    assert (Post.objects.count(), Job.objects.count()) == (2, 2)


def test_a_job_that_was_cut_off_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        subscribe(world.plan, f"s{number}")
    chunks(monkeypatch, 2, 2)
    post = made(world)
    assert not fan_out(post)
    assert Delivery.objects.count() == 2

    fan_out_announcement(post.pk)
    fan_out_announcement(post.pk)
    assert Delivery.objects.count() == 6
