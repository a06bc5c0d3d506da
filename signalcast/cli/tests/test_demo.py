"""The demo comes whole, plays signals that a person could have sent, and leaves no trace."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError

from signalcast.accounts.audit import audit
from signalcast.accounts.models import RoleGrant, User
from signalcast.channels.models import Broadcast, Destination
from signalcast.channels.registry import kinds
from signalcast.cli import demo
from signalcast.cli.demo.play import Player
from signalcast.core.env import environment
from signalcast.core.home import home, subdirectory
from signalcast.delivery.announce import announce
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.publish import publish
from signalcast.delivery.send_test import send_test
from signalcast.delivery.tests.world import make_world
from signalcast.feeds.desk import desk
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door
from signalcast.ops.alerts.models import Alert
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.wide]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[demo.Demo]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield demo.prepare()
    (home() / "demo.json").unlink(missing_ok=True)
    monkeypatch.undo()
    environment.cache_clear()


def counts() -> dict[str, int]:
    """Rows of every table."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model is not ContentType
    }


def test_two_hundred_subscribers_are_spread_over_all_channels(made: demo.Demo) -> None:
    subscribers = User.objects.filter(grants__role="subscriber")

    assert subscribers.count() == 200
    assert set(Destination.objects.values_list("kind", flat=True)) == set(kinds())
    assert Broadcast.objects.count() == 2
    assert {role.role for role in RoleGrant.objects.all()} == {"owner", "analyst", "subscriber"}
    for role, password in made.passwords.items():
        assert User.objects.get(email=made.email(role)).check_password(password)


def test_a_second_start_finds_the_same_demo(made: demo.Demo) -> None:
    before = counts()

    assert demo.prepare() == made
    assert counts() == before


class Posting(Player):
    """A player whose posts are stored as the doors would."""

    def _send(self, path: str, body: bytes, content_type: str, token: str) -> None:
        slug = next(slug for slug, known in self.demo.tokens.items() if known in (token, path[10:]))
        door = Door.TYPED if content_type == "application/json" else Door.HOOK
        Receipt.objects.create(source=Source.objects.get(slug=slug), door=door, body=body)
        publish()


def test_what_is_played_is_published_or_waits_with_a_reason(made: demo.Demo) -> None:
    player = Posting(made, "", random.Random(1))
    for _ in range(80):
        player.step()

    states = set(Receipt.objects.values_list("state", flat=True))
    assert states == {"decided", "review", "ignored"}
    typed = Receipt.objects.filter(door=Door.TYPED).exclude(source__slug="demo-trainee")
    assert set(typed.values_list("state", "reason")) == {("decided", "")}
    assert Delivery.objects.exists()


def write_by_hand(made: demo.Demo) -> None:
    """What a person at the pages adds to a feed of the demo."""
    feed = Feed.objects.get(slug="demo-crypto")
    body = json.dumps({"id": "by-hand", "symbol": "BTCUSDT", "side": "buy"}).encode()
    Receipt.objects.create(source=desk(feed), door=Door.TYPED, body=body)
    by = User.objects.get(email=made.email("analyst"))
    announce(to=feed, title="Hello", text="To all.", by=by, key="hello")
    send_test(Destination.objects.filter(owner__isnull=False)[0], feed)
    publish()
    run_jobs()


def test_nothing_of_the_demo_is_left_and_nothing_else_is_touched() -> None:
    make_world().receive({"id": "a", "symbol": "BTCUSDT", "side": "buy"})
    publish()
    before = counts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
        environment.cache_clear()
        player = Posting(demo.prepare(), "", random.Random(2))
        for _ in range(30):
            player.step()
        write_by_hand(player.demo)
        Attempt.objects.bulk_create(
            Attempt(
                delivery_id=pk, started_at="2026-11-24T00:00:00Z", duration=1, outcome="accepted"
            )
            for pk in Delivery.objects.values_list("pk", flat=True)[:50]
        )
        Alert.objects.create(key="x", rule="check_failed", words="email: demo-mail: Unreachable.")
        audit("feed.created", by=player.demo.email("owner"), target="demo-own")
        logs = [subdirectory("log") / name for name in ("sink-0.log", "player-0.log.1")]
        kept = subdirectory("log") / "web-0.log"
        for log in (*logs, kept):
            log.write_text("{}")
        out = io.StringIO()
        call_command("demo", "--stop", stdout=out)
    environment.cache_clear()

    assert [log.exists() for log in (*logs, kept)] == [False, False, True]

    assert "The demo is removed" in out.getvalue()
    after = counts()
    assert after.pop("delivery.Attempt") <= before.pop("delivery.Attempt") + 50
    assert after == before
    assert not demo.exists()


def test_without_a_demo_there_is_nothing_to_stop() -> None:
    with pytest.raises(CommandError, match="There is no demo"):
        call_command("demo", "--stop")
