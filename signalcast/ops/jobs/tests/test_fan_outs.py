"""Posts and how far their deliveries are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world, subscribe
from signalcast.ops.jobs.fan_outs import COUNTED, fan_out_of, fan_outs, moving
from signalcast.ops.jobs.tests.made import browser_of
from signalcast.portal.tests.cast import NEW, text

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

PAGE = "/ops/queues/fan-outs/"


@pytest.fixture
def world() -> World:
    made = make_world()
    for name in ("carl", "cora", "cleo"):
        subscribe(made.plan, name)
    made.receive(NEW)
    publish()
    return made


@pytest.fixture
def otto() -> Client:
    return browser_of("operator")


def settle(*states: str) -> None:
    """Bring the deliveries into these states."""
    for row, state in zip(Delivery.objects.order_by("pk"), states, strict=True):
        done = {} if state in ("due", "retrying") else {"due": None, "finished_at": timezone.now()}
        Delivery.objects.filter(pk=row.pk).update(state=state, **done)


@pytest.mark.usefixtures("world")
def test_a_fan_out_counts_its_deliveries_by_state_and_the_time_to_the_last() -> None:
    post = Post.objects.get()
    settle("sent", "sent", "discarded", "retrying")
    (one,) = fan_outs([post])
    assert (one.total, one.sent, one.open, one.moves, one.took) == (4, 2, 1, True, None)
    assert [state for state, _label, _count in one.others] == ["retrying", "discarded"]
    assert moving() == [post.pk]

    settle("sent", "sent", "discarded", "sent")
    Delivery.objects.update(finished_at=post.created_at + timedelta(seconds=2))
    one = fan_out_of(post)
    assert (one.moves, one.took) == (False, timedelta(seconds=2))
    assert moving() == []


@pytest.mark.usefixtures("world")
def test_a_post_whose_deliveries_are_still_made_is_on_its_way(otto: Client) -> None:
    settle("sent", "sent", "sent", "sent")
    Post.objects.update(fanned_out_at=None)

    assert moving() == [Post.objects.get().pk]
    page = text(otto, PAGE)
    assert "On their way" in page
    assert "being made" in page
    assert "4 of 4 sent" in page


@pytest.mark.usefixtures("world")
def test_very_large_ones_are_counted_only_when_somebody_looks(otto: Client) -> None:
    settle("sent", "sent", "sent", "due")
    post = Post.objects.get()
    Post.objects.update(recipients=COUNTED + 1)
    page = text(otto, PAGE)
    assert "count them" in page
    assert "of 4 sent" not in page

    assert "3 of 4 sent" in text(otto, f"{PAGE}{post.pk}/")
    part = otto.get(f"{PAGE}{post.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "3 of 4 sent" in part
    assert "<html" not in part
    told = otto.get("/ops/api/fan-outs").json()["fan_outs"]
    assert (told[0]["post"], told[0]["states"], told[0]["recipients"]) == (
        post.pk,
        None,
        COUNTED + 1,
    )


def test_nothing_posted_and_nonsense_are_answered(otto: Client) -> None:
    assert "Nothing was posted yet" in text(otto, PAGE)
    assert text(otto, f"{PAGE}?after=nonsense")
    text(otto, f"{PAGE}999/", status=404)
    text(otto, f"{PAGE}{'9' * 30}/", status=404)
    assert otto.get("/ops/api/fan-outs?after=x").json() == {"fan_outs": [], "after": None}
