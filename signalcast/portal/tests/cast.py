"""Who plays in the tests of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.test import Client

from signalcast.accounts.models import RoleGrant, User
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world
from signalcast.signals.models import Signal

NEW = {
    "id": "tv-1", "symbol": "BTCUSDT", "side": "buy", "order_type": "limit",
    "entries": ["64250.50"], "stop_loss": "63000", "comment": "<script>alert(1)</script>",
}  # fmt: skip


@dataclass
class Cast:
    """Alice subscribes to the feed, Bob to another, Ann is an analyst, Olga owns it all."""

    world: World
    signal: Signal
    analyst: User
    owner: User

    # Most tests look through one browser, and coming in costs more than a page.
    @cached_property
    def alice(self) -> Client:
        """Alice's browser."""
        return signed_in(self.world.alice.owner)

    @cached_property
    def bob(self) -> Client:
        """Bob's browser."""
        return signed_in(self.world.bob.owner)

    @cached_property
    def ann(self) -> Client:
        """Ann's browser."""
        return signed_in(self.analyst)

    @cached_property
    def olga(self) -> Client:
        """Olga's browser."""
        return signed_in(self.owner)


def make_cast() -> Cast:
    """Everybody, and a signal that is published."""
    world = make_world()
    world.receive(NEW)
    publish()
    return Cast(
        world=world,
        signal=Signal.objects.get(),
        analyst=staff("ann", "analyst"),
        owner=staff("olga", "owner"),
    )


def staff(name: str, role: str) -> User:
    """Somebody with a role."""
    user = User.objects.create_user(f"{name}@example.org")
    RoleGrant.objects.create(user=user, role=role)
    return user


def signed_in(user: User | None) -> Client:
    """A browser in which USER is signed in."""
    assert user is not None
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, path: str, status: int = 200) -> str:
    """What a page says."""
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()
