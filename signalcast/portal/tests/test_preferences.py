"""Somebody chooses what their destinations get, when and in which order, and what they missed."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.channels.models import (
    Destination,
    DestinationMute,
    FallbackStep,
    QuietChoice,
    QuietHours,
)
from signalcast.channels.pause import pause
from signalcast.core.clock import from_now
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.plans.models import PlanChannel
from signalcast.portal.tests.cast import NEW, Cast, text

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

PAGE = "/app/preferences/"
QUIET = {
    "act": "quiet", "is_on": "on", "zone": "Europe/Berlin", "begins": "22:00", "ends": "07:30",
    "days": ["0", "4"], "passes": "nothing",
}  # fmt: skip


@pytest.fixture
def mail(cast: Cast) -> Destination:
    """Another destination of Alice's."""
    PlanChannel.objects.create(plan=cast.world.plan, kind="email")
    return Destination.objects.create(
        owner=cast.world.alice.owner, kind="email", address="alice@example.org"
    )


def test_a_feed_is_turned_off_and_on_again(cast: Cast, mail: Destination) -> None:
    page = text(cast.alice, PAGE)
    assert "Crypto" in page
    assert "Forex" not in page
    [asked] = re.findall(r'name="asked" value="([^"]+)"', page)
    pair = f"{mail.pk}:{cast.world.feed.pk}"
    assert pair in asked

    cast.alice.post(PAGE, {"act": "feeds", "asked": asked, "on": [pair]})
    off = DestinationMute.objects.get()
    assert (off.destination, off.feed) == (cast.world.alice, cast.world.feed)
    assert text(cast.alice, PAGE).count("checked>") == 1 + _ticked_elsewhere(cast)

    cast.alice.post(PAGE, {"act": "feeds", "asked": asked, "on": asked.split(",")})
    assert not DestinationMute.objects.exists()


def _ticked_elsewhere(cast: Cast) -> int:
    """Ticks of the page that are no feeds."""
    page = text(cast.alice, PAGE)
    return page.count("checked>") - len(re.findall(r'name="on"[^>]* checked>', page))


def test_a_channel_that_the_plan_does_not_have_has_nothing_to_tick(cast: Cast) -> None:
    Destination.objects.create(owner=cast.world.alice.owner, kind="discord", address="x")

    assert "not in your plan" in text(cast.alice, PAGE)


def test_nobody_changes_what_is_somebody_elses(cast: Cast, mail: Destination) -> None:
    pair = f"{cast.world.alice.pk}:{cast.world.feed.pk}"
    cast.bob.post(PAGE, {"act": "feeds", "asked": pair})
    cast.bob.post(PAGE, QUIET | {"where": [str(mail.pk)]})
    cast.bob.post(
        PAGE, {"act": "fallbacks", f"place_{mail.pk}": "1", f"place_{cast.world.alice.pk}": "2"}
    )

    assert not DestinationMute.objects.exists()
    assert not QuietChoice.objects.filter(destination=mail).exists()
    assert not FallbackStep.objects.exists()
    assert "alice" not in text(cast.bob, PAGE)


@pytest.mark.parametrize("asked", ["", "x", "1:2:3", ":", "9" * 50 + ":1", "-1:1", "1:\0", "٣:٣"])
def test_what_cannot_be_read_changes_nothing(cast: Cast, asked: str) -> None:
    answer = cast.alice.post(PAGE, {"act": "feeds", "asked": asked, "on": asked})

    assert answer.status_code == 302
    assert not DestinationMute.objects.exists()


def test_quiet_hours_are_set_shown_and_ended(cast: Cast, mail: Destination) -> None:
    hook = cast.world.alice
    # Programs don't sleep, unless they are told to.
    assert f'value="{mail.pk}" aria-describedby' not in text(cast.alice, PAGE)
    cast.alice.post(PAGE, QUIET | {"where": [str(hook.pk)]})
    kept = QuietHours.objects.get()
    assert (kept.user, kept.zone) == (hook.owner, "Europe/Berlin")
    assert (kept.begins, kept.ends, kept.days, kept.passes) == (1_320, 450, "04", "nothing")
    assert dict(QuietChoice.objects.values_list("destination", "applies")) == {
        hook.pk: True, mail.pk: False,
    }  # fmt: skip
    page = text(cast.alice, PAGE)
    assert 'value="07:30"' in page
    assert "In Europe/Berlin it is" in page

    cast.alice.post(PAGE, QUIET | {"where": [str(mail.pk)]})
    assert not QuietChoice.objects.exists()
    cast.alice.post(PAGE, {"act": "quiet"})
    assert not QuietHours.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": ""}, "Choose the time zone that you live in."),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"begins": ""}, "Say when they begin."),
        ({"ends": "25:99"}, "Enter a valid time"),
        ({"ends": "22:00"}, "They would never end."),
        ({"days": []}, "Choose a day at least"),
        ({"passes": "some"}, "some"),
    ],
)
def test_wrong_quiet_hours_are_refused_in_words(
    cast: Cast, wrong: dict[str, str], said: str
) -> None:
    answer = cast.alice.post(PAGE, QUIET | wrong)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not QuietHours.objects.exists()


def test_a_zone_that_is_gone_is_told(cast: Cast) -> None:
    cast.alice.post(PAGE, QUIET)
    QuietHours.objects.update(zone="Europe/Atlantis")

    assert "Europe/Atlantis is not known here any more" in text(cast.alice, PAGE)


def test_what_is_held_follows_a_change_at_once(cast: Cast, mail: Destination) -> None:
    held = Delivery.objects.get()
    Delivery.objects.update(state="held", due=from_now(3_600))
    cast.alice.post(PAGE, QUIET | {"zone": "Asia/Tokyo"})

    held.refresh_from_db()
    assert held.due is not None
    assert held.due <= timezone.now()
    assert "held" in text(cast.alice, "/app/deliveries/?state=held")


def test_destinations_are_put_in_an_order_and_out_of_it(cast: Cast, mail: Destination) -> None:
    hook = cast.world.alice
    order = {
        "act": "fallbacks", f"place_{hook.pk}": "1", f"place_{mail.pk}": "2",
        f"after_{hook.pk}": "", f"after_{mail.pk}": "90",
    }  # fmt: skip
    cast.alice.post(PAGE, order)
    steps = FallbackStep.objects.order_by("position").values_list(
        "destination", "position", "after"
    )
    assert list(steps) == [(hook.pk, 0, 0), (mail.pk, 1, 90)]
    assert 'value="90"' in text(cast.alice, PAGE)

    cast.alice.post(PAGE, order | {f"place_{hook.pk}": "2", f"place_{mail.pk}": "1"})
    assert list(steps.all()) == [(mail.pk, 0, 0), (hook.pk, 1, 60)]
    cast.alice.post(PAGE, {"act": "fallbacks"})
    assert not FallbackStep.objects.exists()


@pytest.mark.parametrize(
    ("first", "second", "after", "said"),
    [
        ("1", "1", "60", "Another one has this place."),
        ("1", "", "60", "One alone is no list."),
        ("1", "2", "29", "greater than or equal to 30"),
        ("1", "2", "3601", "less than or equal to 3600"),
        ("1", "7", "60", "7 is not one of the available choices"),
    ],
)
def test_a_wrong_order_is_refused_in_words(
    cast: Cast, mail: Destination, first: str, second: str, after: str, said: str
) -> None:
    hook = cast.world.alice
    form = {f"place_{hook.pk}": first, f"place_{mail.pk}": second, f"after_{mail.pk}": after}
    answer = cast.alice.post(PAGE, {"act": "fallbacks"} | form)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not FallbackStep.objects.exists()


def test_a_page_costs_the_same_for_one_feed_and_for_many(cast: Cast, mail: Destination) -> None:
    costs, browser = [], cast.alice
    for more in (0, 20):
        for number in range(more):
            feed = cast.world.plan.feeds.create(slug=f"more-{number}", name=f"More {number}")
            DestinationMute.objects.create(destination=mail, feed=feed)
            Destination.objects.create(owner=mail.owner, kind="email", address=f"{number}@x.org")
        with CaptureQueriesContext(connection) as queries:
            text(browser, PAGE)
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_more_feeds_than_a_page_has_are_on_the_next_one(cast: Cast) -> None:
    for number in range(60):
        cast.world.plan.feeds.create(slug=f"more-{number}", name=f"More-{number}.")
    page = text(cast.alice, PAGE)
    [after] = re.findall(r'href="\?after=(\d+)"', page)
    rest = text(cast.alice, f"{PAGE}?after={after}")

    assert "Crypto" in rest
    assert "Crypto" not in page
    assert not set(re.findall(r"More-\d+\.", page)) & set(re.findall(r"More-\d+\.", rest))


def test_without_destinations_or_a_plan_the_page_says_what_to_do(cast: Cast) -> None:
    assert "Add one first." in text(cast.olga, PAGE)
    cast.world.plan.feeds.clear()
    assert "Your plan has no feeds at the moment." in text(cast.alice, PAGE)


def test_what_a_destination_missed_is_offered_replayed_and_then_offered_no_more(
    cast: Cast,
) -> None:
    hook = cast.world.alice
    change = f"/app/destinations/{hook.uid}/change/"
    assert "Replay what was missed" not in text(cast.alice, "/app/destinations/")
    pause(hook)
    cast.world.receive(NEW | {"id": "tv-2"})
    publish()
    assert "Replay what was missed" not in text(cast.alice, "/app/destinations/")
    cast.alice.post(change, {"act": "resume"})
    assert "Replay what was missed" in text(cast.alice, "/app/destinations/")

    assert cast.bob.post(change, {"act": "replay"}).status_code == 404
    said = cast.alice.post(change, {"act": "replay"}, follow=True).content.decode()
    assert "Messages on their way: 1." in said
    assert "Replay what was missed" not in said
    assert Delivery.objects.filter(destination=hook).count() == 2
    again = cast.alice.post(change, {"act": "replay"}, follow=True).content.decode()
    assert "It missed nothing that you may get now." in again


def test_what_was_missed_may_be_left(cast: Cast) -> None:
    hook = cast.world.alice
    pause(hook)
    change = f"/app/destinations/{hook.uid}/change/"
    cast.alice.post(change, {"act": "resume"})
    said = cast.alice.post(change, {"act": "ignore"}, follow=True).content.decode()

    assert "What it missed is left." in said
    assert "Replay what was missed" not in said
